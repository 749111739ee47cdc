#include "seegrad/record/chart.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "record/axis_scale.hpp"
#include "record/jumps.hpp"
#include "seegrad/math/error.hpp"
#include "support/xml.hpp"

using namespace seegrad;
using namespace seegrad::records;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

/// The lines of this colour that are part of the data, not of the legend.
std::vector<Canvas::Line> lines_of(const Canvas& canvas, Colour colour) {
  std::vector<Canvas::Line> lines;
  for (const Canvas::Item& item : canvas.items())
    if (const auto* line = std::get_if<Canvas::Line>(&item); line != nullptr && line->look.colour == colour) lines.push_back(*line);
  return lines;
}

bool says(const Canvas& canvas, const std::string& what) {
  for (const Canvas::Item& item : canvas.items())
    if (const auto* text = std::get_if<Canvas::Text>(&item); text != nullptr && text->text.find(what) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("what is not finite breaks a curve, is counted and said", "[record][picture]") {
  Chart chart;
  chart.curve("", {{{0, 1}, {1, 2}, {2, nan_value}, {3, 1}, {4, inf}, {5, -inf}, {6, 3}, {7, 4}, {nan_value, 1}}}, {});
  const LeftOut out = chart.left_out();
  CHECK((out.points == 9 && out.nan == 2 && out.infinite == 2 && out.not_positive == 0));
  const Canvas canvas = chart.draw(400, 300);
  const auto lines = lines_of(canvas, palette[0]);
  REQUIRE(lines.size() == 3);  // 0 to 1, the lonely 3, 6 to 7
  CHECK(lines[1].points.front() == lines[1].points.back());
  CHECK(says(canvas, "left out of 9 points: 2 NaN, 2 infinite"));
}

TEST_CASE("a logarithmic axis leaves out what is not positive and says so", "[record][picture]") {
  Chart chart;
  chart.y.scale = Scale::logarithmic;
  chart.curve("loss", {{{0, 1}, {1, 0.1}, {2, 0}, {3, -1}, {4, 0.01}, {5, 0.001}}}, {});
  CHECK(chart.left_out().not_positive == 2);
  const Canvas canvas = chart.draw(400, 300);
  CHECK(says(canvas, "2 not positive"));
  const auto lines = lines_of(canvas, palette[0]);
  REQUIRE(lines.size() == 3);  // two parts, and the legend's sample
  // A decade is as high on one part as on the other.
  const double first = lines[1].points[1].y - lines[1].points[0].y, second = lines[2].points[1].y - lines[2].points[0].y;
  CHECK(first == Approx(second).epsilon(1e-9));
}

TEST_CASE("a chart of finite points says nothing about points left out", "[record][picture]") {
  Chart chart;
  chart.curve("f", {{{0, 1}, {1, 2}}}, {});
  CHECK(!says(chart.draw(400, 300), "left out"));
}

TEST_CASE("nothing of the data is drawn outside the frame", "[record][picture]") {
  Chart chart;
  chart.x.range = Range{0, 1}, chart.y.range = Range{0, 1};
  chart.curve("", {{{-5, -1e300}, {0.5, 0.5}, {0.6, 1e308}, {5, 0.5}}}, {.colour = palette[0]});
  chart.area("", {{-1, 0.2}, {0.4, 7}, {2, 0.3}}, -3, {.colour = palette[1]});
  chart.bars("", {{0, 3}, {0.5, 0.4}, {1, -2}}, 0.3, {.colour = palette[2]});
  chart.markers("", {{-0.5, 0.5}, {0.5, 0.5}, {0.5, 1.5}}, 3, {.colour = palette[3]});
  const Canvas canvas = chart.draw(400, 300);
  Rectangle frame{1e9, 1e9, 0, 0};  // that of the grid
  for (const auto& line : lines_of(canvas, faint))
    for (const Point& p : line.points)
      frame = {std::min(frame.left, p.x), std::min(frame.top, p.y), std::max(frame.right, p.x), std::max(frame.bottom, p.y)};
  const auto is_inside = [&](Point p) {
    constexpr double rounding = 1e-6;
    return p.x >= frame.left - rounding && p.x <= frame.right + rounding && p.y >= frame.top - rounding && p.y <= frame.bottom + rounding;
  };
  int polygons = 0, circles = 0;
  for (const Canvas::Item& item : canvas.items()) {
    if (const auto* polygon = std::get_if<Canvas::Polygon>(&item)) {
      ++polygons;
      for (const Point& p : polygon->corners) CHECK(is_inside(p));
    }
    if (const auto* circle = std::get_if<Canvas::Circle>(&item)) {
      ++circles;
      CHECK(is_inside(circle->centre));
    }
  }
  CHECK(polygons == 3);
  CHECK(circles == 1);  // the area and two bars: the third lies below the frame
  for (const auto& line : lines_of(canvas, palette[0]))
    for (const Point& p : line.points) CHECK(is_inside(p));
}

TEST_CASE("charts of nothing, of one point and of extreme numbers are drawn all the same", "[record][picture]") {
  const double huge = std::numeric_limits<double>::max(), tiny = std::numeric_limits<double>::denorm_min();
  const std::vector<std::vector<Point>> data = {{},
                                                {{1, 1}},
                                                {{nan_value, nan_value}},
                                                {{-huge, -huge}, {huge, huge}},
                                                {{0, 0}, {tiny, tiny}},
                                                {{1, 1}, {1 + 1e-16, 1}},
                                                {{1e15, 1}, {1e15 + 1, 2}},
                                                {{-3, -2}, {-1, -1}}};
  for (const auto& points : data) {
    for (const Scale scale : {Scale::linear, Scale::logarithmic}) {
      Chart chart;
      chart.x.scale = chart.y.scale = scale;
      chart.curve("curve", {points}, {});
      chart.area("area", points, 0, {});
      chart.bars("bars", points, 0.5, {});
      chart.markers("markers", points, 3, {});
      CHECK(test::xml_fault(chart.draw(300, 240).svg()).empty());
    }
  }
  CHECK_THROWS_AS(Chart().draw(100, 100), Error);
  CHECK_THROWS_AS(Chart().draw(nan_value, 400), Error);
}

TEST_CASE("long names fit into the picture", "[record][picture]") {
  Chart chart;
  const std::string name(5000, 'm');
  chart.title = chart.subtitle = chart.x.label = chart.y.label = name;
  chart.caption = {name};
  for (int i = 0; i < 4; ++i) chart.curve(name, {{{0, 0}, {1, 1}}}, {});
  const Canvas canvas = chart.draw(500, 400);
  for (const Canvas::Item& item : canvas.items())
    if (const auto* text = std::get_if<Canvas::Text>(&item)) CHECK(text_width(text->text, text->lettering) <= 500);
}

TEST_CASE("ticks are round numbers inside the range, neither few nor many", "[record][picture]") {
  for (const Range range : {Range{-6, 6}, Range{0, 1}, Range{-0.17, 3.2}, Range{1e-7, 9e-7}, Range{-4e9, 3e9}, Range{99.5, 100.5}}) {
    const AxisScale axis(range, Scale::linear, 50, 650);
    const auto ticks = axis.ticks(80);
    INFO(range.low << " to " << range.high);
    CHECK((ticks.size() >= 3 && ticks.size() <= 9));
    const double width = range.high - range.low;
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      CHECK((ticks[i].value >= range.low - 1e-5 * width && ticks[i].value <= range.high + 1e-5 * width));
      CHECK(!ticks[i].label.empty());
      if (i > 0) CHECK(ticks[i].label != ticks[i - 1].label);
      const double digits = ticks[i].value / std::pow(10, std::floor(std::log10(width)) - 1);
      CHECK(digits == Approx(std::round(digits)).margin(1e-6));
    }
  }
}

TEST_CASE("a logarithmic axis numbers its decades", "[record][picture]") {
  const auto labels = [](Range range) {
    std::string text;
    for (const auto& tick : AxisScale(range, Scale::logarithmic, 0, 300).ticks(46))
      if (!tick.label.empty()) text += tick.label + " ";
    return text;
  };
  CHECK(labels({1e-5, 1}) == "10⁻⁵ 10⁻⁴ 10⁻³ 0.01 0.1 1 ");
  CHECK(labels({0.5, 40}) == "1 10 ");
  CHECK(labels({1e-12, 1e12}) == "10⁻¹² 10⁻⁸ 10⁻⁴ 1 10⁴ 10⁸ 10¹² ");
}

TEST_CASE("numbers are written as in print", "[record][picture]") {
  CHECK(number_text(-0.5, 1) == "−0.5");
  CHECK(number_text(3, -2) == "3");
  CHECK(number_text(-2.5e7, -6) == "−2.5·10⁷");
  CHECK(short_number(inf) == "∞");
  CHECK(short_number(nan_value) == "NaN");
  CHECK(short_number(9843.2) == "9843");
  CHECK(short_number(-1.23456e-9) == "−1.23·10⁻⁹");
}

TEST_CASE("jumps are found where they are, with value and limits", "[record][picture]") {
  const Range range{-6, 6};
  const auto step = [](double x) { return x > 0 ? 1.0 : 0.0; };
  CHECK(jumps_of(step, range, 1e-3) == std::vector<Jump>{{0, 0, 1, 0}});
  const auto sign = [](double x) { return double(x > 0) - double(x < 0); };
  CHECK(jumps_of(sign, range, 1e-3) == std::vector<Jump>{{0, -1, 1, 0}});
  const auto at_three = [](double x) { return x >= 3 ? -1.0 : 1.0; };
  CHECK(jumps_of(at_three, range, 1e-3) == std::vector<Jump>{{3, 1, -1, -1}});
  const auto many = [](double x) { return std::floor(x + 0.3); };
  const auto found = jumps_of(many, range, 1e-3);
  REQUIRE(found.size() == 12);
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i].at == Approx(double(i) - 5.3).margin(1e-12));
  // On a slope, at a place that no grid hits.
  const double place = std::sqrt(2.0);
  const auto found_on_slope = jumps_of([&](double x) { return 10 * x - (x > place ? 0.5 : 0); }, range, 0.1);
  REQUIRE(found_on_slope.size() == 1);
  CHECK(found_on_slope[0].at == Approx(place).margin(1e-12));
}

