// Our bins as TensorBoard wants them: buckets that are told by their upper limits, in ascending order.
#pragma once
#include <vector>

#include "seegrad/observe/run_observer.hpp"

namespace seegrad::records {

/// Bucket i holds the numbers from limits[i - 1] (the first: from `min`) to limits[i].
struct HistogramBuckets {
  double min = 0, max = 0, count = 0;
  std::vector<double> limits, counts;
};

/// The bins from the first to the last that holds anything; no buckets when none does. The outer ends are the smallest and the largest
/// number, unless that would leave an outer bucket without width or turn it inside out (nothing but its edge in it, or infinity, or what
/// is nearer to zero than 2^-40): then the bin's own edge stays. Throws Error unless there are histogram_bins counts.
HistogramBuckets buckets_of(const observe::LayerHistogram& histogram);

}  // namespace seegrad::records
