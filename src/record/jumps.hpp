// Where a function jumps, found by looking: so that a picture can leave the gap open instead of drawing a steep line.
#pragma once
#include <functional>
#include <vector>

#include "seegrad/record/chart.hpp"

namespace seegrad::records {

/// A place where a function is discontinuous: its limits from both sides and its value there.
struct Jump {
  double at = 0, left = 0, right = 0, value = 0;
  bool operator==(const Jump&) const = default;
};

using Function = std::function<double(double)>;

/// The jumps of f on [low, high] that are larger than `visible`, from left to right. f is looked at in 4096 intervals; where it changes
/// by more than `visible` in one, bisection follows the larger change until it has become smooth or the interval a point. Values that
/// are not finite are passed over: they are not jumps but gaps.
std::vector<Jump> jumps_of(const Function& f, Range range, double visible);

/// Samples of f over the range, cut at its jumps and running up to them from both sides.
std::vector<std::vector<Point>> pieces_of(const Function& f, Range range, const std::vector<Jump>& jumps, int samples);

}  // namespace seegrad::records
