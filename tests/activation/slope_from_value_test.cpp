// A formula may promise that its slope can be read off its value: f'(f(x)) = f'(x). Then the way back looks at the activation, and what
// went into it need not be kept. Nobody may promise in vain.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "seegrad/activation/activation.hpp"

namespace seegrad {
namespace {

std::vector<double> telling_points() {
  std::vector<double> points{0.0, -0.0, 1e-300, -1e-300, 5e-324, std::numeric_limits<double>::infinity()};
  points.push_back(-points.back());
  for (double x = -12; x <= 12; x += 0.0625) points.push_back(x);
  for (double x = 1e-6; x < 1e12; x *= 7) points.insert(points.end(), {x, -x});
  return points;
}

/// The first point at which the slope at the value is not the slope at the argument; NaN when there is none.
double broken_at(const Activation& f) {
  for (const double x : telling_points())
    if (f.derivative(f.at(x)) != f.derivative(x)) return x;
  return NAN;
}

}  // namespace

TEST_CASE("whoever promises a slope that can be read off the value keeps the promise", "[activation]") {
  int promises = 0;
  for (const Activation& f : Activation::all()) {
    if (!f.formula().slope_from_value()) continue;
    INFO(f.to_string());
    ++promises;
    CHECK(std::isnan(broken_at(f)));
    CHECK(std::isnan(f.derivative(f.at(NAN))));
    CHECK(f.parameters().empty());  // the promise must hold whatever a user makes of them
  }
  CHECK(promises >= 1);
  CHECK(Activation::parse("relu").formula().slope_from_value());
}

TEST_CASE("the check of that promise catches those who could not keep it", "[activation]") {
  for (const char* name : {"gelu", "silu", "sigmoid", "tanh", "elu", "softplus", "squared_relu", "abs"}) {
    INFO(name);
    CHECK_FALSE(std::isnan(broken_at(Activation::parse(name))));
  }
  CHECK_FALSE(Activation::parse("x > 0 ? x : 0").formula().slope_from_value());  // texts promise nothing
}

}  // namespace seegrad
