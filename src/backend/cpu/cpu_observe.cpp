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

constexpr std::size_t piece = 4096;

struct PieceResult {
  Sums sums;
  std::int64_t saturated = 0;
};

/// Whole rows where a formula's parameters vary by column, else any 4096 elements.
template <class T>
std::int64_t count_saturated(const FormulaArguments& f, double saturation, const T* x, std::size_t rows, std::size_t columns, std::vector<T>& slopes) {
  slopes.resize(rows * columns);
  run_formula_rows<T>(f, {0, Derivative::none}, x, nullptr, slopes.data(), rows, columns);
  return static_cast<std::int64_t>(array_kernels<T>().count_below(slopes.data(), rows * columns, static_cast<T>(saturation)));
}

Statistics combined(const std::vector<PieceResult>& pieces, std::int64_t count) {
  Statistics total;
  total.count = count;
  double sum = 0, squares = 0, min = INFINITY, max = -INFINITY;
  for (const PieceResult& part : pieces) {
    sum += part.sums.sum;
    squares += part.sums.squares;
    min = std::min(min, part.sums.min);
    max = std::max(max, part.sums.max);
    total.zeros += part.sums.zeros;
    total.nans += part.sums.nans;
    total.infinities += part.sums.infinities;
    total.saturated += part.saturated;
  }
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

Statistics CpuBackend::statistics(ConstArray x, FormulaArguments f, double saturation) {
  const std::size_t columns = row_length(f, x);
  const std::size_t rows = columns ? x.count() / columns : 0;
  const std::size_t rows_a_piece = std::max<std::size_t>(piece / std::max<std::size_t>(columns, 1), 1);
  std::vector<PieceResult> pieces((rows + rows_a_piece - 1) / rows_a_piece);
  with_floating(x.dtype, [&]<class T>() {
    parallel_for(pieces.size(), 1, x.count() * 2, [&](std::size_t begin, std::size_t end) {
      std::vector<T> slopes;
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t first = i * rows_a_piece, count = std::min(rows, first + rows_a_piece) - first;
        const T* from = x.as<T>() + first * columns;
        pieces[i].sums = array_kernels<T>().sums(from, count * columns);
        if (f.formula) pieces[i].saturated = count_saturated<T>(f, saturation, from, count, columns, slopes);
      }
    });
  });
  return combined(pieces, x.shape.count());
}

double CpuBackend::sign_coherence(ConstArray x) {
  const auto columns = static_cast<std::size_t>(x.shape[-1]);
  const std::size_t rows = columns ? x.count() / columns : 0;
  std::vector<double> coherence(rows, -1);
  with_floating(x.dtype, [&]<class T>() {
    parallel_for(rows, 1, x.count(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t row = begin; row < end; ++row) {
        std::size_t positive = 0, negative = 0;
        array_kernels<T>().count_signs(x.as<T>() + row * columns, columns, positive, negative);
        if (positive + negative == 0) continue;
        const double difference = static_cast<double>(positive) - static_cast<double>(negative);
        coherence[row] = std::abs(difference) / static_cast<double>(positive + negative);
      }
    });
  });
  double sum = 0, counted = 0;
  for (double value : coherence) {
    if (value < 0) continue;
    sum += value;
    ++counted;
  }
  return counted > 0 ? sum / counted : 0;
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

double CpuBackend::update(const Update& call, bool measure) {
  const std::size_t n = call.parameter.count();
  std::vector<double> squares(measure ? (n + piece - 1) / piece : 0);
  with_floating(call.parameter.dtype, [&]<class T>() {
    const auto run = array_kernels<T>().update;
    if (!measure) {
      return parallel_for(n, 16, n * 4, [&](std::size_t begin, std::size_t end) { run(call, begin, end, false); });
    }
    parallel_for(squares.size(), 1, n * 4, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) squares[i] = run(call, i * piece, std::min(n, (i + 1) * piece), true);
    });
  });
  double total = 0;
  for (double share : squares) total += share;
  return total;
}

}  // namespace seegrad::cpu
