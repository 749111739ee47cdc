// Functions of a row: softmax, its logarithm, and the loss built on it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu_backend.hpp"
#include "kernels.hpp"
#include "seegrad/activation/elementary.hpp"
#include "seegrad/activation/struct_formula.hpp"
#include "seegrad/math/error.hpp"
#include "thread_pool.hpp"

namespace seegrad::cpu {
namespace {

/// For rows [begin, end): shifted = x - max of its row, powers = e^shifted (may be the same memory), totals[row] = their sum.
/// A row that holds +inf or NaN becomes NaN, as it has no softmax.
template <class T>
void exponentials(const T* x, T* shifted, T* powers, T* totals, std::size_t begin, std::size_t end, std::size_t columns) {
  const auto& kernels = array_kernels<T>();
  for (std::size_t row = begin; row < end; ++row) {
    const T* from = x + row * columns;
    const T largest = kernels.row_max(from, columns);
    kernels.binary(BinaryOp::subtract, from, 1, &largest, 0, shifted + row * columns, columns);
  }
  const FormulaArguments exponential{&formula_of<Exp>(), {}, {}};
  run_formula_rows<T>(exponential, {}, shifted + begin * columns, nullptr, powers + begin * columns, end - begin, columns);
  for (std::size_t row = begin; row < end; ++row) totals[row] = kernels.row_sum(powers + row * columns, columns);
}

void check_labels(ConstArray labels, std::int64_t classes) {
  const auto* values = labels.as<std::int32_t>();
  for (std::size_t row = 0; row < labels.count(); ++row) {
    if (values[row] >= 0 && values[row] < classes) continue;
    throw Error(fmt::format("cross_entropy: label {} of row {} is not in 0..{}", values[row], row, classes - 1));
  }
}

template <class T>
double cross_entropy_rows(ConstArray logits, const std::int32_t* labels, Array slope, T* totals, std::size_t begin, std::size_t end) {
  const auto columns = static_cast<std::size_t>(logits.shape[1]);
  const T weight = T(1) / static_cast<T>(logits.shape[0]);
  T* const slopes = slope.as<T>();
  std::vector<T> label_shift(end - begin);
  // The slope's memory first holds the shifted logits, then their exponentials, then p - onehot.
  const auto& kernels = array_kernels<T>();
  double loss = 0;
  for (std::size_t row = begin; row < end; ++row) {
    const T* from = logits.as<T>() + row * columns;
    label_shift[row - begin] = from[labels[row]] - kernels.row_max(from, columns);
  }
  exponentials(logits.as<T>(), slopes, slopes, totals, begin, end, columns);
  for (std::size_t row = begin; row < end; ++row) {
    T* here = slopes + row * columns;
    const T scale = weight / totals[row];
    kernels.binary(BinaryOp::multiply, here, 1, &scale, 0, here, columns);
    here[labels[row]] -= weight;
    loss += std::log(static_cast<double>(totals[row])) - static_cast<double>(label_shift[row - begin]);
  }
  return loss;
}

}  // namespace

void CpuBackend::softmax(ConstArray x, bool logarithm, Array y) {
  const auto rows = static_cast<std::size_t>(x.shape[0]), columns = static_cast<std::size_t>(x.shape[1]);
  with_floating(y.dtype, [&]<class T>() {
    const bool stream = x.count() * sizeof(T) >= streaming_bytes;
    parallel_for(rows, 1, x.count() * 4, [&](std::size_t begin, std::size_t end) {
      thread_local std::vector<T> powers;  // what streams must not be read again
      if (stream) powers.resize(std::max(powers.size(), columns));
      for (std::size_t row = begin; row < end; ++row) {
        T* const to = y.as<T>() + row * columns;
        array_kernels<T>().softmax_row(x.as<T>() + row * columns, stream ? powers.data() : to, to, columns, logarithm, stream);
      }
    });
  });
}

void CpuBackend::softmax_slope(ConstArray y, ConstArray g, bool logarithm, Array dx) {
  const auto rows = static_cast<std::size_t>(y.shape[0]), columns = static_cast<std::size_t>(y.shape[1]);
  with_floating(y.dtype, [&]<class T>() {
    const bool stream = y.count() * sizeof(T) >= streaming_bytes;
    parallel_for(rows, 1, y.count() * 4, [&](std::size_t begin, std::size_t end) {
      for (std::size_t from = begin * columns; from < end * columns; from += columns)
        array_kernels<T>().softmax_slope_row(y.as<T>() + from, g.as<T>() + from, dx.as<T>() + from, columns, logarithm, stream);
    });
  });
}

void CpuBackend::cross_entropy(ConstArray logits, ConstArray labels, Array loss, Array slope) {
  check_labels(labels, logits.shape[1]);
  const auto rows = static_cast<std::size_t>(logits.shape[0]);
  with_floating(logits.dtype, [&]<class T>() {
    std::vector<T> totals(rows);
    // One share of the loss for each fixed group of rows, so that their sum does not depend on the thread count.
    constexpr std::size_t group = 64;
    std::vector<double> shares((rows + group - 1) / group);
    parallel_for(shares.size(), 1, logits.count() * 4, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        shares[i] =
            cross_entropy_rows<T>(logits, labels.as<std::int32_t>(), slope, totals.data(), i * group, std::min(rows, (i + 1) * group));
      }
    });
    double total = 0;
    for (double share : shares) total += share;
    *loss.as<T>() = static_cast<T>(total / static_cast<double>(rows));
  });
}

void CpuBackend::count_correct(ConstArray logits, ConstArray labels, Array count) {
  const auto rows = static_cast<std::size_t>(logits.shape[0]), columns = static_cast<std::size_t>(logits.shape[1]);
  check_labels(labels, logits.shape[1]);
  std::int64_t correct = 0;
  with_floating(logits.dtype, [&]<class T>() {
    for (std::size_t row = 0; row < rows; ++row) {
      const T* from = logits.as<T>() + row * columns;
      const T* largest = std::max_element(from, from + columns);
      const bool has_nan = std::any_of(from, from + columns, [](T value) { return value != value; });
      correct += !has_nan && largest - from == labels.as<std::int32_t>()[row];
    }
  });
  *count.as<double>() = static_cast<double>(correct);
}

}  // namespace seegrad::cpu
