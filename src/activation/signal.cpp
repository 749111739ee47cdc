// What an activation does to a normally distributed signal, layer after layer: moments, variance maps and their fixed points.
#include "activation/curve.hpp"

#include "seegrad/activation/moments.hpp"
#include "seegrad/math/quadrature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seegrad::card {
namespace {

double square(double v) { return v * v; }

/// Why an expectation of f^2 (order 0) or f'^2 (order 1) cannot be trusted; empty when it can.
std::string obstacle(const Curve& f, int order, const Properties& card) {
  constexpr double reach = 14;  // of the quadrature; beyond lies less than 1e-43 of the mass
  const std::string_view name = order == 0 ? "f" : "f'";
  const std::vector<double>&x = f.x(), &y = f.samples(order);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::fabs(x[i]) <= reach && std::isnan(y[i])) return fmt::format("{} is NaN at {}", name, x[i]);
  for (const Kink& kink : card.kinks)
    if (std::isinf(kink.jump[std::size_t(order)]) && std::fabs(kink.x) <= reach) return fmt::format("{} has a pole at {}", name, kink.x);
  const double largest = f.largest(order, 4);
  for (const double end : {-reach, reach})
    if (square(f(order, end)) * std::exp(-0.5 * reach * reach) > 1e-12 * square(largest))
      return fmt::format("{} grows too fast for a Gaussian", name);
  return {};
}

/// E f(sqrt(q) z), E f(sqrt(q) z)^2, E f'(sqrt(q) z)^2.
double second(const Curve& f, double q) {
  return gaussian_expectation([&](double x) { return square(f(0, x)); }, std::sqrt(q));
}
/// 0 where nothing but the rounding of a sum that cancels is left.
double first(const Curve& f, double q) {
  const double mean = gaussian_expectation([&](double x) { return f(0, x); }, std::sqrt(q));
  return std::fabs(mean) < 1e-14 * std::sqrt(second(f, q)) ? 0 : mean;
}
double slope_second(const Curve& f, double q) {
  return gaussian_expectation([&](double x) { return square(f(1, x)); }, std::sqrt(q));
}

/// Points on a grid of q with the value of a map there; the grid ends where the map is no longer finite.
struct Map {
  std::vector<double> q, value;
};

template <class Value>
Map tabulate(Value value) {
  Map map;
  for (int k = -24; k <= 24; ++k) {
    const double q = std::pow(10.0, k / 4.0), v = value(q);
    if (!std::isfinite(v)) break;
    map.q.push_back(q);
    map.value.push_back(v);
  }
  return map;
}

/// The zero of g between two q, by regula falsi on a log scale (Illinois: an end that stays counts half).
double root(const std::function<double(double)>& g, double low, double high, double at_low, double at_high) {
  double a = std::log(low), b = std::log(high), ga = at_low, gb = at_high;
  for (int i = 0; i < 100 && b - a > 1e-13; ++i) {
    const double next = std::clamp(b - gb * (b - a) / (gb - ga), a, b), value = g(std::exp(next));
    if (value == 0) return std::exp(next);
    if ((value > 0) == (gb > 0)) {
      b = next, gb = value, ga /= 2;
    } else {
      a = next, ga = value, gb /= 2;
    }
    if (std::fabs(value) < 1e-14 * std::exp(next)) return std::exp(next);
  }
  return std::exp((a + b) / 2);
}

bool is_identity(const Map& map, double scale) {
  for (std::size_t i = 0; i < map.q.size(); ++i)
    if (std::fabs(scale * map.value[i] / map.q[i] - 1) > 1e-6) return false;
  return !map.q.empty();
}

/// Calls found(q, stable) for each q at which scale * value(q) = q.
template <class Value, class Found>
void fixed_points(const Map& map, double scale, Value value, Found found) {
  const auto excess = [&](double q) { return scale * value(q) - q; };
  std::optional<std::size_t> last;  // where the map was last away from q by more than rounding
  for (std::size_t i = 0; i < map.q.size(); ++i) {
    const auto at = [&](std::size_t k) { return scale * map.value[k] - map.q[k]; };
    if (std::fabs(at(i)) <= 1e-9 * map.q[i]) continue;
    if (last && (at(*last) > 0) != (at(i) > 0)) found(root(excess, map.q[*last], map.q[i], at(*last), at(i)), at(*last) > 0);
    last = i;
  }
}

