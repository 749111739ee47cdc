// Moments of an activation under a normal distribution.
#include "seegrad/activation/moments.hpp"

#include "seegrad/math/quadrature.hpp"

#include <cmath>

namespace seegrad {

Moments moments(const Activation& activation, double sigma) {
  const auto square = [](double v) { return v * v; };
  Moments m{};
  m.mean = gaussian_expectation([&](double x) { return activation.at(x); }, sigma);
  m.second_moment = gaussian_expectation([&](double x) { return square(activation.at(x)); }, sigma);
  m.derivative_second_moment = gaussian_expectation([&](double x) { return square(activation.derivative(x)); }, sigma);
  m.gain = 1 / std::sqrt(m.derivative_second_moment);
  return m;
}

}  // namespace seegrad
