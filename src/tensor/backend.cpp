// What all backends share: the end of a pass of statistics, which is arithmetic on ten numbers.
#include "seegrad/tensor/backend.hpp"

#include <fmt/format.h>

#include <cmath>

#include "seegrad/math/error.hpp"

namespace seegrad {

Statistics statistics_of(std::span<const double> totals, std::int64_t count) {
  const auto of = [&](Total which) { return totals[static_cast<std::size_t>(which)]; };
  const auto counted = [&](Total which) { return static_cast<std::int64_t>(of(which)); };
  Statistics s;
  s.count = count;
  s.zeros = counted(Total::zeros);
  s.nans = counted(Total::nans);
  s.infinities = counted(Total::infinities);
  s.saturated = counted(Total::saturated);
  s.sign_coherence = of(Total::coherent_rows) > 0 ? of(Total::coherence) / of(Total::coherent_rows) : 0;
  const auto finite = static_cast<double>(count - s.nans - s.infinities);
  if (finite == 0) {
    s.mean = s.std = s.rms = s.min = s.max = NAN;
    return s;
  }
  s.mean = of(Total::sum) / finite;
  s.rms = std::sqrt(of(Total::squares) / finite);
  s.std = std::sqrt(std::max(0.0, of(Total::squares) / finite - s.mean * s.mean));
  s.min = of(Total::min);
  s.max = of(Total::max);
  return s;
}

std::vector<StatisticsRequest> UpdateStep::gradient_requests() const {
  std::vector<StatisticsRequest> requests;
  requests.reserve(updates.size());
  for (const Update& update : updates)
    requests.push_back({.x = update.gradient, .signs = update.gradient.shape.rank() > 0, .only_squares = true});
  return requests;
}

std::unique_ptr<Recording> Backend::record(const std::function<void()>&) {
  throw Error(fmt::format("device {}: work cannot be recorded here", device().to_string()));
}

std::vector<Statistics> Backend::measure(std::span<const StatisticsRequest> requests) {
  const auto n = static_cast<std::int64_t>(requests.size());
  std::vector<double> totals(static_cast<std::size_t>(n * total_count));
  if (totals.empty()) return {};
  const std::size_t bytes = totals.size() * sizeof(double);
  const auto give_back = [&](void* data) { release(data, bytes); };
  const std::unique_ptr<void, decltype(give_back)> memory(allocate(bytes), give_back);
  statistics(requests, {memory.get(), DType::float64, {n, total_count}});
  download(totals.data(), memory.get(), bytes);
  std::vector<Statistics> results;
  for (std::size_t i = 0; i < requests.size(); ++i)
    results.push_back(statistics_of(std::span(totals).subspan(i * total_count, total_count), requests[i].x.shape.count()));
  return results;
}

Statistics Backend::measure(ConstArray x) {
  const StatisticsRequest request{x};
  return measure(std::span(&request, 1)).front();
}

}  // namespace seegrad
