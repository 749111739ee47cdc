// Bounds: how high and how low f goes, and how steep it is, over all finite x.
//
// A bound is a value that is reached inside (a local extremum followed to its top, or a plateau that begins with a kink), or one that is
// approached at an end (a limit), or there is none. Growth at an end is judged by the running maximum at |x| = e^88, e^177, e^354
// and the largest double: a limit makes its last increase vanish, a logarithm makes it double.
#include "activation/curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace seegrad::card {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// What is to be bounded from above: f, -f or |f'|.
struct Objective {
  std::function<double(double)> value, slope;
  std::vector<double> samples;
};

/// A function this small at an end is a power of x on its way to 0.
constexpr double vanishing = 1e-30;

enum class Tail { settled, grows, undecided };

/// `maxima` are running maxima at logarithmically spaced x; `at_end` tells whether the last sample is the highest. If it is not, a
/// wave came a little nearer to its bound by chance.
Tail judge(const std::array<double, 4>& maxima, bool at_end) {
  if (maxima[3] == infinity) return Tail::grows;
  const double last = maxima[3] - maxima[2], before = maxima[2] - maxima[1], size = std::fabs(maxima[3]);
  if (last <= 1e-9 * size || last <= vanishing || (!at_end && last < 0.02 * size)) return Tail::settled;
  return last >= 0.9 * before ? Tail::grows : Tail::undecided;
}

class Search {
 public:
  Search(const Curve& f, std::span<const Jump> jumps, Objective objective) : f_(f), jumps_(jumps), g_(std::move(objective)) {}

  std::optional<Bound> bound(std::vector<std::string>& remarks, std::string_view name) {
    for (std::size_t i = 0; i < g_.samples.size(); ++i) offer(f_.x()[i], g_.samples[i]);
    if (best_.value == -infinity) return std::nullopt;
    for (const int side : {-1, 1}) {
      const Tail tail = judge(maxima(side), at_end(side));
      if (tail == Tail::grows) return Bound{infinity, side * infinity, false};
      if (tail == Tail::undecided)
        remarks.push_back(fmt::format("{} still changes at the largest numbers: its bound there is a guess", name));
    }
    for (const Jump& jump : jumps_) {
      offer(jump.bracket.low, g_.value(jump.bracket.low));
      offer(jump.bracket.high, g_.value(jump.bracket.high));
    }
    if (best_.value == infinity || pole()) return Bound{infinity, best_.where, false};
    if (std::fabs(best_.where) > 1e300 && std::fabs(best_.value) < vanishing) return Bound{0, std::copysign(infinity, best_.where), false};
    climb();
    settle();
    return best_;
  }

 private:
  static bool same(double a, double b) { return std::fabs(a - b) <= 8 * std::numeric_limits<double>::epsilon() * std::fabs(b); }

  /// Takes the higher value; of equal ones (to rounding) that nearer to 0.
  void offer(double x, double value) {
    if (std::isnan(value)) return;
    const double best = std::max(value, best_.value);
    const auto counts = [&](double v) { return v == best || (std::isfinite(best) && same(v, best)); };
    const bool nearer = !counts(there_) || std::fabs(x) < std::fabs(best_.where) - 1e-4 || x == 0;
    if (counts(value) && nearer) best_.where = x, there_ = value;
    best_.value = best;
  }

  std::array<double, 4> maxima(int side) const {
    std::array<double, 4> result{-infinity, -infinity, -infinity, -infinity};
    constexpr std::array<double, 4> reach{88, 177, 354, infinity};
    for (std::size_t i = 0; i < g_.samples.size(); ++i) {
      const double x = f_.x()[i];
      if (side * x < 0 || std::isnan(g_.samples[i])) continue;
      for (std::size_t k = 0; k < 4; ++k)
        if (x == 0 || std::log(std::fabs(x)) <= reach[k]) result[k] = std::max(result[k], g_.samples[i]);
    }
    return result;
  }

  bool at_end(int side) const {
    const std::size_t end = side < 0 ? 0 : g_.samples.size() - 1;
    return g_.samples[end] >= maxima(side)[3];
  }

  bool pole() {
    for (const Jump& jump : jumps_)
      for (const double end : {jump.bracket.low, jump.bracket.high}) {
        const double step = 1e-9 * std::max(1.0, std::fabs(end)), aside = end + (end == jump.bracket.low ? -step : step);
        if (!(g_.value(end) > 1e6 * std::fabs(g_.value(aside))) || !(g_.value(end) > 1e6)) continue;
        best_.where = jump.kink.x;
        return true;
      }
    return false;
  }

  /// Follows every sampled peak that could be the highest to its top.
  void climb() {
    const std::vector<double>&x = f_.x(), &y = g_.samples;
    const double reach = best_.value - 0.05 * (std::fabs(best_.value) + 1e-300);
    for (std::size_t i = 1; i + 1 < x.size(); ++i) {
      if (std::fabs(x[i]) > Curve::resolved || !(y[i] >= y[i - 1]) || !(y[i] >= y[i + 1]) || !(y[i] >= reach)) continue;
      const bool level = y[i] == y[i - 1] && y[i] == y[i + 1], top = y[i] > y[i - 1] && y[i] > y[i + 1] && g_.slope(x[i]) == 0;
      if (level || top) continue;
      top_between(x[i - 1], x[i]);
      top_between(x[i], x[i + 1]);
    }
  }

