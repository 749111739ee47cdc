#include "seegrad/record/row_charts.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/record/heat_map.hpp"

using namespace seegrad;
using namespace seegrad::records;

namespace {

template <class Item>
std::vector<Item> all_of_kind(const Canvas& canvas) {
  std::vector<Item> found;
  for (const Canvas::Item& item : canvas.items())
    if (const auto* it = std::get_if<Item>(&item)) found.push_back(*it);
  return found;
}

bool says(const Canvas& canvas, const std::string& what) {
  for (const Canvas::Text& text : all_of_kind<Canvas::Text>(canvas))
    if (text.text == what) return true;
  return false;
}

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a bar is as long as its share, and a new group begins with its name", "[record][picture]") {
  const BarRows rows{.title = "bars",
                     .subtitle = "",
                     .bars = {{"a", "one", "25 %", 0.25, 0.2, 0.3, false},
                              {"a", "two", "50 %", 0.5, 0.5, 0.5, true},
                              {"b", "three", "inf", INFINITY, INFINITY, INFINITY, false}}};
  const Canvas canvas = rows.draw(500, 300);
  const auto bars = all_of_kind<Canvas::Polygon>(canvas);
  REQUIRE(bars.size() == 3);
  const auto length = [](const Canvas::Polygon& p) { return p.corners[2].x - p.corners[0].x - 1; };
  CHECK(length(bars[1]) == Approx(2 * length(bars[0])));
  CHECK(length(bars[2]) == Approx(4 * length(bars[0])));  // what is not finite fills the row
  CHECK(bars[1].look.colour == palette[2]);
  CHECK((says(canvas, "a") && says(canvas, "b") && says(canvas, "three") && says(canvas, "25 %")));
}

TEST_CASE("a dot lies at its share, and one that was not measured is not drawn", "[record][picture]") {
  const DotRows rows{.title = "dots", .subtitle = "", .rows = {"x", "y"}, .kinds = {"k"}, .dots = {{0, 0, 0.5, 0.1}, {1, 0, nan_value, 0}}};
  const auto circles = all_of_kind<Canvas::Circle>(rows.draw(500));
  REQUIRE(circles.size() == 2);  // one dot, and the legend's
  CHECK(circles[0].centre.x == Approx((154 + 470) / 2.0));
}

TEST_CASE("rings stand for runs, and those that are not finite are left out", "[record][picture]") {
  const RingRows rows{.title = "rings", .subtitle = "", .rows = {{"x", {0.8, 0.9}, false}, {"y", {0.7, nan_value}, true}}};
  const Canvas canvas = rows.draw(500, 300);
  const auto rings = all_of_kind<Canvas::Circle>(canvas);
  REQUIRE(rings.size() == 3);
  CHECK(rings[0].centre.x < rings[1].centre.x);
  CHECK(rings[2].centre.x < rings[0].centre.x);
  CHECK(all_of_kind<Canvas::Polygon>(canvas).size() == 1);  // no bar where the mean is not finite
  CHECK((says(canvas, "85.00 %") && says(canvas, "70.00 %") && says(canvas, "nan %")));
}

TEST_CASE("a heat map colours each cell by its share and shows only the part of the line that lies inside", "[record][picture]") {
  HeatMap map{
      .title = "map", .x = {1, 2, 3}, .y = {10, 20}, .value = [](std::size_t c, std::size_t r) { return c == 2 ? nan_value : double(r); }};
  map.line = {{1, 0}, {2, 20}, {3, INFINITY}};
  map.line_label = "theory";
  map.mark = 2;
  map.mark_label = "here";
  const Canvas canvas = map.draw();
  const auto cells = all_of_kind<Canvas::Polygon>(canvas);
  REQUIRE(cells.size() == 6 + 100);
  CHECK(cells[0].look.colour == heat_colour(1));  // top row first
  CHECK(cells[1].look.colour == heat_colour(0));
  CHECK(cells[4].look.colour == faint);
  CHECK((says(canvas, "theory") && says(canvas, "here")));
  for (const Canvas::Line& line : all_of_kind<Canvas::Line>(canvas))
    for (const Point& p : line.points) CHECK((p.y >= 84 - 1e-9 && p.y <= 458 + 44));
  map.mark = 7;
  map.line = {{1, 0}, {3, 1}};
  CHECK_FALSE(says(map.draw(), "theory"));
  CHECK_FALSE(says(map.draw(), "here"));
  map.x = {1};
  CHECK_THROWS_AS(map.draw(), Error);
}
