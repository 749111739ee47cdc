// Sums and maxima along one axis of x [outer, n, inner]. Every element is read once. Sums are accumulated in double and always in the
// same order, so they are the same from run to run. Where there are few results and many elements, the axis is cut into parts whose
// results go to the workspace ([parts, outer, inner]), and reduce_columns() combines those in a second launch.
#pragma once
#include "kernels/block_reduce.hpp"
#include "kernels/kernel_language.hpp"
#include "kernels/packet.hpp"
#include "kernels/rows.hpp"

namespace seegrad::kernels {

struct SumOf : Plus {
  template <class T>
  using Running = double;
  template <class T>
  __device__ __forceinline__ static double nothing() {
    return 0;
  }
};
/// NaN wins.
struct LargestOf : LargerOrNan {
  template <class T>
  using Running = T;
  template <class T>
  __device__ __forceinline__ static T nothing() {
    return -infinity<T>();
  }
};

/// x [rows, n] -> y [parts, rows]. Parts are `length` long, a number of whole portions as n is, and lie along the grid's second dimension;
/// one of them is the work of `members` threads (rows.hpp).
template <class Reduction, class T, class Result, int width>
__global__ void __launch_bounds__(256, 2)
    reduce_rows(const T* x, Result* y, std::int64_t rows, std::int64_t n, std::int64_t length, int members) {
  using Running = typename Reduction::template Running<T>;
  constexpr int at_once = 4;
  const Reduction combine;
  const Running nothing = Reduction::template nothing<T>();
  const RowShare share = share_rows(members);
  const std::int64_t begin = blockIdx.y * length, end = begin + length < n ? begin + length : n;
  for (std::int64_t first = share.first; first < rows; first += share.step) {
    const std::int64_t row = first + share.offset;
    const T* const from = x + row * n;
    const std::int64_t step = static_cast<std::int64_t>(members) * width;
    Running running[width];
    SEEGRAD_UNROLL
    for (int i = 0; i < width; ++i) running[i] = nothing;
    for (std::int64_t at = begin + share.member * width; at < end && row < rows; at += at_once * step) {
      Portion<T, width> held[at_once];
      SEEGRAD_UNROLL
      for (int k = 0; k < at_once; ++k) held[k] = load<width>(from + (at + k * step < end ? at + k * step : at));
      SEEGRAD_UNROLL
      for (int k = 0; k < at_once; ++k) {
        SEEGRAD_UNROLL
        for (int i = 0; i < width; ++i)
          if (at + k * step < end) running[i] = combine(running[i], static_cast<Running>(held[k].value[i]));
      }
    }
    Running result = running[0];
    SEEGRAD_UNROLL
    for (int i = 1; i < width; ++i) result = combine(result, running[i]);
    result = members_reduce(result, members, nothing, combine);
    if (row < rows && share.member == 0) y[blockIdx.y * rows + row] = static_cast<Result>(result);
  }
}

inline constexpr int column_lanes = 32, column_lines = 8;

/// x [outer, n, inner] -> y [parts, outer, inner]. A block of 32 x 8 threads takes 32 portions of neighbouring columns; its eight lines
/// take every eighth row each and are added up at the end. Columns lie along the grid's first dimension, parts of `length` rows along its
/// second. inner is a number of whole portions.
template <class Reduction, class T, class Result, int width>
__global__ void __launch_bounds__(column_lanes* column_lines, 2)
    reduce_columns(const T* x, Result* y, std::int64_t outer, std::int64_t n, std::int64_t inner, std::int64_t length) {
  using Running = typename Reduction::template Running<T>;
  SEEGRAD_SHARED(Running[column_lines][column_lanes * width], of_line);
  constexpr int at_once = 4;
  const Reduction combine;
  const int lane = static_cast<int>(threadIdx.x), line = static_cast<int>(threadIdx.y);
  const std::int64_t begin = blockIdx.y * length, end = begin + length < n ? begin + length : n;
  for (std::int64_t which = blockIdx.z; which < outer; which += gridDim.z) {
    for (std::int64_t tile = blockIdx.x; tile * column_lanes * width < inner; tile += gridDim.x) {
      const std::int64_t column = (tile * column_lanes + lane) * width;
      const T* const from = x + which * n * inner + column;
      Running running[width];
      SEEGRAD_UNROLL
      for (int i = 0; i < width; ++i) running[i] = Reduction::template nothing<T>();
      for (std::int64_t row = begin + line; row < end && column < inner; row += at_once * column_lines) {
        Portion<T, width> held[at_once];
        SEEGRAD_UNROLL
        for (int k = 0; k < at_once; ++k)
          held[k] = load<width>(from + (row + k * column_lines < end ? row + k * column_lines : row) * inner);
        SEEGRAD_UNROLL
        for (int k = 0; k < at_once; ++k) {
          SEEGRAD_UNROLL
          for (int i = 0; i < width; ++i)
            if (row + k * column_lines < end) running[i] = combine(running[i], static_cast<Running>(held[k].value[i]));
        }
      }
      SEEGRAD_UNROLL
      for (int i = 0; i < width; ++i) of_line[line][lane * width + i] = running[i];
      __syncthreads();
      Result* const to = y + (blockIdx.y * outer + which) * inner + column;
      SEEGRAD_UNROLL
      for (int i = 0; i < width; ++i) {
        if (line != 0 || column >= inner) continue;
        Running total = of_line[0][lane * width + i];
        for (int other = 1; other < column_lines; ++other) total = combine(total, of_line[other][lane * width + i]);
        to[i] = static_cast<Result>(total);
      }
      __syncthreads();  // the next tile takes this one's place
    }
  }
}

/// y = (the sum of n numbers) / divisor, by one block.
template <class Result>
__global__ void __launch_bounds__(256, 2) sum_up(const double* x, std::int64_t n, double divisor, Result* y) {
  double total = 0;
  for (std::int64_t i = threadIdx.x; i < n; i += blockDim.x) total += x[i];
  total = block_sum(total);
  if (threadIdx.x == 0) *y = static_cast<Result>(total / divisor);
}

}  // namespace seegrad::kernels
