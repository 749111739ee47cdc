#include "seegrad/observe/landscape.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"

namespace seegrad::observe {
namespace {

/// The smallest change of these losses that is more than rounding.
double least_change(std::span<const double> losses) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double loss : losses)
    if (std::isfinite(loss)) low = std::min(low, loss), high = std::max(high, loss);
  return std::max(1e-10 * (high - low), 1e-13 * std::max(std::fabs(low), std::fabs(high)));
}

}  // namespace

Landscape survey(std::span<const double> losses) {
  Landscape seen;
  const double nothing = least_change(losses);
  double slope = 0;  // the last one that was not level
  std::int64_t bends = 0;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    if (!std::isfinite(losses[i])) {
      ++seen.not_finite;
      slope = 0;
      continue;
    }
    const double rise = i > 0 ? losses[i] - losses[i - 1] : 0;
    if (i == 0 || !std::isfinite(rise)) continue;
    const double bend = i > 1 ? rise - (losses[i - 1] - losses[i - 2]) : 0;
    if (std::isfinite(bend)) bends += bend < -nothing;
    if (std::fabs(rise) <= nothing) continue;
    seen.turns += slope * rise < 0;
    seen.minima += slope < 0 && rise > 0;
    slope = rise;
  }
  if (losses.size() > 2) seen.concave = static_cast<double>(bends) / static_cast<double>(losses.size() - 2);
  return seen;
}

LandscapeMeans means_of(std::span<const Landscape> walks) {
  if (walks.empty()) throw Error("landscape: means over no walks");
  LandscapeMeans means;
  for (const Landscape& walk : walks) {
    means.minima += static_cast<double>(walk.minima), means.turns += static_cast<double>(walk.turns), means.concave += walk.concave;
    means.several += walk.minima > 1, means.not_convex += !walk.convex();
  }
  for (double* number : {&means.minima, &means.turns, &means.concave, &means.several, &means.not_convex})
    *number /= static_cast<double>(walks.size());
  return means;
}

}  // namespace seegrad::observe
