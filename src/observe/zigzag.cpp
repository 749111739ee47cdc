#include "seegrad/observe/zigzag.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "seegrad/activation/moments.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/observe/layer_statistics.hpp"

namespace seegrad::observe {
namespace {

constexpr double too_far = 1e6;

double distance(const Pair& a, const Pair& b) { return std::hypot(a[0] - b[0], a[1] - b[1]); }

}  // namespace

double Walk::detour() const {
  const double far = distance(path.front(), path.back());
  return far > 0 ? length / far : not_measured;
}

Walk walk(const WalkOptions& how, const std::function<Pair()>& input) {
  Walk found;
  double both = 0, same = 0;  // updates that move both weights, and those that move them the same way
  const double begin = distance({0, 0}, how.goal);
  while (found.steps() < how.most_steps && !found.arrived) {
    const Pair at = found.path.back(), x = input();
    const double error = (at[0] - how.goal[0]) * x[0] + (at[1] - how.goal[1]) * x[1];
    const Pair update{-how.rate * error * x[0], -how.rate * error * x[1]};
    const Pair next{at[0] + update[0], at[1] + update[1]};
    if (!(std::hypot(next[0], next[1]) < too_far)) break;
    found.path.push_back(next);
    found.length += std::hypot(update[0], update[1]);
    both += update[0] * update[1] != 0;
    same += update[0] * update[1] > 0;
    found.arrived = distance(next, how.goal) < how.near * begin;
  }
  found.one_sign = both > 0 ? same / both : not_measured;
  return found;
}

Walk walk_behind(const Activation& f, const WalkOptions& how, Random random) {
  WalkOptions scaled = how;
  scaled.rate /= 2 * moments(f).second_moment;
  return walk(scaled, [&] {
    const double first = f.at(random.normal()), second = f.at(random.normal());
    return Pair{first, second};
  });
}

WalkMeans walks_behind(const Activation& f, const WalkOptions& how, std::int64_t count, const Random& random) {
  if (count < 1) throw Error(fmt::format("zigzag: means over {} walks, 1 or more are needed", count));
  WalkMeans means;
  const auto walks = static_cast<double>(count);
  for (std::int64_t i = 0; i < count; ++i) {
    const Walk found = walk_behind(f, how, random.split(static_cast<std::uint64_t>(i)));
    means.steps += static_cast<double>(found.steps()) / walks;
    means.detour += found.detour() / walks;
    means.one_sign += found.one_sign / walks;
    means.arrived += found.arrived ? 1 : 0;
  }
  means.arrived /= walks;
  return means;
}

std::vector<Pair> contour(const Pair& goal, double mean, double mean_square, double apart, std::int64_t points) {
  if (points < 3) throw Error(fmt::format("zigzag: a contour of {} points, 3 or more are needed", points));
  if (!(mean_square > 0) || !std::isfinite(mean_square)) return {};
  const double m2 = mean * mean, least = m2 * (1 - 1e-9);  // quadrature is right to about that
  if (!(mean_square >= least)) throw Error(fmt::format("zigzag: no inputs have the mean {} and the mean square {}", mean, mean_square));
  const double together = apart * std::sqrt(std::max(mean_square - m2, 0.0) / (mean_square + m2));
  std::vector<Pair> line;
  for (std::int64_t i = 0; i <= points; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i % points) / static_cast<double>(points);
    const double u = together * std::cos(angle), v = apart * std::sin(angle);
    line.push_back({goal[0] + (u + v) / std::numbers::sqrt2, goal[1] + (u - v) / std::numbers::sqrt2});
  }
  return line;
}

}  // namespace seegrad::observe
