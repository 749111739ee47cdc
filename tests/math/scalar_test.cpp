// The scalar vocabulary where naive compositions fail.
#include "seegrad/math/scalar.hpp"

#include <catch2/catch.hpp>

#include <limits>

namespace seegrad::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a gate that is shut wins over infinity, an open one lets NaN through", "[math]") {
  CHECK(gate(infinity, 0.0) == 0);
  CHECK(gate(-infinity, -0.0) == 0);
  CHECK(gate(-infinity, 0.5) == -infinity);
  CHECK(gate(3.0, 0.5) == 1.5);
  CHECK(std::isnan(gate(nan, 0.5)));
  CHECK(std::isnan(gate(1.0, nan)));
}

TEST_CASE("min, max and clamp let NaN through from either side", "[math]") {
  CHECK(seegrad::min(1.0, 2.0) == 1);
  CHECK(seegrad::max(1.0, 2.0) == 2);
  CHECK(seegrad::clamp(5.0, -1.0, 1.0) == 1);
  CHECK(seegrad::clamp(-5.0, -1.0, 1.0) == -1);
  CHECK(seegrad::clamp(0.5, -1.0, 1.0) == 0.5);
  for (const double other : {0.0, infinity, nan}) {
    CHECK(std::isnan(seegrad::min(nan, other)));
    CHECK(std::isnan(seegrad::min(other, nan)));
    CHECK(std::isnan(seegrad::max(nan, other)));
    CHECK(std::isnan(seegrad::max(other, nan)));
  }
  CHECK(std::isnan(seegrad::clamp(nan, -1.0, 1.0)));
}

TEST_CASE("sigmoid, softplus and the normal distribution keep their tails", "[math]") {
  CHECK(sigmoid(-700.0) == Approx(std::exp(-700.0)).epsilon(1e-12));
  CHECK(sigmoid(-infinity) == 0);
  CHECK(sigmoid(1e300) == 1);
  CHECK(softplus(1e300) == 1e300);
  CHECK(softplus(-700.0) == Approx(std::exp(-700.0)).epsilon(1e-12));
  CHECK(softplus(0.0) == Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(normal_cdf(-30.0) == Approx(4.906713927148187e-198).epsilon(1e-12));
  CHECK(normal_cdf(infinity) == 1);
  CHECK(normal_cdf(-infinity) == 0);
  CHECK(normal_pdf(1e200) == 0);
}

TEST_CASE("the second of a pair is not a cancelled difference", "[math]") {
  const Pair<double> s = sigmoid_pair(50.0);
  CHECK(s.first == 1);
  CHECK(s.second == Approx(std::exp(-50.0)).epsilon(1e-13));
  CHECK(sigmoid_pair(-50.0).first == s.second);
  const Pair<double> t = tanh_pair(-40.0);
  CHECK(t.first == -1);
  CHECK(t.second == Approx(4 * std::exp(-80.0)).epsilon(1e-13));
}

TEST_CASE("arc tangent and inverse hyperbolic sine are odd, exact near 0 and right far out", "[math]") {
  CHECK(seegrad::atan(1.0) == Approx(0.78539816339744830962).epsilon(1e-15));
  CHECK(seegrad::atan(-infinity) == Approx(-1.57079632679489661923).epsilon(1e-15));
  CHECK(seegrad::asinh(1.0) == Approx(0.88137358701954302523).epsilon(1e-15));
  CHECK(seegrad::asinh(1e300) == Approx(691.4686750787736).epsilon(1e-14));
  CHECK(seegrad::asinh(infinity) == infinity);
  for (const double tiny : {1e-300, -1e-20, 3e-9}) {
    CHECK(seegrad::atan(tiny) == tiny);
    CHECK(seegrad::asinh(tiny) == tiny);
  }
}

TEST_CASE("sign and select do what they say", "[math]") {
  CHECK(sign(-3.0f) == -1);
  CHECK(sign(0.0f) == 0);
  CHECK(sign(2.0f) == 1);
  CHECK(select(true, 1.0, nan) == 1);
}

}  // namespace seegrad::test
