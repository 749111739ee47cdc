// Samples of a curve and searches along them.
#include "activation/curve.hpp"

#include "seegrad/math/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace seegrad::card {
namespace {

constexpr std::array<Derivative, 3> derivatives{Derivative{}, Derivative{0}, Derivative{0, 0}};

std::vector<double> grid() {
  std::vector<double> half;
  for (double x = 1e-300; x < 1e-16; x *= 1e20) half.push_back(x);
  for (double x = 1e-16; x < 5e-3; x *= 10) half.push_back(x);
  for (int i = 1; i <= int(Curve::dense * 128); ++i) half.push_back(i / 128.0);
  for (double x = Curve::dense * 1.05; x < Curve::resolved; x *= 1.05) half.push_back(x);
  for (double x = Curve::resolved; x < std::numeric_limits<double>::max() / 1.5; x *= 1.5) half.push_back(x);
  half.push_back(std::numeric_limits<double>::max());
  std::vector<double> whole(half.rbegin(), half.rend());
  for (double& x : whole) x = -x;
  whole.push_back(0);
  whole.insert(whole.end(), half.begin(), half.end());
  return whole;
}

}  // namespace

Curve::Curve(const Activation& activation) : activation_(activation), x_(grid()) {
  for (int order = 0; order < 3; ++order) samples_[std::size_t(order)] = values(order, x_);
}

double Curve::operator()(int order, double x) const {
  return activation_.formula().at(x, activation_.parameters(), derivatives[std::size_t(order)]);
}

std::vector<double> Curve::values(int order, std::span<const double> x) const {
  std::vector<double> y(x.size());
  std::vector<const double*> parameters;
  for (const double& value : activation_.parameters()) parameters.push_back(&value);
  activation_.formula().apply({x.data(), nullptr, y.data(), x.size(), parameters.data(), false}, derivatives[std::size_t(order)]);
  return y;
}

double Curve::largest(int order, double limit) const {
  double most = 0;
  const std::vector<double>& y = samples(order);
  for (std::size_t i = 0; i < x_.size(); ++i)
    if (std::fabs(x_[i]) <= limit && std::isfinite(y[i])) most = std::max(most, std::fabs(y[i]));
  return most;
}

double normal_mass(double low, double high) { return low > 0 ? normal_mass(-high, -low) : normal_cdf(high) - normal_cdf(low); }

Bracket bisect(Bracket between, const std::function<bool(double)>& answer) {
  const bool at_low = answer(between.low);
  while (between.high > std::nextafter(between.low, between.high)) {
    const double middle = std::midpoint(between.low, between.high);
    if (middle <= between.low || middle >= between.high) break;
    (answer(middle) == at_low ? between.low : between.high) = middle;
  }
  return between;
}

double simplest(Bracket bracket) {
  // A reciprocal overflows before it reaches its pole at 0, a square underflows before it reaches its zero.
  if (bracket.low <= 1e-100 && bracket.high >= -1e-100) return 0;
  const auto length = [](double x) { return fmt::format("{}", x).size(); };
  return length(bracket.high) < length(bracket.low) ? bracket.high : bracket.low;
}

std::vector<Region> regions(std::span<const double> x, std::span<const double> y, const std::function<bool(double)>& holds,
                            const std::function<double(double)>& value, double narrowest) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto inside = [&](double v) { return holds(value(v)); };
  std::vector<Region> found;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!holds(y[i])) continue;
    std::size_t last = i;
    while (last + 1 < x.size() && holds(y[last + 1])) ++last;
    const double low = i == 0 ? -infinity : simplest(bisect({x[i - 1], x[i]}, inside));
    const double high = last + 1 == x.size() ? infinity : simplest(bisect({x[last], x[last + 1]}, inside));
    if (high - low > narrowest) found.push_back({low, high, normal_mass(low, high)});
    i = last;
  }
  return found;
}

}  // namespace seegrad::card