TEST_CASE("steep is not a jump, nor is a pole, nor a gap", "[record][picture]") {
  const Range range{-6, 6};
  for (const double steepness : {1.0, 100.0, 1e4, 1e6})
    CHECK(jumps_of([=](double x) { return std::tanh(steepness * x); }, range, 1e-3).empty());
  CHECK(jumps_of([](double x) { return std::sin(300 * x); }, range, 1e-3).empty());
  CHECK(jumps_of([](double x) { return 1 / (x - 0.123); }, range, 1e-3).empty());
  CHECK(jumps_of([](double x) { return x > 1 ? std::log(x - 1) : nan_value; }, range, 1e-3).empty());
  CHECK(jumps_of([](double x) { return x > 1 ? inf : 0.0; }, range, 1e-3).empty());
}

TEST_CASE("a function's pieces end where it jumps", "[record][picture]") {
  const auto f = [](double x) { return x > 0 ? 1.0 : 0.0; };
  const auto pieces = pieces_of(f, {-6, 6}, jumps_of(f, {-6, 6}, 1e-3), 100);
  REQUIRE(pieces.size() == 2);
  for (const Point& p : pieces[0]) CHECK(p.y == 0);
  for (const Point& p : pieces[1]) CHECK(p.y == 1);
  CHECK(pieces[0].back().x == Approx(0).margin(1e-8));
  CHECK(pieces[1].front().x == Approx(0).margin(1e-8));
}
