#include "seegrad/record/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace seegrad::records {
namespace {

using Bucket = ThinnedSeries::Bucket;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::array<const char*, 8> blocks = {"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
constexpr std::array<const char*, 7> letters = {".", ":", "-", "=", "+", "*", "#"};  // no blank: that is for what is not there

double on_scale(double value, Scale scale) {
  if (scale == Scale::linear) return value;
  return value > 0 ? std::log10(value) : -infinity;
}

/// Neighbours merged until they fit into `width` columns. A column that is complete stays as it is while the series grows, until all
/// columns are full and the next size is taken: the picture does not shimmer.
std::vector<Bucket> columns_of(std::span<const Bucket> buckets, int width) {
  const auto places = static_cast<std::size_t>(width);
  const std::size_t size = std::max<std::size_t>(1, (buckets.size() + places - 1) / places);
  std::vector<Bucket> columns;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (i % size == 0)
      columns.push_back(buckets[i]);
    else
      columns.back().merge(buckets[i]);
  }
  return columns;
}

struct Limits {
  double low = infinity, high = -infinity;  // on the scale

  void include(double place) {
    if (!std::isfinite(place)) return;  // a zero on a log scale
    low = std::min(low, place);
    high = std::max(high, place);
  }
};

Limits limits_of(const std::vector<Bucket>& columns, const SparklineStyle& style) {
  Limits limits;
  for (const Bucket& column : columns)
    if (column.finite > 0) limits.include(on_scale(column.lowest, style.scale)), limits.include(on_scale(column.highest, style.scale));
  const double least = style.scale == Scale::logarithmic ? 1 : 0, missing = (least - (limits.high - limits.low)) / 2;
  if (missing > 0) limits.low -= missing, limits.high += missing;
  if (!std::isnan(style.lowest)) limits.low = on_scale(style.lowest, style.scale);
  if (!std::isnan(style.highest)) limits.high = on_scale(style.highest, style.scale);
  return limits;
}

/// Shows an extreme of the whole series in the first column that holds it, unless it is shown already.
void include(std::vector<double>& values, const std::vector<Bucket>& columns, double extreme, double Bucket::*which) {
  if (std::find(values.begin(), values.end(), extreme) != values.end()) return;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].*which == extreme) {
      values[i] = extreme;
      return;
    }
}

/// The value that stands for each column: one that lies far from the others.
std::vector<double> shown(const std::vector<Bucket>& columns, Scale scale) {
  std::vector<double> values;
  Bucket whole;
  for (const Bucket& column : columns) {
    const double middle = on_scale(column.mean(), scale);
    const double above = on_scale(column.highest, scale) - middle, below = middle - on_scale(column.lowest, scale);
    values.push_back(below > above ? column.lowest : column.highest);
    whole.merge(column);
  }
  include(values, columns, whole.lowest, &Bucket::lowest);
  include(values, columns, whole.highest, &Bucket::highest);
  return values;
}

const char* character(double place, const Limits& limits, bool unicode) {
  const auto top = static_cast<double>(unicode ? blocks.size() - 1 : letters.size() - 1);
  const double flat = std::isinf(place) ? 0 : 0.5;  // all values alike; minus infinity: all of them zeros on a log scale
  const double share = limits.high > limits.low ? (place - limits.low) / (limits.high - limits.low) : flat;
  const auto level = static_cast<std::size_t>(std::lround(std::clamp(std::isnan(share) ? 0 : share, 0.0, 1.0) * top));
  return unicode ? blocks[level] : letters[level];
}

}  // namespace

void Bucket::add(double value) {
  ++values;
  infinite = infinite || std::isinf(value);
  if (!std::isfinite(value)) return;
  ++finite;
  sum += value;
  lowest = std::min(lowest, value);
  highest = std::max(highest, value);
}

void Bucket::merge(const Bucket& later) {
  lowest = std::min(lowest, later.lowest);
  highest = std::max(highest, later.highest);
  sum += later.sum;
  finite += later.finite;
  values += later.values;
  infinite = infinite || later.infinite;
}

ThinnedSeries::ThinnedSeries(std::size_t capacity) : capacity_(std::max<std::size_t>(2, capacity / 2 * 2)) {}

void ThinnedSeries::add(double value) {
  if (buckets_.empty() || buckets_.back().values == values_a_bucket_) {
    if (buckets_.size() == capacity_) {
      for (std::size_t i = 0; i < capacity_ / 2; ++i) {
        buckets_[i] = buckets_[2 * i];
        buckets_[i].merge(buckets_[2 * i + 1]);
      }
      buckets_.resize(capacity_ / 2);
      values_a_bucket_ *= 2;
    }
    buckets_.emplace_back();
  }
  buckets_.back().add(value);
}

double ThinnedSeries::around(double share) const {
  if (buckets_.empty()) return std::numeric_limits<double>::quiet_NaN();
  return buckets_[static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(buckets_.size() - 1)))].mean();
}

std::string sparkline(const ThinnedSeries& series, const SparklineStyle& style) {
  if (style.width <= 0) return "";
  const std::vector<Bucket> columns = columns_of(series.buckets(), style.width);
  const Limits limits = limits_of(columns, style);
  const std::vector<double> values = shown(columns, style.scale);
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].infinite)
      line += '!';
    else if (columns[i].finite == 0)
      line += ' ';
    else
      line += character(on_scale(values[i], style.scale), limits, style.unicode);
  }
  return line + std::string(static_cast<std::size_t>(style.width) - columns.size(), ' ');
}

}  // namespace seegrad::records
