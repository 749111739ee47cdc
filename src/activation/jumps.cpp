// Where f, f' or f'' jumps. Every interval between two samples is halved towards the half in which the function changes more. A
// smooth function changes half as much in half the interval; across a jump the change stays, until two neighbouring doubles
// enclose it. What remains must then have limits on both sides, or else it was an oscillation too fine to follow.
#include "activation/curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace seegrad::card {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double seen_share = 1e-7;  // of the value beside it: less is rounding
constexpr double seen_scale = 1e-9;  // of the largest value where activations live
constexpr double aside = 1e-9;       // how far from a jump its limits are looked at, times max(1, |x|)
constexpr double together = 1e-8;    // jumps so near are one, times max(1, |x|)

double size_of(double x) { return std::max(1.0, std::fabs(x)); }

/// Neighbouring doubles with a change of more than rounding between them; nothing when it dissolves on the way.
std::optional<Bracket> follow(const Curve& f, int order, Bracket b, double at_low, double at_high, double scale) {
  constexpr int patience = 4;
  int halved = 0;
  for (;;) {
    const double change = std::fabs(at_high - at_low);
    if (!(change > seen_share * std::min(std::fabs(at_low), std::fabs(at_high))) || !(change > seen_scale * scale)) return std::nullopt;
    const double middle = 0.5 * b.low + 0.5 * b.high;
    if (middle <= b.low || middle >= b.high) return b;
    const double at_middle = f(order, middle);
    if (std::isnan(at_middle)) return std::nullopt;
    const double left = std::fabs(at_middle - at_low), right = std::fabs(at_high - at_middle);
    halved = std::isfinite(change) && std::max(left, right) <= 0.52 * change ? halved + 1 : 0;
    if (halved == patience) return std::nullopt;
    (right > left ? b.low : b.high) = middle;
    (right > left ? at_low : at_high) = at_middle;
  }
}

/// The jump in the bracket: finite, infinite at a pole, 0 when it is neither (an oscillation, or numbers that overflow).
double jump_in(const Curve& f, int order, Bracket b) {
  const double low = f(order, b.low), high = f(order, b.high), jump = high - low;
  const double step = aside * size_of(b.low), far_low = f(order, b.low - step), far_high = f(order, b.high + step);
  if (std::isnan(jump)) return std::isinf(low) || std::isinf(high) ? infinity : 0;
  const double away = std::max(std::fabs(far_low), std::fabs(far_high));
  // Beyond an overflow f stays infinite; beside a pole it comes back.
  if (std::isinf(jump)) return std::isinf(std::isinf(low) ? far_low : far_high) ? 0 : jump;
  if (std::fabs(jump) > 1e6 * away) return std::copysign(infinity, jump);
  const bool settled = std::fabs(low - far_low) <= 0.2 * std::fabs(jump) && std::fabs(high - far_high) <= 0.2 * std::fabs(jump);
  return settled ? jump : 0;
}

std::vector<Bracket> brackets_of(const Curve& f, int order) {
  const double scale = f.largest(order, 4);
  const std::vector<double>&x = f.x(), &y = f.samples(order);
  std::vector<Bracket> found;
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (x[i - 1] < -Curve::resolved || x[i] > Curve::resolved || std::isnan(y[i - 1]) || std::isnan(y[i])) continue;
    if (std::isinf(y[i - 1]) && std::isinf(y[i])) continue;
    if (const auto bracket = follow(f, order, {x[i - 1], x[i]}, y[i - 1], y[i], scale)) found.push_back(*bracket);
  }
  return found;
}

}  // namespace

std::vector<Jump> find_jumps(const Curve& f) {
  std::vector<Bracket> places;
  for (int order = 0; order < 3; ++order) {
    const std::vector<Bracket> more = brackets_of(f, order);
    places.insert(places.end(), more.begin(), more.end());
  }
  std::sort(places.begin(), places.end(), [](Bracket a, Bracket b) { return a.low < b.low; });
  std::vector<Bracket> merged;
  for (const Bracket& place : places) {
    if (!merged.empty() && place.low - merged.back().high <= together * size_of(place.low))
      merged.back().high = std::max(merged.back().high, place.high);
    else
      merged.push_back(place);
  }
  std::vector<Jump> jumps;
  for (const Bracket& place : merged) {
    Jump jump{{.x = simplest(place)}, place};
    bool any = false;
    for (int order = 0; order < 3; ++order) {
      const double size = jump_in(f, order, place);
      const double beside = std::min(std::fabs(f(order, place.low)), std::fabs(f(order, place.high)));
      const bool seen = std::fabs(size) > seen_share * beside && std::fabs(size) > seen_scale * f.largest(order, 4);
      jump.kink.jump[std::size_t(order)] = seen ? size : 0;
      any = any || seen;
    }
    if (any) jumps.push_back(jump);
  }
  return jumps;
}

}  // namespace seegrad::card
