// Gaussian expectations against closed forms, smooth and not.
#include "seegrad/math/quadrature.hpp"

#include "seegrad/activation/moments.hpp"
#include "seegrad/math/error.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>

namespace seegrad::test {

TEST_CASE("gaussian expectations of smooth functions are right to 1e-11", "[math][quadrature]") {
  for (const double sigma : {1e-3, 0.5, 1.0, 3.0, 40.0}) {
    INFO("sigma " << sigma);
    const double v = sigma * sigma;
    CHECK(gaussian_expectation([](double) { return 1.0; }, sigma) == Approx(1).epsilon(1e-12));
    CHECK(gaussian_expectation([](double x) { return x * x; }, sigma) == Approx(v).epsilon(1e-12));
    CHECK(gaussian_expectation([](double x) { return x * x * x * x; }, sigma) == Approx(3 * v * v).epsilon(1e-11));
    CHECK(std::fabs(gaussian_expectation([](double x) { return x * x * x; }, sigma)) < 1e-11 * v * sigma);
    CHECK(gaussian_expectation([](double x) { return std::cos(x); }, sigma) == Approx(std::exp(-v / 2)).epsilon(1e-10).margin(1e-11));
  }
  CHECK(gaussian_expectation([](double x) { return std::exp(x); }, 2.0) == Approx(std::exp(2.0)).epsilon(1e-11));
}

TEST_CASE("kinks and jumps do not spoil a gaussian expectation, wherever they lie", "[math][quadrature]") {
  const auto cdf = [](double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); };
  const auto pdf = [](double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); };
  for (const double sigma : {0.3, 1.0, 7.0, 1000.0})
    for (const double at : {-2.0, -0.7, 0.0, 1.0 / 3, 1.0, 2.5}) {
      INFO("sigma " << sigma << ", at " << at);
      const double z = at / sigma;
      CHECK(gaussian_expectation([=](double x) { return x > at ? 1.0 : 0.0; }, sigma) == Approx(cdf(-z)).epsilon(1e-9).margin(1e-11));
      CHECK(gaussian_expectation([=](double x) { return std::fmax(x - at, 0); }, sigma) ==
            Approx(sigma * pdf(z) - at * cdf(-z)).epsilon(1e-9).margin(1e-11));
    }
}

TEST_CASE("a sigma that is not positive is refused", "[math][quadrature]") {
  for (const double sigma : {0.0, -1.0, std::nan(""), INFINITY + 0.0})
    CHECK_THROWS_AS(gaussian_expectation([](double x) { return x; }, sigma), Error);
}

TEST_CASE("moments of activations meet their closed forms", "[activation][quadrature]") {
  const Moments relu = moments(Activation::parse("relu"));
  CHECK(relu.mean == Approx(1 / std::sqrt(2 * std::numbers::pi)).epsilon(1e-10));
  CHECK(relu.second_moment == Approx(0.5).epsilon(1e-10));
  CHECK(relu.derivative_second_moment == Approx(0.5).epsilon(1e-9));
  CHECK(relu.gain == Approx(std::numbers::sqrt2).epsilon(1e-9));
  // The fixed point of Klambauer et al.: mean 0 and variance 1 stay.
  const Moments selu = moments(Activation::parse("selu"));
  CHECK(std::fabs(selu.mean) < 1e-9);
  CHECK(selu.second_moment == Approx(1).epsilon(1e-9));
  CHECK(moments(Activation::parse("step")).gain == std::numeric_limits<double>::infinity());
  CHECK(moments(Activation::parse("leaky_relu(0.2)"), 3).derivative_second_moment == Approx(0.52).epsilon(1e-9));
}

}  // namespace seegrad::test
