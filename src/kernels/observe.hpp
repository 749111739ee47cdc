// Which units are alive: those that were other than zero for any sample.
#pragma once
#include "kernels/kernel_language.hpp"
#include "kernels/packet.hpp"

namespace seegrad::kernels {

/// alive[column] = 1 where any row of x [rows, columns] is nonzero; NaN counts as nonzero. Other bytes are left alone. Several threads
/// may mark a column, but all of them write the same.
template <class T, int width>
__global__ void __launch_bounds__(256) mark_alive(const T* x, std::uint8_t* alive, std::int64_t rows, std::int64_t columns) {
  constexpr int at_once = 4;
  const std::int64_t row_step = static_cast<std::int64_t>(gridDim.y) * blockDim.y;
  for (std::int64_t column = thread_in_grid() * width; column < columns; column += threads_in_grid() * width) {
    bool found[width] = {};
    for (std::int64_t row = static_cast<std::int64_t>(blockIdx.y) * blockDim.y + threadIdx.y; row < rows; row += at_once * row_step) {
      Portion<T, width> held[at_once];
      SEEGRAD_UNROLL
      for (int k = 0; k < at_once; ++k) {
        const std::int64_t r = row + k * row_step;
        held[k] = load<width>(x + (r < rows ? r : row) * columns + column);
      }
      SEEGRAD_UNROLL
      for (int k = 0; k < at_once; ++k) {  // NOLINT(modernize-loop-convert): unrolled by number
        SEEGRAD_UNROLL
        for (int i = 0; i < width; ++i) found[i] = found[i] || held[k].value[i] != T(0);
      }
    }
    SEEGRAD_UNROLL
    for (int i = 0; i < width; ++i)
      if (found[i]) alive[column + i] = 1;
  }
}

}  // namespace seegrad::kernels
