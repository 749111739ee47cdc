#include "seegrad/observe/mean_field.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/math/quadrature.hpp"

namespace seegrad::observe {
namespace {

/// E g(sqrt(q) Z)^2.
template <class G>
double mean_square(G g, double q) {
  const auto square = [&](double x) { return g(x) * g(x); };
  if (q == 0) return square(0);
  if (!std::isfinite(q) || q < 0) return not_measured;
  const double value = gaussian_expectation(square, std::sqrt(q));
  return std::isfinite(value) ? value : not_measured;
}

double mean_square_of_f(const Activation& f, double q) {
  return mean_square([&](double x) { return f.at(x); }, q);
}

double mean_square_of_slope(const Activation& f, double q) {
  return mean_square([&](double x) { return f.derivative(x); }, q);
}

/// E g(u) g(v): a sum over a square of equidistant points, which converges faster than any power of their distance where g is smooth.
template <class G>
double mean_product(G g, double q, double c) {
  constexpr int reach = 30;
  constexpr double step = 0.2;
  double sum = 0, weights = 0;
  for (int i = -reach; i <= reach; ++i) {
    const double x = step * i, first = g(std::sqrt(q) * x);
    for (int j = -reach; j <= reach; ++j) {
      const double y = step * j, weight = std::exp(-(x * x + y * y) / 2);
      sum += weight * first * g(std::sqrt(q) * (c * x + std::sqrt(1 - c * c) * y));
      weights += weight;
    }
  }
  return sum / weights;
}

void check(std::string_view name, double variance) {
  if (!(variance >= 0) || !std::isfinite(variance))
    throw Error(fmt::format("mean_field: {} is {}, must be finite and not negative", name, variance));
}

/// q*, or NaN.
double settled_variance(const Activation& f, double sigma_w2, double sigma_b2) {
  constexpr int most_layers = 2000;
  constexpr double smallest = 1e-30, largest = 1e6;
  double q = 1, before = q;
  for (int layer = 0; layer < most_layers; ++layer) {
    before = q;
    q = sigma_w2 * mean_square_of_f(f, q) + sigma_b2;
    if (!(q < largest)) return not_measured;
    if (q < smallest) return 0;
    if (std::fabs(q - before) <= 1e-9 * q) return q;
  }
  return q < before ? q : not_measured;  // what still falls is bounded
}

/// c* in chaos. The correlation map lies above the diagonal before c* and below it between c* and 1.
double settled_correlation(const Activation& f, double sigma_w2, double sigma_b2, double q) {
  double low = 0, high = 1;
  while (high - low > 1e-10) {
    const double c = (low + high) / 2;
    const double next = (sigma_w2 * mean_product([&](double x) { return f.at(x); }, q, c) + sigma_b2) / q;
    (next > c ? low : high) = c;
  }
  return (low + high) / 2;
}

double chi_at(const Activation& f, double sigma_w2, double sigma_b2) {
  return sigma_w2 * mean_square_of_slope(f, settled_variance(f, sigma_w2, sigma_b2));
}

}  // namespace

MeanSquares mean_squares(const Activation& f, double q) { return {mean_square_of_f(f, q), mean_square_of_slope(f, q)}; }

MeanField mean_field(const Activation& f, double sigma_w2, double sigma_b2) {
  check("sigma_w^2", sigma_w2);
  check("sigma_b^2", sigma_b2);
  MeanField field;
  field.q = settled_variance(f, sigma_w2, sigma_b2);
  field.chi = sigma_w2 * mean_square_of_slope(f, field.q);
  if (!std::isfinite(field.chi)) return {};
  double forgets = field.chi;  // by what a layer multiplies the distance of c from c*
  field.c = 1;
  if (field.chi > 1 && field.q > 0) {
    field.c = settled_correlation(f, sigma_w2, sigma_b2, field.q);
    forgets = sigma_w2 * mean_product([&](double x) { return f.derivative(x); }, field.q, field.c);
  }
  field.xi = forgets < 1 ? -1 / std::log(forgets) : std::numeric_limits<double>::infinity();
  return field;
}

double critical_sigma_w2(const Activation& f, double sigma_b2, double low, double high) {
  check("sigma_b^2", sigma_b2);
  check("the lowest sigma_w^2", low);
  check("the highest sigma_w^2", high);
  constexpr int steps = 70;
  double below = not_measured;  // the last sigma_w^2 with a chi_1 below 1
  for (int i = 0; i <= steps; ++i) {
    double above = std::lerp(low, high, static_cast<double>(i) / steps);
    const double chi = chi_at(f, above, sigma_b2);
    if (!(chi >= 1)) {
      below = chi < 1 ? above : not_measured;
      continue;
    }
    if (std::isnan(below)) continue;
    while (above - below > 1e-6) {
      const double middle = (below + above) / 2;
      (chi_at(f, middle, sigma_b2) < 1 ? below : above) = middle;
    }
    return above;
  }
  return not_measured;
}

}  // namespace seegrad::observe