VarianceMap variance_map(const Curve& f, const Map& squares, double scale) {
  VarianceMap map;
  map.weight_scale = scale;
  if (squares.q.empty()) return map;
  if (is_identity(squares, scale)) {
    map.every_q = true;
    map.fixed_points.push_back({1, scale * slope_second(f, 1), false});
    return map;
  }
  const double smallest = squares.q.front();
  const auto shrinks = [&] {
    for (std::size_t i = 0; i < squares.q.size(); ++i)
      if (std::fabs(scale * squares.value[i] - squares.q[i]) > 1e-9 * squares.q[i]) return scale * squares.value[i] < squares.q[i];
    return false;
  };
  if (f(0, 0.0) == 0 && scale * squares.value.front() < 1e3 * smallest)  // V goes to 0 with q
    map.fixed_points.push_back({0, scale * slope_second(f, smallest * smallest), shrinks()});
  fixed_points(
      squares, scale, [&](double q) { return second(f, q); },
      [&](double q, bool stable) {
        map.fixed_points.push_back({q, scale * slope_second(f, q), stable});
      });
  map.runs_away = squares.q.size() < 49 || scale * squares.value.back() > squares.q.back();
  return map;
}

std::optional<SignalFixedPoint> signal_fixed_point(const Curve& f, const Map& squares, bool odd) {
  std::function<double(double)> mean = [&](double q) { return first(f, q); };
  const auto variance = [&](double q) { return second(f, q) - square(mean(q)); };
  Map map = squares;
  if (odd) mean = [](double) { return 0.0; };
  for (std::size_t i = 0; i < map.q.size(); ++i) map.value[i] -= square(mean(map.q[i]));
  if (is_identity(map, 1)) return SignalFixedPoint{mean(1), 1};
  std::optional<SignalFixedPoint> result;
  fixed_points(map, 1, variance, [&](double v, bool stable) {
    if (stable && !result) result = SignalFixedPoint{mean(v), v};
  });
  return result;
}

void describe_spread(const Curve& f, Properties& card) {
  const double deviation = std::sqrt(std::max(0.0, *card.second_moment - square(*card.mean)));
  if (!(deviation > 1e-9 * std::fabs(*card.mean))) return;
  const double covariance = gaussian_expectation([&](double x) { return x * f(0, x); });
  card.mean_to_deviation = std::fabs(*card.mean) / deviation;
  card.nonlinearity = std::max(0.0, 1 - square(covariance / deviation));
}

}  // namespace

void describe_signal(const Curve& f, Properties& card) {
  std::string no_moments = obstacle(f, 0, card), no_slopes = obstacle(f, 1, card);
  const auto computed = [](double value, std::string& problem) {
    if (!std::isfinite(value)) problem = "the integral is not finite in double precision";
    return problem.empty() ? std::optional(value) : std::nullopt;
  };
  if (no_moments.empty()) card.second_moment = computed(second(f, 1), no_moments);
  if (no_moments.empty()) card.mean = computed(card.symmetry == Symmetry::odd ? 0 : first(f, 1), no_moments);
  if (no_slopes.empty()) card.derivative_second_moment = computed(slope_second(f, 1), no_slopes);
  if (!no_moments.empty()) card.remarks.push_back("moments and variance map unknown: " + no_moments);
  if (!no_slopes.empty()) card.remarks.push_back("gain and variance map unknown: " + no_slopes);
  if (card.derivative_second_moment) card.gain = 1 / std::sqrt(*card.derivative_second_moment);
  if (card.mean) describe_spread(f, card);
  if (!card.mean || !card.gain) return;
  const Map squares = tabulate([&](double q) { return second(f, q); });
  card.unit_map = variance_map(f, squares, 1);
  if (std::isfinite(*card.gain)) card.gain_map = variance_map(f, squares, square(*card.gain));
  card.signal_fixed_point = signal_fixed_point(f, squares, card.symmetry == Symmetry::odd);
}

}  // namespace seegrad::card
