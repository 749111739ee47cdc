#include "seegrad/record/gradient_charts.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"

using namespace seegrad;

namespace {

bool says(const records::Canvas& canvas, std::string_view text) {
  for (const records::Canvas::Item& item : canvas.items())
    if (const auto* words = std::get_if<records::Canvas::Text>(&item); words && words->text == text) return true;
  return false;
}

}  // namespace

TEST_CASE("each step back has its two bars, where they are numbers", "[record]") {
  observe::GradientAccount account;
  account.steps = {{2, 1, 0.1, 0.01}, {1, 0.01, 0.02, 0.005}};
  const records::Chart chart = records::step_chart(account, "sigmoid, xavier");
  CHECK(chart.subtitle == "sigmoid, xavier");
  CHECK(chart.left_out().points == 4);
  CHECK(chart.left_out().infinite == 0);
  CHECK(says(chart.draw(560, 460), "slope f'"));

  account.steps[1] = {1, 0.01, 0, 0};  // a slope of 0/0, and a factor of 0, whose logarithm is infinite
  CHECK(records::step_chart(account, "").left_out().nan == 1);
  CHECK(records::step_chart(account, "").left_out().infinite == 1);
  CHECK(records::step_chart({}, "").left_out().points == 0);
}

TEST_CASE("theory is drawn over a grid", "[record][theory]") {
  observe::PhaseGrid grid = observe::untrained_grid(0.5, 2, 2, 20, 2);
  grid.accuracy = {0.1, 0.2, 0.3, std::numeric_limits<double>::quiet_NaN()};
  const records::HeatMap map = records::phase_map(grid, Activation::parse("tanh"), 0.05, 6);
  CHECK(map.x == std::vector<double>{0.5, 2});
  CHECK(map.y == std::vector<double>{10, 20});
  CHECK(map.value(1, 0) == 0.3);
  CHECK(map.mark == Approx(1.76).margin(0.005));
  REQUIRE(map.line.size() == 71);
  CHECK(map.line.back().x == 2);
  CHECK(map.line[58].y > 20 * map.line[0].y);  // sigma_w^2 = 1.743, just below the critical one
  CHECK(says(map.draw(), "theory: 6 xi"));

  SECTION("where theory has no line there is none") {
    const records::HeatMap linear = records::phase_map(grid, Activation::parse("identity"), 0.05, 6);
    CHECK(std::isnan(linear.line.back().y));
    CHECK(std::isnan(linear.mark));
    CHECK_NOTHROW(linear.draw());
  }
  SECTION("one column is no map") {
    grid.starts.pop_back();
    CHECK_THROWS_AS(records::phase_map(grid, Activation::parse("tanh"), 0.05, 6).draw(), Error);
  }
}
