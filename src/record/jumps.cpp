#include "jumps.hpp"

#include <algorithm>
#include <cmath>

namespace seegrad::records {
namespace {

constexpr int intervals = 4096;

double beside(double x) { return 1e-9 * std::max(1.0, std::fabs(x)); }

/// The number with few digits that x was meant to be: bisection ends a rounding away from 0 or 3.
double tidy(double x) {
  const double unit = 1e-8;
  const double tidied = std::round(x / unit) * unit;
  return std::fabs(x - tidied) < 1e-12 * std::max(1.0, std::fabs(x)) ? tidied : x;
}

}  // namespace

std::vector<Jump> jumps_of(const Function& f, Range range, double visible) {
  std::vector<Jump> jumps;
  const double step = (range.high - range.low) / intervals;
  double low = range.low, at_low = f(low);
  for (int i = 1; i <= intervals; ++i) {
    const double high = range.low + i * step, at_high = f(high);
    double a = low, b = high, fa = at_low, fb = at_high;
    low = high, at_low = at_high;
    // NaN and infinite differences fail the comparison or never become smaller: the former ends the search, the latter is no jump.
    while (std::fabs(fb - fa) > visible && b - a > beside(a) / 1e5) {
      const double middle = a + (b - a) / 2, fm = f(middle);
      if (middle <= a || middle >= b) break;
      if (std::fabs(fm - fa) > std::fabs(fb - fm))
        b = middle, fb = fm;
      else
        a = middle, fa = fm;
    }
    if (!(std::fabs(fb - fa) > visible) || !std::isfinite(fb - fa)) continue;
    const double at = tidy(b);
    const Jump jump{at, f(at - beside(at)), f(at + beside(at)), f(at)};
    const bool known = !jumps.empty() && at - jumps.back().at < 4 * beside(at);
    // A pole grows without end towards its place; what jumps has limits.
    const double further = std::fabs(f(at - 2 * beside(at)) - jump.left) + std::fabs(f(at + 2 * beside(at)) - jump.right);
    if (!known && further < 0.1 * std::fabs(jump.right - jump.left) + visible) jumps.push_back(jump);
  }
  return jumps;
}

std::vector<std::vector<Point>> pieces_of(const Function& f, Range range, const std::vector<Jump>& jumps, int samples) {
  std::vector<std::vector<Point>> pieces;
  double from = range.low;
  const auto add_piece = [&](double to) {
    if (to <= from) return;
    const int count = std::max(2, static_cast<int>(std::ceil(samples * (to - from) / (range.high - range.low))));
    pieces.emplace_back();
    for (int i = 0; i <= count; ++i) {
      const double x = i == count ? to : from + (to - from) * i / count;
      pieces.back().push_back({x, f(x)});
    }
  };
  for (const Jump& jump : jumps) {
    add_piece(jump.at - beside(jump.at));
    from = jump.at + beside(jump.at);
  }
  add_piece(range.high);
  return pieces;
}

}  // namespace seegrad::records
