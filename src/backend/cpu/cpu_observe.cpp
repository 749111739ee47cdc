// What observers and optimisers ask for: one pass over an array each, in pieces of fixed size whose results are added in order, so
// that the thread count changes no digit.
#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <vector>

#include "cpu_backend.hpp"
#include "kernels.hpp"
#include "seegrad/math/histogram_bin.hpp"
#include "thread_pool.hpp"

namespace seegrad::cpu {
namespace {

constexpr std::size_t piece = 8192;  // elements: several passes over a piece find it in the first-level cache

struct PieceResult {
  Sums sums;
  std::int64_t saturated = 0;
  SignAgreement signs;
};

/// Some whole rows of one request's array (any 4096 elements, where rows do not matter).
struct Piece {
  const StatisticsRequest* request;
  std::size_t first_row, rows, columns;
};

template <class T>
std::int64_t count_saturated(const StatisticsRequest& request, const T* x, const Piece& part) {
  thread_local std::vector<T> slopes;
  slopes.resize(part.rows * part.columns);
  run_formula_rows<T>(request.f, {0, Derivative::none}, x, nullptr, slopes.data(), part.rows, part.columns);
  return static_cast<std::int64_t>(array_kernels<T>().count_below(slopes.data(), slopes.size(), static_cast<T>(request.saturation)));
}

PieceResult look_at(const Piece& part) {
  const StatisticsRequest& request = *part.request;
  PieceResult result;
  with_floating(request.x.dtype, [&]<class T>() {
    const T* from = request.x.as<T>() + part.first_row * part.columns;
    const ArrayKernels<T>& kernels = array_kernels<T>();
    result.sums = request.signs ? kernels.sums_of_rows(from, part.rows, part.columns, result.signs, request.only_squares)
                                : kernels.sums(from, part.rows * part.columns, request.only_squares);
    if (request.f.formula) result.saturated = count_saturated<T>(request, from, part);
  });
  return result;
}

void cut(const StatisticsRequest& request, std::vector<Piece>& pieces) {
  const std::size_t columns = request.signs ? static_cast<std::size_t>(request.x.shape[-1]) : row_length(request.f, request.x);
  const std::size_t rows = columns ? request.x.count() / columns : 0;
  const std::size_t step = std::max<std::size_t>(piece / std::max<std::size_t>(columns, 1), 1);
  for (std::size_t row = 0; row < rows; row += step) pieces.push_back({&request, row, std::min(step, rows - row), columns});
}

void combine(std::span<const PieceResult> pieces, double* totals) {
  const auto total = [&](Total which) -> double& { return totals[static_cast<std::size_t>(which)]; };
  std::fill_n(totals, total_count, 0.0);
  total(Total::min) = INFINITY;
  total(Total::max) = -INFINITY;
  for (const PieceResult& part : pieces) {
    total(Total::sum) += part.sums.sum;
    total(Total::squares) += part.sums.squares;
    total(Total::min) = std::min(total(Total::min), part.sums.min);
    total(Total::max) = std::max(total(Total::max), part.sums.max);
    total(Total::zeros) += static_cast<double>(part.sums.zeros);
    total(Total::nans) += static_cast<double>(part.sums.nans);
    total(Total::infinities) += static_cast<double>(part.sums.infinities);
    total(Total::saturated) += static_cast<double>(part.saturated);
    total(Total::coherence) += part.signs.coherence;
    total(Total::coherent_rows) += static_cast<double>(part.signs.rows);
  }
}

/// Each thread counts for itself; whole numbers add up to the same in any order.
void fill_histogram(const StatisticsRequest& request) {
  auto* const bins = request.histogram.as<std::int32_t>();
  std::fill_n(bins, histogram_bins, 0);
  std::mutex adding;
  with_floating(request.x.dtype, [&]<class T>() {
    parallel_for(request.x.count(), 1, request.x.count() * 8, [&](std::size_t begin, std::size_t end) {
      std::array<std::int32_t, histogram_bins> counts{};
      array_kernels<T>().add_to_histogram(request.x.as<T>() + begin, end - begin, counts.data());
      const std::lock_guard lock(adding);
      for (std::size_t bin = 0; bin < counts.size(); ++bin) bins[bin] += counts[bin];
    });
  });
}

void update_one(const Update& call, const StepNumbers& numbers) {
  const std::size_t n = call.parameter.count();
  with_floating(call.parameter.dtype, [&]<class T>() {
    parallel_for(n, 16, n * 4, [&](std::size_t begin, std::size_t end) { array_kernels<T>().update(call, numbers, begin, end, false); });
  });
}

/// The update with its sizes, [2], and what is found of the gradient, [total_count], where there is a place for them: each piece of the
/// gradient is looked at just before it is used, so it comes from far away once.
void measured_update(const Update& call, const StatisticsRequest& of_gradient, const StepNumbers& numbers, double* sizes,
                     double* gradient_totals) {
  std::vector<Piece> pieces;
  cut(of_gradient, pieces);
  std::vector<PieceResult> found(pieces.size());
  std::vector<UpdateSizes> sizes_of_piece(pieces.size());
  with_floating(call.parameter.dtype, [&]<class T>() {
    parallel_for(pieces.size(), 1, call.parameter.count() * 6, [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) {
        const std::size_t begin = pieces[i].first_row * pieces[i].columns, end = begin + pieces[i].rows * pieces[i].columns;
        if (gradient_totals) found[i] = look_at(pieces[i]);
        sizes_of_piece[i] = array_kernels<T>().update(call, numbers, begin, end, sizes != nullptr);
      }
    });
  });
  if (gradient_totals) combine(found, gradient_totals);
  if (!sizes) return;
  UpdateSizes total;
  for (const UpdateSizes& share : sizes_of_piece) {
    total.before += share.before;
    total.change += share.change;
  }
  sizes[0] = total.before, sizes[1] = total.change;
}

/// A step that is not taken: nothing was changed, the gradients are there all the same.
void measure_without_update(CpuBackend& backend, const UpdateStep& step) {
  if (step.sizes) std::fill_n(step.sizes.as<double>(), step.sizes.count(), 0.0);
  if (step.gradient_totals) backend.statistics(step.gradient_requests(), step.gradient_totals);
}

}  // namespace

