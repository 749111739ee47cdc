// Arrays in portions of 16 bytes: a thread that moves 16 bytes with one instruction needs a quarter of the instructions and keeps
// memory busy with fewer threads. Kernels are templates over the width of a portion: the whole packet where addresses allow it, or 1.
#pragma once
#include "kernels/kernel_language.hpp"

namespace seegrad::kernels {

/// `width` neighbours, moved at once.
template <class T, int width>
struct alignas(sizeof(T) * width) Portion {
  static constexpr int size = width;
  T value[width];
};

/// Elements in 16 bytes.
template <class T>
inline constexpr int packet_width = 16 / static_cast<int>(sizeof(T));

template <class T>
using Packet = Portion<T, packet_width<T>>;

/// A width as an argument, for lambdas.
template <int width>
struct Width {
  static constexpr int value = width;
};

/// The portion that begins at p, which must be aligned to all of it.
template <int width, class T>
__device__ __forceinline__ Portion<T, width> load(const T* p) {
  return *reinterpret_cast<const Portion<T, width>*>(p);
}
template <int width, class T>
__device__ __forceinline__ void store(T* p, const Portion<T, width>& portion) {
  *reinterpret_cast<Portion<T, width>*>(p) = portion;
}

/// The same number in all places.
template <int width, class T>
__device__ __forceinline__ Portion<T, width> repeat(T value) {
  Portion<T, width> portion;
  SEEGRAD_UNROLL
  for (int k = 0; k < width; ++k) portion.value[k] = value;
  return portion;
}

/// Elements from p to the next address that a packet can begin at.
template <class T>
__device__ __host__ __forceinline__ int elements_to_alignment(const T* p) {
  const auto past = static_cast<int>(reinterpret_cast<std::uintptr_t>(p) % 16);
  return past == 0 ? 0 : (16 - past) / static_cast<int>(sizeof(T));
}

/// Whether packets can begin at all of these; a null pointer is no obstacle.
template <class... Pointers>
__host__ __device__ inline bool aligned_for_packets(const Pointers*... pointers) {
  return ((reinterpret_cast<std::uintptr_t>(pointers) % 16 == 0) && ...);
}

// Portions in flight are read under a condition and used under the same one. GCC does not follow and warns of uninitialised ones where
// it optimises; giving them a value first costs registers that long formulas do not have. So programs that compile kernels for the CPU
// turn that warning off.

/// All threads of the grid together go through elements 0 .. n - 1: portions of `width` (each thread has `at_once` of them in flight),
/// then what is left over, one by one. What read(Width<w>, i) returns for the portion that begins at i, write(Width<w>, i, that) gets.
template <int width, int at_once, class Read, class Write>
__device__ __forceinline__ void stride_over(std::int64_t n, Read read, Write write) {
  const std::int64_t threads = threads_in_grid(), portions = n / width;
  for (std::int64_t first = thread_in_grid(); first < portions; first += at_once * threads) {
    decltype(read(Width<width>{}, first)) held[at_once];
    SEEGRAD_UNROLL
    for (int k = 0; k < at_once; ++k)
      if (first + k * threads < portions) held[k] = read(Width<width>{}, (first + k * threads) * width);
    SEEGRAD_UNROLL
    for (int k = 0; k < at_once; ++k)
      if (first + k * threads < portions) write(Width<width>{}, (first + k * threads) * width, held[k]);
  }
  if (width > 1)
    for (std::int64_t i = portions * width + thread_in_grid(); i < n; i += threads) write(Width<1>{}, i, read(Width<1>{}, i));
}

/// The same for a table of rows, in a grid of two dimensions: x goes along a row, y from row to row. A row has a whole number of
/// portions. `at_once` rows are in flight. read(Width<width>, row, column), write(Width<width>, row, column, that).
template <int width, int at_once, class Read, class Write>
__device__ __forceinline__ void stride_over_rows(std::int64_t rows, std::int64_t columns, Read read, Write write) {
  const std::int64_t row_step = static_cast<std::int64_t>(gridDim.y) * blockDim.y, column_step = threads_in_grid() * width;
  for (std::int64_t row = static_cast<std::int64_t>(blockIdx.y) * blockDim.y + threadIdx.y; row < rows; row += at_once * row_step) {
    for (std::int64_t column = thread_in_grid() * width; column < columns; column += column_step) {
      decltype(read(Width<width>{}, row, column)) held[at_once];
      SEEGRAD_UNROLL
      for (int k = 0; k < at_once; ++k)
        if (row + k * row_step < rows) held[k] = read(Width<width>{}, row + k * row_step, column);
      SEEGRAD_UNROLL
      for (int k = 0; k < at_once; ++k)
        if (row + k * row_step < rows) write(Width<width>{}, row + k * row_step, column, held[k]);
    }
  }
}

}  // namespace seegrad::kernels
