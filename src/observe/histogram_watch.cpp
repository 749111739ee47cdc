#include "seegrad/observe/histogram_watch.hpp"

#include <cstring>

#include "seegrad/math/histogram_bin.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::observe {
namespace {

/// One tensor of one layer, and how many numbers it holds.
struct Subject {
  std::int64_t layer = 0;
  std::string name;
  const char* tensor = "";
  std::int64_t count = 0;
};

template <class T>
std::vector<T> numbers_in(std::span<const std::byte> bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

LayerHistogram histogram_of(const Subject& subject, std::span<const std::int32_t> bins, std::span<const double> totals) {
  LayerHistogram histogram;
  histogram.layer = subject.layer;
  histogram.name = subject.name;
  histogram.tensor = subject.tensor;
  histogram.counts.assign(bins.begin(), bins.end());
  const auto total = [&](Total which) { return totals[static_cast<std::size_t>(which)]; };
  histogram.nan_count = static_cast<std::int64_t>(total(Total::nans));
  histogram.sum = total(Total::sum);
  histogram.squares = total(Total::squares);
  const Statistics finite = statistics_of(totals, subject.count);
  histogram.min = finite.min;
  histogram.max = finite.max;
  return histogram;
}

}  // namespace

struct HistogramReadings::Content {
  std::vector<Subject> subjects;
  Tensor totals;  ///< float64 [subjects, total_count]
  Tensor bins;    ///< int32 [subjects, histogram_bins]
};

std::function<std::vector<LayerHistogram>()> HistogramReadings::later() const {
  const std::shared_ptr<Transfer> totals = content_->totals.read_later(), bins = content_->bins.read_later();
  return [content = content_, totals, bins] {
    const auto counts = numbers_in<std::int32_t>(bins->wait());
    const auto sums = numbers_in<double>(totals->wait());
    std::vector<LayerHistogram> all;
    all.reserve(content->subjects.size());
    for (std::size_t i = 0; i < content->subjects.size(); ++i)
      all.push_back(histogram_of(content->subjects[i], std::span(counts).subspan(i * histogram_bins, histogram_bins),
                                 std::span(sums).subspan(i * total_count, total_count)));
    return all;
  };
}

HistogramReadings HistogramWatch::read() {
  auto content = std::make_shared<HistogramReadings::Content>();
  std::vector<StatisticsRequest> requests;
  Device device;
  const auto add = [&](const TracedLayer& layer, std::size_t i, const char* tensor, const Tensor& x) {
    if (!x) return;
    device = x.device();
    requests.push_back({.x = x.array()});
    content->subjects.push_back({static_cast<std::int64_t>(i) + 1, layer.name, tensor, x.count()});
  };
  for (std::size_t i = 0; i < layers().size(); ++i) {
    const TracedLayer& layer = layers()[i];
    add(layer, i, "z", layer.z);
    if (!layer.h.same_as(layer.z)) add(layer, i, "h", layer.h);
    add(layer, i, "delta", gradients()[i].delta);
  }
  const auto rows = static_cast<std::int64_t>(requests.size());
  content->totals = Tensor({rows, total_count}, {DType::float64, device});
  content->bins = Tensor({rows, histogram_bins}, {DType::int32, device});
  Array bins = content->bins.array_to_fill();
  bins.shape = {histogram_bins};
  auto* first = bins.as<std::int32_t>();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    bins.data = first + i * histogram_bins;
    requests[i].histogram = bins;
  }
  if (!requests.empty()) content->totals.backend().statistics(requests, content->totals.array_to_fill());
  clear();
  HistogramReadings readings;
  readings.content_ = std::move(content);
  return readings;
}

}  // namespace seegrad::observe