void CpuBackend::statistics(std::span<const StatisticsRequest> requests, Array totals) {
  std::vector<Piece> pieces;
  std::vector<std::size_t> ends;
  for (const StatisticsRequest& request : requests) {
    cut(request, pieces);
    ends.push_back(pieces.size());
  }
  std::vector<PieceResult> results(pieces.size());
  parallel_for(pieces.size(), 1, pieces.size() * piece * 2, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) results[i] = look_at(pieces[i]);
  });
  std::size_t first = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    combine(std::span(results).subspan(first, ends[i] - first), totals.as<double>() + i * total_count);
    if (requests[i].histogram) fill_histogram(requests[i]);
    first = ends[i];
  }
}

void CpuBackend::mark_alive(ConstArray x, std::span<std::uint8_t> alive) {
  const std::size_t columns = alive.size(), rows = columns ? x.count() / columns : 0;
  with_floating(x.dtype, [&]<class T>() {
    parallel_for(columns, 16, x.count(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t row = 0; row < rows; ++row) {
        array_kernels<T>().mark_nonzero(x.as<T>() + row * columns + begin, end - begin, alive.data() + begin);
      }
    });
  });
}

void CpuBackend::update(const UpdateStep& step) {
  if (step.halted && step.loss) {
    const double loss = with_floating(step.loss.dtype, [&]<class T>() { return static_cast<double>(*step.loss.as<T>()); });
    auto& halted = *step.halted.as<std::int32_t>();
    if (!std::isfinite(loss)) halted = 1;
    if (halted) return measure_without_update(*this, step);
  }
  StepNumbers numbers = step.numbers;
  if (step.device_numbers) {
    const auto* at = step.device_numbers.as<double>();
    numbers = {at[0], at[1], at[2], at[3]};
  }
  if (!step.sizes && !step.gradient_totals) {
    for (const Update& call : step.updates) update_one(call, numbers);
    return;
  }
  const std::vector<StatisticsRequest> of_gradients = step.gradient_requests();
  for (std::size_t i = 0; i < step.updates.size(); ++i) {
    measured_update(step.updates[i], of_gradients[i], numbers, step.sizes ? step.sizes.as<double>() + 2 * i : nullptr,
                    step.gradient_totals ? step.gradient_totals.as<double>() + total_count * i : nullptr);
  }
}

}  // namespace seegrad::cpu
