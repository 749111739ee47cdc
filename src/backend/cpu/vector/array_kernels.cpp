// The loops of array_kernels.hpp. This file is compiled once for each instruction set (SEEGRAD_ISA). Elementwise loops are plain and
// left to the compiler; reductions keep several running values, so that no addition waits for the one before it.
// Everything lives in an unnamed namespace: a template shared with other files could be linked in from the wrong instruction set.
#include "array_kernels.hpp"

#include "lanes.hpp"
#include "loops_common.hpp"
#include "loops_histogram.hpp"
#include "loops_product.hpp"
#include "loops_rows.hpp"
#include "loops_signs.hpp"
#include "loops_sums.hpp"
#include "loops_update.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

template <class T>
void fill(T value, T* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = value;
}

// In turns: four pages side by side, each line asked for before it is needed; else one line after the other.
template <class T>
void copy_around_cache(const T* x, T* y, std::size_t n, bool turns) {
  constexpr std::size_t ways = 4, page = 4096 / sizeof(T);
  const std::size_t pages = can_store_around_cache(y) ? n / (ways * page) * (ways * page) : 0;
  if (!turns) {
    for (std::size_t i = 0; i < pages; i += lanes_of<T>) store_around_cache(load(x + i), y + i);
    finish_streaming();
    for (std::size_t i = pages; i < n; ++i) y[i] = x[i];
    return;
  }
  for (std::size_t start = 0; start < pages; start += ways * page) {
    for (std::size_t from = start; from < start + page; from += lanes_of<T>) {
      for (std::size_t way = 0; way < ways; ++way) {
        const std::size_t i = from + way * page;
        prefetch(x + i + ways * page);
        store_around_cache(load(x + i), y + i);
      }
    }
  }
  finish_streaming();
  for (std::size_t i = pages; i < n; ++i) y[i] = x[i];
}

template <class T, class F>
void zip(const T* a, std::size_t a_step, const T* b, std::size_t b_step, T* y, std::size_t n, F f) {
  if (a_step && b_step) {
    for (std::size_t i = 0; i < n; ++i) y[i] = f(a[i], b[i]);
  } else if (a_step) {
    const T once = *b;
    for (std::size_t i = 0; i < n; ++i) y[i] = f(a[i], once);
  } else if (b_step) {
    const T once = *a;
    for (std::size_t i = 0; i < n; ++i) y[i] = f(once, b[i]);
  } else {
    fill(f(*a, *b), y, n);
  }
}

template <class T>
void binary(BinaryOp op, const T* a, std::size_t a_step, const T* b, std::size_t b_step, T* y, std::size_t n) {
  switch (op) {
    case BinaryOp::add: return zip(a, a_step, b, b_step, y, n, [](T u, T v) { return u + v; });
    case BinaryOp::subtract: return zip(a, a_step, b, b_step, y, n, [](T u, T v) { return u - v; });
    case BinaryOp::multiply: return zip(a, a_step, b, b_step, y, n, [](T u, T v) { return u * v; });
    case BinaryOp::divide: return zip(a, a_step, b, b_step, y, n, [](T u, T v) { return u / v; });
    case BinaryOp::equal: return zip(a, a_step, b, b_step, y, n, [](T u, T v) { return u == v ? T(1) : T(0); });
  }
}

template <class T>
T row_sum(const T* x, std::size_t n) {
  // Blocks bound the rounding error of float: within a block 16 running sums, across blocks double.
  constexpr std::size_t block = 4096;
  double total = 0;
  for (std::size_t begin = 0; begin < n; begin += block) {
    const std::size_t end = smaller(n, begin + block), whole = begin + (end - begin) / lanes * lanes;
    T running[lanes] = {};
    for (std::size_t i = begin; i < whole; i += lanes) {
      for (std::size_t lane = 0; lane < lanes; ++lane) running[lane] += x[i + lane];
    }
    for (std::size_t i = whole; i < end; ++i) running[i - whole] += x[i];
    for (std::size_t lane = 0; lane < lanes; ++lane) total += running[lane];
  }
  return static_cast<T>(total);
}

template <class T>
void column_sums(const T* x, std::size_t rows, std::size_t step, T* y, std::size_t columns) {
  // A strip of columns at a time, in blocks of rows whose sums are added in double.
  constexpr std::size_t strip = 256, block = 256;
  for (std::size_t first = 0; first < columns; first += strip) {
    const std::size_t width = smaller(strip, columns - first);
    double total[strip] = {};
    for (std::size_t row = 0; row < rows; row += block) {
      T running[strip] = {};
      const std::size_t end = smaller(rows, row + block);
      for (std::size_t r = row; r < end; ++r) {
        const T* from = x + r * step + first;
        for (std::size_t c = 0; c < width; ++c) running[c] += from[c];
      }
      for (std::size_t c = 0; c < width; ++c) total[c] += running[c];
    }
    for (std::size_t c = 0; c < width; ++c) y[first + c] = static_cast<T>(total[c]);
  }
}

template <class T>
void column_max(const T* x, std::size_t rows, std::size_t step, T* y, std::size_t columns) {
  for (std::size_t c = 0; c < columns; ++c) y[c] = x[c];
  for (std::size_t r = 1; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) y[c] = larger_or_nan(y[c], x[r * step + c]);
  }
}

template <class T>
void transpose(const T* x, std::size_t rows, std::size_t columns, std::size_t first_row, std::size_t last_row, T* y) {
  constexpr std::size_t tile = 32;
  for (std::size_t row = first_row; row < last_row; row += tile) {
    const std::size_t row_end = smaller(last_row, row + tile);
    for (std::size_t column = 0; column < columns; column += tile) {
      const std::size_t column_end = smaller(columns, column + tile);
      for (std::size_t c = column; c < column_end; ++c) {
        for (std::size_t r = row; r < row_end; ++r) y[c * rows + r] = x[r * columns + c];
      }
    }
  }
}

template <class T>
void mark_nonzero(const T* x, std::size_t n, std::uint8_t* marks) {
  for (std::size_t i = 0; i < n; ++i) marks[i] = static_cast<std::uint8_t>(marks[i] | (x[i] != T(0)));
}

template <class T>
constexpr ArrayKernels<T> table = {
    fill<T>,       copy_around_cache<T>, binary<T>, row_sum<T>,      row_max<T>,     softmax_row<T>,  softmax_slope_row<T>, column_sums<T>,
    column_max<T>, transpose<T>,         sums<T>,   sums_of_rows<T>, count_below<T>, mark_nonzero<T>, add_to_histogram<T>,  update<T>,
    product<T>};

}  // namespace

extern const ArrayKernels<float> array_kernels_f32;
extern const ArrayKernels<double> array_kernels_f64;
const ArrayKernels<float> array_kernels_f32 = table<float>;
const ArrayKernels<double> array_kernels_f64 = table<double>;

}  // namespace seegrad::cpu::SEEGRAD_ISA
