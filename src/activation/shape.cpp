// What the samples tell as a whole: where f rises and falls, bends, mirrors itself, is NaN, zero or flat.
#include "activation/curve.hpp"
#include "seegrad/activation/program.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seegrad::card {
namespace {

/// What rounding may do to f at x, and to the steps that lead to it; `slope` is a typical one of f.
double rounding(double x, double f, double slope) { return 1e-14 * (std::fabs(f) + std::min(1.0, slope) * std::fabs(x)); }

/// x[i], or the point beside it where f' changes its sign.
double turning_point(const Curve& f, std::size_t i) {
  const std::vector<double>&x = f.x(), &slope = f.samples(1);
  for (const std::size_t left : {i - 1, i}) {
    if (left + 1 >= x.size() || !(slope[left] * slope[left + 1] < 0)) continue;
    return simplest(bisect({x[left], x[left + 1]}, [&](double v) { return f(1, v) > 0; }));
  }
  return x[i];
}

/// The longest drop of sign*f from left to right on |x| <= dense.
std::optional<Slide> longest_drop(const Curve& f, double sign) {
  const std::vector<double>&x = f.x(), &y = f.samples(0);
  const double slope = f.largest(1, 4);
  std::size_t top = x.size(), from = 0, to = 0;
  double longest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::fabs(x[i]) > Curve::dense || !std::isfinite(y[i])) continue;
    const bool higher = top == x.size() || sign * y[i] > sign * y[top];
    if (higher || (y[i] == y[top] && std::fabs(x[i]) < std::fabs(x[top]))) {
      top = i;
      continue;
    }
    const double drop = sign * (y[top] - y[i]);
    const bool further = drop > longest || (drop == longest && std::fabs(x[i]) < std::fabs(x[to]));
    if (further && drop > rounding(x[i], y[i], slope)) longest = drop, from = top, to = i;
  }
  if (longest == 0) return std::nullopt;
  const double low = turning_point(f, from), high = turning_point(f, to);
  return Slide{low, high, std::fabs(f(0, low) - f(0, high))};
}

/// The same on the whole axis: without end when sign*f comes down from infinity, goes down to minus infinity, or swings ever wider.
std::optional<Slide> longest_drop(const Curve& f, double sign, const Properties& card) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::optional<Slide> drop = longest_drop(f, sign);
  const bool from_infinity = card.limit_left && sign * *card.limit_left == infinity;
  const bool to_infinity = card.limit_right && sign * *card.limit_right == -infinity;
  const bool unbounded = (card.lower && std::isinf(card.lower->value)) || (card.upper && std::isinf(card.upper->value));
  const Program& program = f.activation().formula().program();
  const bool swings = unbounded && !card.limit_right && (program.uses(Word::sin) || program.uses(Word::cos));
  if (drop && from_infinity) drop->from = -infinity;
  if (drop && to_infinity) drop->to = infinity;
  if (drop && (from_infinity || to_infinity || swings)) drop->by = infinity;
  return drop;
}

/// Whether sign*f falls anywhere, also where the samples are far apart.
bool falls(const Curve& f, double sign) {
  const std::vector<double>&x = f.x(), &y = f.samples(0);
  const double slope = f.largest(1, 4);
  double last = 0;
  bool begun = false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(y[i])) continue;
    const double value = sign * y[i];
    if (begun && value < last - rounding(x[i], std::isfinite(last) ? last : 0, slope)) return true;
    last = value;
    begun = true;
  }
  return false;
}

Curvature curvature(const Curve& f, const Properties& card) {
  if (card.smoothness == Smoothness::discontinuous || card.surrogate_slope) return Curvature::neither;
  const std::vector<double>&x = f.x(), &slope = f.samples(1);
  const double noise = 1e-12 * f.largest(1, 4);
  bool up = false, down = false;
  double last = 0;
  bool begun = false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::fabs(x[i]) > Curve::resolved) continue;
    if (std::isnan(slope[i])) return Curvature::neither;
    if (begun) {
      const double tolerance = noise + 1e-12 * std::fabs(last);
      up = up || slope[i] > last + tolerance;
      down = down || slope[i] < last - tolerance;
    }
    last = slope[i];
    begun = true;
  }
  if (up && down) return Curvature::neither;
  return up ? Curvature::convex : down ? Curvature::concave : Curvature::affine;
}

