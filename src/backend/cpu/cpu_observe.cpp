// What observers and optimisers ask for: one pass over an array each, in pieces of fixed size whose results are added in order, so
// that the thread count changes no digit.
#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu_backend.hpp"
#include "kernels.hpp"
#include "thread_pool.hpp"

namespace seegrad::cpu {
namespace {

constexpr std::size_t piece = 4096;  // elements: several passes over a piece find it in the first-level cache

struct PieceResult {
  Sums sums;
  std::int64_t saturated = 0;
  double coherence = 0, coherent_rows = 0;
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

template <class T>
void add_coherence(PieceResult& result, const T* x, const Piece& part) {
  for (std::size_t row = 0; row < part.rows; ++row) {
    std::size_t positive = 0, negative = 0;
    array_kernels<T>().count_signs(x + row * part.columns, part.columns, positive, negative);
    if (positive + negative == 0) continue;
    const double difference = static_cast<double>(positive) - static_cast<double>(negative);
    result.coherence += std::abs(difference) / static_cast<double>(positive + negative);
    ++result.coherent_rows;
  }
}

PieceResult look_at(const Piece& part) {
  const StatisticsRequest& request = *part.request;
  PieceResult result;
  with_floating(request.x.dtype, [&]<class T>() {
    const T* from = request.x.as<T>() + part.first_row * part.columns;
    result.sums = array_kernels<T>().sums(from, part.rows * part.columns);
    if (request.f.formula) result.saturated = count_saturated<T>(request, from, part);
    if (request.signs) add_coherence<T>(result, from, part);
  });
  return result;
}

void cut(const StatisticsRequest& request, std::vector<Piece>& pieces) {
  const std::size_t columns = request.signs ? static_cast<std::size_t>(request.x.shape[-1]) : row_length(request.f, request.x);
  const std::size_t rows = columns ? request.x.count() / columns : 0;
  const std::size_t step = std::max<std::size_t>(piece / std::max<std::size_t>(columns, 1), 1);
  for (std::size_t row = 0; row < rows; row += step) pieces.push_back({&request, row, std::min(step, rows - row), columns});
}

Statistics combined(std::span<const PieceResult> pieces, std::int64_t count) {
  Statistics total;
  total.count = count;
  double sum = 0, squares = 0, min = INFINITY, max = -INFINITY, coherence = 0, coherent_rows = 0;
  for (const PieceResult& part : pieces) {
    sum += part.sums.sum;
    squares += part.sums.squares;
    min = std::min(min, part.sums.min);
    max = std::max(max, part.sums.max);
    total.zeros += part.sums.zeros;
    total.nans += part.sums.nans;
    total.infinities += part.sums.infinities;
    total.saturated += part.saturated;
    coherence += part.coherence;
    coherent_rows += part.coherent_rows;
  }
  total.sign_coherence = coherent_rows > 0 ? coherence / coherent_rows : 0;
  const auto finite = static_cast<double>(count - total.nans - total.infinities);
  if (finite == 0) {
    total.mean = total.std = total.rms = total.min = total.max = NAN;
    return total;
  }
  total.mean = sum / finite;
  total.rms = std::sqrt(squares / finite);
  total.std = std::sqrt(std::max(0.0, squares / finite - total.mean * total.mean));
  total.min = min;
  total.max = max;
  return total;
}

}  // namespace

void CpuBackend::statistics(std::span<StatisticsRequest> requests) {
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
    requests[i].result = combined(std::span(results).subspan(first, ends[i] - first), requests[i].x.shape.count());
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

UpdateSizes CpuBackend::update(const Update& call, bool measure) {
  const std::size_t n = call.parameter.count();
  std::vector<UpdateSizes> sizes(measure ? (n + piece - 1) / piece : 0);
  with_floating(call.parameter.dtype, [&]<class T>() {
    const auto run = array_kernels<T>().update;
    if (!measure) {
      return parallel_for(n, 16, n * 4, [&](std::size_t begin, std::size_t end) { run(call, begin, end, false); });
    }
    parallel_for(sizes.size(), 1, n * 4, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) sizes[i] = run(call, i * piece, std::min(n, (i + 1) * piece), true);
    });
  });
  UpdateSizes total;
  for (const UpdateSizes& share : sizes) {
    total.before += share.before;
    total.change += share.change;
  }
  return total;
}

}  // namespace seegrad::cpu
