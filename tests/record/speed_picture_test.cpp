#include "seegrad/record/speed_picture.hpp"

#include <catch2/catch.hpp>

#include "seegrad/math/error.hpp"

namespace seegrad::test {
namespace {

observe::Speed speed(const std::string& name, double forward, double backward) {
  return {name, observe::summarise({forward}, 2e6), observe::summarise({backward}, 3e6), observe::summarise({1}, 2e6)};
}

/// Of the bars, without the squares of the legend.
std::vector<double> widths(const records::Canvas& canvas) {
  std::vector<double> all;
  for (const records::Canvas::Item& item : canvas.items())
    if (const auto* bar = std::get_if<records::Canvas::Polygon>(&item); bar && bar->corners[2].y - bar->corners[0].y > 15)
      all.push_back(bar->corners[2].x - bar->corners[0].x);
  return all;
}

}  // namespace

TEST_CASE("bars of speeds are as long as the times that were measured, whatever their order", "[record][speed]") {
  records::SpeedReport report;
  report.settings = {.rows = 3, .columns = 5};
  report.speeds = {speed("slow", 4, 6), speed("quick", 1, 1.5)};
  const records::Canvas canvas = records::speed_picture(report);
  const std::vector<double> found = widths(canvas);
  REQUIRE(found.size() == 4);
  CHECK(found[1] == Approx(1.5 * found[0]));
  CHECK(found[2] == Approx(found[0] / 4));
  CHECK(found[3] == Approx(found[1] / 4));
  CHECK(found[0] + found[1] < canvas.width());
  const std::string svg = canvas.svg();
  for (const char* text : {"slow", "quick", "3 x 5 numbers", "10 ms (25 %, 25 %)", "2.5 ms (100 %, 100 %)"}) {
    CAPTURE(text);
    CHECK(svg.find(text) != std::string::npos);
  }
}

TEST_CASE("a picture of speeds grows with their number, and of none is refused", "[record][speed]") {
  records::SpeedReport report;
  CHECK_THROWS_AS(records::speed_picture(report), Error);
  report.speeds = {speed("one", 1, 1)};
  const double one = records::speed_picture(report).height();
  report.speeds.resize(60, speed("a name that is much too long for the margin", 1, 1));
  CHECK(records::speed_picture(report).height() > 20 * one / 2);
}

}  // namespace seegrad::test