Symmetry symmetry(const Curve& f, const Properties& card) {
  const std::vector<double>&x = f.x(), &y = f.samples(0);
  const double noise = 1e-13 * f.largest(0, 4);
  bool odd = true, even = true;
  for (std::size_t i = x.size() / 2; i < x.size(); ++i) {
    const double right = y[i], left = y[x.size() - 1 - i];
    const bool at_jump = std::any_of(card.kinks.begin(), card.kinks.end(),
                                     [&](const Kink& k) { return k.order() == 0 && std::fabs(std::fabs(k.x) - x[i]) < 1e-9; });
    if (at_jump) continue;  // there one side is the formula's choice
    if (std::isnan(left) != std::isnan(right)) return Symmetry::none;
    if (std::isnan(left)) continue;
    const double tolerance = noise + 1e-12 * std::fabs(right);
    odd = odd && (left == -right || std::fabs(left + right) <= tolerance);
    even = even && (left == right || std::fabs(left - right) <= tolerance);
  }
  return odd ? Symmetry::odd : even ? Symmetry::even : Symmetry::none;
}

double mass_of(const std::vector<Region>& list) {
  double sum = 0;
  for (const Region& region : list) sum += region.mass;
  return sum;
}

/// The regions nearest to 0, in the order of x.
void keep_nearest(std::vector<Region>& list, std::size_t most, std::string_view what, Properties& card) {
  if (list.size() <= most) return;
  const std::size_t all = list.size();
  const auto distance = [](const Region& r) { return r.low <= 0 && r.high >= 0 ? 0 : std::min(std::fabs(r.low), std::fabs(r.high)); };
  std::stable_sort(list.begin(), list.end(), [&](const Region& a, const Region& b) { return distance(a) < distance(b); });
  list.resize(most);
  std::sort(list.begin(), list.end(), [](const Region& a, const Region& b) { return a.low < b.low; });
  card.remarks.push_back(std::to_string(all) + " regions " + std::string(what) + ": those nearest to 0 are listed, all are counted");
}

/// The samples, and between them the zeros of f': there f is flat, perhaps for less than the distance of two samples.
std::vector<double> with_turning_points(const Curve& f) {
  std::vector<double> points = f.x();
  const std::vector<double>&x = f.x(), &slope = f.samples(1);
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (std::fabs(x[i]) > Curve::dense || !(slope[i - 1] * slope[i] < 0)) continue;
    points.push_back(bisect({x[i - 1], x[i]}, [&](double v) { return f(1, v) > 0; }).low);
  }
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

}  // namespace

void describe_shape(const Curve& f, Properties& card) {
  const bool down = falls(f, 1), up = falls(f, -1);
  card.direction = up && down ? Direction::neither : up ? Direction::increasing : down ? Direction::decreasing : Direction::constant;
  card.falls = down ? longest_drop(f, 1, card) : std::nullopt;
  card.rises = up ? longest_drop(f, -1, card) : std::nullopt;
  card.curvature = curvature(f, card);
  card.symmetry = symmetry(f, card);
}

void describe_regions(const Curve& f, Properties& card) {
  constexpr std::size_t most = 64;
  constexpr double narrowest = 1e-6;  // less is rounding next to a point
  const auto nan = [](double y) { return std::isnan(y); };
  const auto value = [&](double x) { return f(0, x); };
  card.not_a_number = regions(f.x(), f.samples(0), nan, value, 0);
  keep_nearest(card.not_a_number, most, "where f is NaN", card);

  const auto zero = [](double y) { return y == 0; };
  card.zeros = regions(f.x(), f.samples(0), zero, value, narrowest);
  std::erase_if(card.zeros, [](const Region& r) { return r.mass < 1e-12; });  // far tails that rounded to 0
  card.zero_share = mass_of(card.zeros);
  keep_nearest(card.zeros, most, "where f is 0", card);

  const double threshold = saturated_share_of_slope * card.typical_slope;
  const auto flat = [&](double slope) { return threshold > 0 ? std::fabs(slope) < threshold : slope == 0; };
  const std::vector<double> points = with_turning_points(f);
  card.saturated = regions(
      points, f.values(1, points), flat, [&](double x) { return f(1, x); }, narrowest);
  // A wave is flat at places without end; out there the samples meet some of them by chance.
  std::erase_if(card.saturated, [](const Region& r) {
    return (r.low > Curve::dense && std::isfinite(r.high)) || (r.high < -Curve::dense && std::isfinite(r.low));
  });
  card.saturated_mass = mass_of(card.saturated);
  keep_nearest(card.saturated, most, "where f is saturated", card);
}

}  // namespace seegrad::card
