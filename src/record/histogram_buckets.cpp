#include "record/histogram_buckets.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "seegrad/math/error.hpp"
#include "seegrad/math/histogram_bin.hpp"

namespace seegrad::records {
namespace {

/// Where bin `bin` begins; it ends where the next begins. Zeros lie between the edges of the innermost bins.
double lower_edge(int bin) {
  return bin > histogram_side ? histogram_edge(bin - histogram_side) : -histogram_edge(histogram_side + 1 - bin);
}

}  // namespace

HistogramBuckets buckets_of(const observe::LayerHistogram& histogram) {
  const std::vector<std::int64_t>& counts = histogram.counts;
  if (counts.size() != histogram_bins)
    throw Error(fmt::format("histogram of layer {}: has {} counts, {} are needed", histogram.layer, counts.size(), histogram_bins));
  const auto occupied = [](std::int64_t count) { return count != 0; };
  const auto first = std::find_if(counts.begin(), counts.end(), occupied);
  if (first == counts.end()) return {};
  const auto end = std::find_if(counts.rbegin(), counts.rend(), occupied).base();

  HistogramBuckets buckets;
  for (auto count = first; count != end; ++count) {
    buckets.limits.push_back(lower_edge(static_cast<int>(count - counts.begin()) + 1));
    buckets.counts.push_back(static_cast<double>(*count));
    buckets.count += buckets.counts.back();
  }
  const double bottom = lower_edge(static_cast<int>(first - counts.begin())), top = buckets.limits.back();
  const double last = buckets.limits.size() > 1 ? buckets.limits[buckets.limits.size() - 2] : bottom;
  const bool spread = histogram.min < histogram.max;
  buckets.min = spread && histogram.min < buckets.limits.front() ? histogram.min : bottom;
  buckets.max = spread && histogram.max > last ? histogram.max : top;
  buckets.limits.back() = buckets.max;
  return buckets;
}

}  // namespace seegrad::records
