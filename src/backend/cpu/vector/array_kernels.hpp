// Loops over plain arrays, compiled once for each instruction set. All of them work on one thread; the backend cuts the arrays.
#pragma once
#include <cstddef>
#include <cstdint>

#include "seegrad/tensor/backend.hpp"

namespace seegrad::cpu {

/// Sums for statistics over a piece of an array, in double: float squares would underflow for vanishing gradients.
struct Sums {
  double sum = 0, squares = 0, min = 0, max = 0;  ///< over the finite values; min and max only when there are any
  std::int64_t zeros = 0, nans = 0, infinities = 0;
};

/// |positive - negative| / (positive + negative), summed over the rows that have a number with a sign; and how many these are.
struct SignAgreement {
  double coherence = 0;
  std::int64_t rows = 0;
};

/// How far an update went: sums of squares over the parameter.
struct UpdateSizes {
  double before = 0, change = 0;
};

/// A matrix product in which every operand is addressed as pointer + row * row_step + column * column_step.
template <class T>
struct Product {
  const T *a, *b;
  T* c;
  const T* bias;
  std::size_t rows, columns, inner;
  std::size_t a_row, a_column, b_row, b_column, c_row;
};

template <class T>
struct ArrayKernels {
  void (*fill)(T value, T* y, std::size_t n);
  /// y = x for an array that is larger than the cache.
  void (*copy_around_cache)(const T* x, T* y, std::size_t n, bool turns);
  /// A step of 0 repeats the operand's first element.
  void (*binary)(BinaryOp op, const T* a, std::size_t a_step, const T* b, std::size_t b_step, T* y, std::size_t n);

  T (*row_sum)(const T* x, std::size_t n);
  T (*row_max)(const T* x, std::size_t n);
  /// y = softmax(x) or its logarithm, for one row; `powers` has room for a row and may be y. `stream`: y is not found in the cache later.
  void (*softmax_row)(const T* x, T* powers, T* y, std::size_t n, bool logarithm, bool stream);
  /// dx = y (g - sum y g), or with the logarithm g - e^y sum g, for one row.
  void (*softmax_slope_row)(const T* y, const T* g, T* dx, std::size_t n, bool logarithm, bool stream);
  /// y[c] = sum or maximum over r of x[r * step + c].
  void (*column_sums)(const T* x, std::size_t rows, std::size_t step, T* y, std::size_t columns);
  void (*column_max)(const T* x, std::size_t rows, std::size_t step, T* y, std::size_t columns);
  /// y [columns, rows] from x [rows, columns], for the given rows of x only.
  void (*transpose)(const T* x, std::size_t rows, std::size_t columns, std::size_t first_row, std::size_t last_row, T* y);

  /// With `only_squares`, sum, extremes and zeros may be missing.
  Sums (*sums)(const T* x, std::size_t n, bool only_squares);
  /// The same of rows x columns elements, and how much the signs of each row agree.
  Sums (*sums_of_rows)(const T* x, std::size_t rows, std::size_t columns, SignAgreement& signs, bool only_squares);
  std::size_t (*count_below)(const T* x, std::size_t n, T threshold);  ///< |x| < threshold
  void (*mark_nonzero)(const T* x, std::size_t n, std::uint8_t* marks);
  /// Counts each number into its bin of math/histogram_bin.hpp, NaN into none; `bins` are added to.
  void (*add_to_histogram)(const T* x, std::size_t n, std::int32_t* bins);

  /// One optimiser rule over elements [begin, end).
  UpdateSizes (*update)(const Update& call, const StepNumbers& numbers, std::size_t begin, std::size_t end, bool measure);

  /// c = a b + bias by a packed, register-blocked product: for types and machines without a library for it.
  void (*product)(const Product<T>& call);
};

}  // namespace seegrad::cpu