  void top_between(double low, double high) {
    const double at_low = g_.slope(low), at_high = g_.slope(high);
    if (!(at_low > 0 && at_high < 0)) return golden(low, high);
    const Bracket top = bisect({low, high}, [&](double x) { return g_.slope(x) > 0; });
    offer(top.low, g_.value(top.low));
    offer(top.high, g_.value(top.high));
  }

  /// For peaks at whose foot the slope says nothing: kinks, and estimators that are not slopes.
  void golden(double low, double high) {
    constexpr double ratio = 0.6180339887498949;
    for (int i = 0; i < 40; ++i) {
      const double left = high - ratio * (high - low), right = low + ratio * (high - low);
      const double at_left = g_.value(left), at_right = g_.value(right);
      offer(left, at_left);
      offer(right, at_right);
      (at_left >= at_right ? high : low) = at_left >= at_right ? right : left;
    }
  }

  /// A plateau that reaches the end of the line is an asymptote in disguise (rounding made it flat) unless it begins with a kink.
  void settle() {
    const std::vector<double>&x = f_.x(), &y = g_.samples;
    const auto level = [&](std::size_t i) { return y[i] == best_.value || same(y[i], best_.value); };
    for (const Jump& jump : jumps_)
      if (best_.where >= jump.bracket.low && best_.where <= jump.bracket.high) best_.where = jump.kink.x;
    std::size_t at = std::size_t(std::lower_bound(x.begin(), x.end(), best_.where) - x.begin());
    for (const std::size_t next : {at + 1, at - 1})
      if (!level(at) && next < x.size() && level(next)) at = next;  // the peak lies between two samples
    if (!level(at)) return;
    std::size_t low = at, high = at;
    while (low > 0 && level(low - 1)) --low;
    while (high + 1 < x.size() && level(high + 1)) ++high;
    const bool to_left = low == 0 || std::isnan(y[low - 1]), to_right = high + 1 == x.size() || std::isnan(y[high + 1]);
    if (to_left && to_right) {
      best_.where = 0;
    } else if (to_left || to_right) {
      const std::size_t inner = to_left ? high : low, outside = to_left ? high + 1 : low - 1;
      const Bracket gap{std::min(x[inner], x[outside]), std::max(x[inner], x[outside])};
      const double slack = 1e-9 * std::max(1.0, std::fabs(x[inner]));
      const auto kink = std::find_if(jumps_.begin(), jumps_.end(),
                                     [&](const Jump& jump) { return jump.kink.x >= gap.low - slack && jump.kink.x <= gap.high + slack; });
      if (kink == jumps_.end())
        best_ = {best_.value, to_left ? -infinity : infinity, false};
      else
        best_.where = kink->kink.x;
    }
  }

  const Curve& f_;
  std::span<const Jump> jumps_;
  Objective g_;
  Bound best_{-infinity, infinity, true};
  double there_ = -infinity;  ///< the value at best_.where; best_.value may lie some roundings above
};

Objective signed_values(const Curve& f, double sign) {
  Objective g{[&f, sign](double x) { return sign * f(0, x); }, [&f, sign](double x) { return sign * f(1, x); }, f.samples(0)};
  for (double& y : g.samples) y *= sign;
  return g;
}

Objective steepness(const Curve& f) {
  Objective g{[&f](double x) { return std::fabs(f(1, x)); }, [&f](double x) { return std::copysign(1.0, f(1, x)) * f(2, x); },
              f.samples(1)};
  for (double& y : g.samples) y = std::fabs(y);
  return g;
}

double plain_zero(double value) { return value == 0 ? 0 : value; }

std::optional<double> limit(const Curve& f, int side) {
  const double top = std::numeric_limits<double>::max();
  std::array<double, 4> value{};
  const std::array<double, 4> reach{std::exp(88.0), std::exp(177.0), std::exp(354.0), top};
  for (std::size_t k = 0; k < 4; ++k) value[k] = f(0, side * reach[k]);
  if (std::isnan(value[3])) return std::nullopt;
  const bool settled =
      std::fabs(value[3] - value[2]) <= 1e-9 * std::fabs(value[3]) && std::fabs(value[2] - value[1]) <= 1e-9 * std::fabs(value[2]);
  if (settled || (value[3] == value[2] && value[2] == value[1])) return plain_zero(value[3]);
  if (std::fabs(value[3]) < vanishing && std::fabs(value[2]) < vanishing) return 0;
  const double sign = value[3] > 0 ? 1 : -1;
  std::array<double, 4> grown{};
  for (std::size_t k = 0; k < 4; ++k) grown[k] = sign * value[k];
  const bool steady = std::is_sorted(grown.begin(), grown.end());
  if (steady && (std::isinf(value[3]) || judge(grown, true) == Tail::grows)) return sign * infinity;
  return std::nullopt;
}

}  // namespace

void describe_range(const Curve& f, std::span<const Jump> jumps, Properties& card) {
  card.upper = Search(f, jumps, signed_values(f, 1)).bound(card.remarks, "f");
  if (card.upper) card.upper->value = plain_zero(card.upper->value);
  card.lower = Search(f, jumps, signed_values(f, -1)).bound(card.remarks, "f");
  if (card.lower) card.lower->value = plain_zero(-card.lower->value);
  card.limit_left = limit(f, -1);
  card.limit_right = limit(f, 1);
  card.slope = Search(f, jumps, steepness(f)).bound(card.remarks, "the slope");
  if (!card.slope) return;
  card.typical_slope = std::isfinite(card.slope->value) ? card.slope->value : f.largest(1, 30);
  const bool broken = card.smoothness == Smoothness::discontinuous;
  card.lipschitz = broken ? infinity : card.slope->value;
}

}  // namespace seegrad::card
