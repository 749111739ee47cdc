// A series of numbers as one line of text: ▇▆▅▃▂▂▁. A run may log a million of them, so a series is thinned while it grows: it never
// takes more memory than at first, and its extremes stay.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "seegrad/record/chart.hpp"

namespace seegrad::records {

/// Numbers in the order in which they came, in at most `capacity` buckets. Each bucket but the last stands for equally many of them;
/// when all are full, neighbours are merged in pairs.
class ThinnedSeries {
 public:
  struct Bucket {
    double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;  ///< of the finite values
    double sum = 0;                                                              ///< of the finite values
    std::int64_t finite = 0, values = 0;
    bool infinite = false;  ///< holds an infinity

    void add(double value);
    void merge(const Bucket& later);
    double mean() const { return sum / static_cast<double>(finite); }  ///< NaN without a finite value
  };

  /// An odd capacity is rounded down to an even one, and one below two up to two.
  explicit ThinnedSeries(std::size_t capacity = 128);
  /// NaN stands for a number that was not measured: it takes its place on the time axis and shows nothing.
  void add(double value);
  std::span<const Bucket> buckets() const { return buckets_; }
  /// The mean around a moment, as a share of the time so far: 0 is the first bucket, 1 the last. NaN when nothing finite is there.
  double around(double share) const;

 private:
  std::size_t capacity_;
  std::int64_t values_a_bucket_ = 1;
  std::vector<Bucket> buckets_;
};

struct SparklineStyle {
  int width = 16;
  Scale scale = Scale::linear;
  bool unicode = false;  ///< else one of ".:-=+*#" a value
  /// What the lowest and the highest character stand for; NaN: the series' own extremes, on a log scale at least a decade apart, so
  /// that small changes look small.
  double lowest = std::numeric_limits<double>::quiet_NaN(), highest = lowest;
};

/// Exactly `width` characters, blank on the right while the series is short. A character that stands for several values shows the one
/// that lies furthest from their mean, so that a spike survives, and somewhere the series' highest and lowest value are shown. '!' marks
/// an infinity, a blank values that are all NaN. Zero and less are as low as it goes on a log scale.
std::string sparkline(const ThinnedSeries& series, const SparklineStyle& style);

}  // namespace seegrad::records
