#include "record/report/thinning.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace seegrad::records::report {
namespace {

std::vector<std::size_t> all_of(std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

/// The rows [begin, end) of a curve that are lowest and highest.
void add_extremes(const std::vector<double>& curve, std::size_t begin, std::size_t end, std::set<std::size_t>& rows) {
  std::size_t low = end, high = end;
  for (std::size_t i = begin; i < end; ++i) {
    if (curve[i] != curve[i]) continue;
    if (low == end || curve[i] < curve[low]) low = i;
    if (high == end || curve[i] > curve[high]) high = i;
  }
  if (low != end) rows.insert({low, high});
}

}  // namespace

std::vector<std::size_t> telling_rows(std::span<const std::vector<double>> curves, std::size_t most) {
  const std::size_t count = curves.empty() ? 0 : curves.front().size();
  if (count <= most) return all_of(count);
  const std::size_t buckets = most / (2 + 2 * curves.size());
  std::vector<std::size_t> kept;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const std::size_t begin = bucket * count / buckets, end = (bucket + 1) * count / buckets;
    std::set<std::size_t> rows{begin, end - 1};
    for (const std::vector<double>& curve : curves) add_extremes(curve, begin, end, rows);
    kept.insert(kept.end(), rows.begin(), rows.end());
  }
  return kept;
}

std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most) {
  if (count <= most) return all_of(count);
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < most; ++i) kept.push_back((i * (count - 1) + (most - 1) / 2) / (most - 1));
  return kept;
}

}  // namespace seegrad::records::report
