// Kernels that move numbers and combine two arrays element by element: each reads what it needs once and writes once.
#pragma once
#include "kernels/kernel_language.hpp"
#include "kernels/packet.hpp"
#include "kernels/report_fault.hpp"

namespace seegrad::kernels {

/// In the order of the backend's BinaryOp.
enum class Arithmetic : int { add, subtract, multiply, divide, equal };

template <class T, int width>
__global__ void __launch_bounds__(256) fill(T* y, T value, std::int64_t n) {
  stride_over<width, 1>(
      n, [&](auto w, std::int64_t) { return repeat<w.value>(value); },
      [&](auto, std::int64_t i, const auto& portion) { store(y + i, portion); });
}

// ---- two arrays --------------------------------------------------------------------------------------------------

/// Neighbouring elements of both.
template <class T, int width>
struct Operands {
  Portion<T, width> a, b;
};

template <class T, int width>
__device__ __forceinline__ Portion<T, width> combined(Arithmetic op, Operands<T, width> x) {
  const auto each = [&](auto f) {
    Portion<T, width> y;
    SEEGRAD_UNROLL
    for (int k = 0; k < width; ++k) y.value[k] = f(x.a.value[k], x.b.value[k]);
    return y;
  };
  switch (op) {
    case Arithmetic::add: return each([](T u, T v) { return u + v; });
    case Arithmetic::subtract: return each([](T u, T v) { return u - v; });
    case Arithmetic::multiply: return each([](T u, T v) { return u * v; });
    case Arithmetic::divide: return each([](T u, T v) { return u / v; });
    default: return each([](T u, T v) { return u == v ? T(1) : T(0); });
  }
}

/// y = a op b for arrays of n elements, or of one element that stands for n.
template <class T, int width>
__global__ void __launch_bounds__(256) binary(Arithmetic op, const T* a, bool a_is_one, const T* b, bool b_is_one, T* y, std::int64_t n) {
  const auto operand = [](auto w, const T* p, bool is_one, std::int64_t i) { return is_one ? repeat<w.value>(*p) : load<w.value>(p + i); };
  stride_over<width, 2>(
      n,
      [&](auto w, std::int64_t i) {
        return Operands<T, w.value>{operand(w, a, a_is_one, i), operand(w, b, b_is_one, i)};
      },
      [&](auto, std::int64_t i, const auto& x) { store(y + i, combined(op, x)); });
}

/// y [rows, columns] = a op b, where one of them has a single row that repeats: its step from row to row is 0.
template <class T, int width>
__global__ void __launch_bounds__(256) binary_rows(Arithmetic op, const T* a, std::int64_t a_step, const T* b, std::int64_t b_step, T* y,
                                                   std::int64_t rows, std::int64_t columns) {
  stride_over_rows<width, 2>(
      rows, columns,
      [&](auto w, std::int64_t row, std::int64_t column) {
        return Operands<T, w.value>{load<w.value>(a + row * a_step + column), load<w.value>(b + row * b_step + column)};
      },
      [&](auto, std::int64_t row, std::int64_t column, const auto& x) { store(y + row * columns + column, combined(op, x)); });
}

// ---- copies ------------------------------------------------------------------------------------------------------

/// y [rows, columns]: row r is row r / times of x; when x has one column, its element fills the row.
template <class T, int width>
__global__ void __launch_bounds__(256)
    expand(const T* x, bool x_has_one_column, std::int64_t times, T* y, std::int64_t rows, std::int64_t columns) {
  const std::int64_t row_step = static_cast<std::int64_t>(gridDim.y) * blockDim.y;
  for (std::int64_t row = static_cast<std::int64_t>(blockIdx.y) * blockDim.y + threadIdx.y; row < rows; row += row_step) {
    const T* const from = x + row / times * (x_has_one_column ? 1 : columns);
    for (std::int64_t column = thread_in_grid() * width; column < columns; column += threads_in_grid() * width)
      store(y + row * columns + column, x_has_one_column ? repeat<width>(*from) : load<width>(from + column));
  }
}

template <int width>
__global__ void __launch_bounds__(256) copy(const std::uint32_t* x, std::uint32_t* y, std::int64_t n) {
  stride_over<width, 4>(
      n, [&](auto w, std::int64_t i) { return load<w.value>(x + i); },
      [&](auto, std::int64_t i, const auto& portion) { store(y + i, portion); });
}

/// Copies `columns` words of each row; rows of x and y begin x_step and y_step words apart.
template <class Word>
__global__ void __launch_bounds__(256)
    copy_rows(const Word* x, std::int64_t x_step, Word* y, std::int64_t y_step, std::int64_t rows, std::int64_t columns) {
  stride_over_rows<1, 4>(
      rows, columns, [&](auto, std::int64_t row, std::int64_t column) { return x[row * x_step + column]; },
      [&](auto, std::int64_t row, std::int64_t column, const Word& word) { y[row * y_step + column] = word; });
}

/// Row i of y is row indices[i] of x; where x has no such row, zeros.
template <class Word>
__global__ void __launch_bounds__(256) gather_rows(const Word* x, std::int64_t x_rows, const std::int32_t* indices, Word* y,
                                                   std::int64_t rows, std::int64_t columns, Fault* fault) {
  stride_over_rows<1, 2>(
      rows, columns,
      [&](auto, std::int64_t row, std::int64_t column) {
        const std::int32_t index = indices[row];
        if (index >= 0 && index < x_rows) return x[index * columns + column];
        if (column == 0) report(fault, FaultKind::gather_index, index, row, x_rows);
        return Word{};
      },
      [&](auto, std::int64_t row, std::int64_t column, const Word& word) { y[row * columns + column] = word; });
}

/// y[indices[i]] += x[i] for all rows i of x, in this order: each thread owns some columns of every so many-th row of y, walks
/// through all indices and adds what is for it. `groups` (a power of two) threads share a column.
template <class T, int width>
__global__ void __launch_bounds__(256) scatter_add_rows(const T* __restrict__ x, const std::int32_t* __restrict__ indices,
                                                        std::int64_t x_rows, T* y, std::int64_t y_rows, std::int64_t columns) {
  const std::int64_t groups = static_cast<std::int64_t>(gridDim.y) * blockDim.y;
  const std::int64_t group = static_cast<std::int64_t>(blockIdx.y) * blockDim.y + threadIdx.y;
  for (std::int64_t column = thread_in_grid() * width; column < columns; column += threads_in_grid() * width) {
    for (std::int64_t i = 0; i < x_rows; ++i) {
      const std::int64_t index = indices[i];
      if (index < 0 || index >= y_rows || (index & (groups - 1)) != group) continue;
      Portion<T, width> sum = load<width>(y + index * columns + column);
      const Portion<T, width> more = load<width>(x + i * columns + column);
      SEEGRAD_UNROLL
      for (int k = 0; k < width; ++k) sum.value[k] += more.value[k];
      store(y + index * columns + column, sum);
    }
  }
}

/// Leaves a note when an index is not in 0 .. count - 1.
template <class T>
__global__ void __launch_bounds__(256) check_indices(const T* indices, std::int64_t n, std::int64_t count, FaultKind kind, Fault* fault) {
  for (std::int64_t i = thread_in_grid(); i < n; i += threads_in_grid())
    if (indices[i] < 0 || indices[i] >= count) report(fault, kind, indices[i], i, count);
}

// ---- transpose ---------------------------------------------------------------------------------------------------

inline constexpr int tile_side = 32, tile_rows_at_once = 8;

/// x [batch, rows, columns] -> y [batch, columns, rows], a tile at a time: rows of x are read along the tile's rows and rows of y
/// written along its columns, so that both ways neighbouring threads touch neighbouring addresses. The tile is one column wider than
/// it need be, or all elements of a column would lie in the same bank of shared memory.
template <class T>
__global__ void __launch_bounds__(tile_side* tile_rows_at_once)
    transpose(const T* x, T* y, std::int64_t batch, std::int64_t rows, std::int64_t columns) {
  SEEGRAD_SHARED(T[tile_side][tile_side + 1], tile);
  const std::int64_t across = (columns + tile_side - 1) / tile_side, down = (rows + tile_side - 1) / tile_side;
  const int side = static_cast<int>(threadIdx.x);
  for (std::int64_t number = blockIdx.x; number < batch * across * down; number += gridDim.x) {
    const std::int64_t first_row = number / across % down * tile_side, first_column = number % across * tile_side;
    const std::int64_t matrix = number / across / down * rows * columns;
    SEEGRAD_UNROLL
    for (int r = 0; r < tile_side; r += tile_rows_at_once) {
      const int line = r + static_cast<int>(threadIdx.y);
      if (first_row + line < rows && first_column + side < columns)
        tile[line][side] = x[matrix + (first_row + line) * columns + first_column + side];
    }
    __syncthreads();
    SEEGRAD_UNROLL
    for (int r = 0; r < tile_side; r += tile_rows_at_once) {
      const int line = r + static_cast<int>(threadIdx.y);
      if (first_column + line < columns && first_row + side < rows)
        y[matrix + (first_column + line) * rows + first_row + side] = tile[side][line];
    }
    __syncthreads();  // the next tile takes this one's place
  }
}

}  // namespace seegrad::kernels
