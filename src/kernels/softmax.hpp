// Softmax, its logarithm, and the way back through both, row by row.
//
// Passes over memory:
//   short rows (up to 512)     one read, one write: a row lives in the registers of its lanes;
//   rows that fit into a block's shared memory (57 thousand floats in 227 KiB, half as many on the way back): one read, one write;
//   longer rows                what fits is read once, the rest twice; one write. One pass finds maximum and sum together: when a
//                              larger maximum turns up, what was added so far is scaled down (Milakov and Gimelshein 2018,
//                              arXiv:1805.02867).
//
// A row with +inf or NaN has no softmax and becomes NaN, and so does a row of nothing but -inf.
#pragma once
#include "kernels/block_reduce.hpp"
#include "kernels/kernel_language.hpp"
#include "kernels/packet.hpp"
#include "kernels/rows.hpp"
#include "seegrad/math/scalar.hpp"

namespace seegrad::kernels {

/// A row in the registers of its lanes: column member + k * members at place k.
template <class T, int per_lane>
struct ShortRow {
  T value[per_lane];  ///< x less the largest
  double total;       ///< of the exponentials

  __device__ __forceinline__ ShortRow(const T* row, int columns, const RowShare& share, bool active) {
    T largest = -infinity<T>();
    SEEGRAD_UNROLL
    for (int k = 0; k < per_lane; ++k) {
      const int column = share.member + k * share.members;
      value[k] = active && column < columns ? row[column] : -infinity<T>();
      largest = larger_or_nan(largest, value[k]);
    }
    largest = lanes_reduce(largest, share.members, LargerOrNan{});
    T sum = 0;
    SEEGRAD_UNROLL
    for (int k = 0; k < per_lane; ++k) {
      value[k] -= largest;
      if (share.member + k * share.members < columns) sum += exp(value[k]);
    }
    total = lanes_reduce(static_cast<double>(sum), share.members, Plus{});
  }
};

template <class T, int per_lane>
__global__ void __launch_bounds__(256, 2) softmax_short(const T* x, bool logarithm, T* y, std::int64_t rows, int columns, int members) {
  const RowShare share = share_rows(members);
  for (std::int64_t first = share.first; first < rows; first += share.step) {
    const std::int64_t row = first + share.offset;
    const bool active = row < rows;
    const ShortRow<T, per_lane> here(x + (active ? row : 0) * columns, columns, share, active);
    const T rest = static_cast<T>(log(here.total)), scale = static_cast<T>(1 / here.total);
    SEEGRAD_UNROLL
    for (int k = 0; k < per_lane; ++k) {
      const int column = share.member + k * members;
      if (active && column < columns) y[row * columns + column] = logarithm ? here.value[k] - rest : exp(here.value[k]) * scale;
    }
  }
}

/// dx = y (g - sum y g), or for the logarithm dx = g - e^y sum g.
template <class T, int width>
__device__ __forceinline__ Portion<T, width> softmax_slope_of(const Portion<T, width>& y, Portion<T, width> g, bool logarithm, T sum) {
  SEEGRAD_UNROLL
  for (int k = 0; k < width; ++k) g.value[k] = logarithm ? g.value[k] - exp(y.value[k]) * sum : y.value[k] * (g.value[k] - sum);
  return g;
}
/// What the sum is over.
template <class T, int width>
__device__ __forceinline__ T slope_terms(const Portion<T, width>& y, const Portion<T, width>& g, bool logarithm) {
  T sum = 0;
  SEEGRAD_UNROLL
  for (int k = 0; k < width; ++k) sum += logarithm ? g.value[k] : y.value[k] * g.value[k];
  return sum;
}

template <class T, int per_lane>
__global__ void __launch_bounds__(256, 2)
    softmax_slope_short(const T* y, const T* g, bool logarithm, T* dx, std::int64_t rows, int columns, int members) {
  const RowShare share = share_rows(members);
  for (std::int64_t first = share.first; first < rows; first += share.step) {
    const std::int64_t row = first + share.offset, from = row * columns;
    Portion<T, 1> held_y[per_lane], held_g[per_lane];
    T terms = 0;
    SEEGRAD_UNROLL
    for (int k = 0; k < per_lane; ++k) {
      const int column = share.member + k * members;
      const bool here = row < rows && column < columns;
      held_y[k] = here ? load<1>(y + from + column) : repeat<1>(T(0));
      held_g[k] = here ? load<1>(g + from + column) : repeat<1>(T(0));
      terms += slope_terms(held_y[k], held_g[k], logarithm);
    }
    const T sum = static_cast<T>(lanes_reduce(static_cast<double>(terms), members, Plus{}));
    SEEGRAD_UNROLL
    for (int k = 0; k < per_lane; ++k) {
      const int column = share.member + k * members;
      if (row < rows && column < columns) store(dx + from + column, softmax_slope_of(held_y[k], held_g[k], logarithm, sum));
    }
  }
}

// ---- a block to a row --------------------------------------------------------------------------------------------

/// Threads of a block on one row. exp() of doubles takes too many registers for more.
template <class T>
inline constexpr int most_threads = sizeof(T) == 8 ? 512 : 1024;

/// Maximum and sum of exponentials of what was seen so far.
template <class T>
struct RunningSoftmax {
  T largest = -infinity<T>();
  double total = 0;

  template <int width>
  __device__ __forceinline__ void add(const Portion<T, width>& x) {
    T now = largest;
    SEEGRAD_UNROLL
    for (int k = 0; k < width; ++k) now = larger_or_nan(now, x.value[k]);
    if (now == -infinity<T>()) return;  // -inf adds nothing; less itself it would be NaN
    if (now != largest) total *= static_cast<double>(exp(largest - now));
    T sum = 0;
    SEEGRAD_UNROLL
    for (int k = 0; k < width; ++k) sum += exp(x.value[k] - now);
    total += static_cast<double>(sum);
    largest = now;
  }

  /// Of all threads of the block together.
  __device__ __forceinline__ void combine_block() {
    const T all = block_max(largest);
    if (largest != -infinity<T>()) total *= static_cast<double>(exp(largest - all));
    total = block_sum(total);
    largest = all;
  }
};

/// First pass over a row: its maximum and sum, and as much of it kept as there is room for.
template <int width, class T>
__device__ __forceinline__ RunningSoftmax<T> look_at_row(const T* row, std::int64_t columns, KeptRow<T>& kept) {
  RunningSoftmax<T> running;
  go_through_row<width, 2>(
      row, columns, [&](auto w, std::int64_t i) { return load<w.value>(row + i); },
      [&](auto, std::int64_t i, const auto& portion) {
        kept.keep(i, portion);
        running.add(portion);
      });
  running.combine_block();
  return running;
}

/// `capacity` elements of T in shared memory. All rows of x and y begin equally far from where packets can begin.
template <class T, int width>
__global__ void __launch_bounds__(most_threads<T>, 1)
    softmax_long(const T* x, bool logarithm, T* y, std::int64_t rows, std::int64_t columns, std::int64_t capacity) {
  SEEGRAD_DYNAMIC_SHARED(T, memory);
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const T* const from = x + row * columns;
    T* const to = y + row * columns;
    KeptRow<T> kept(memory, capacity, from);
    const RunningSoftmax<T> found = look_at_row<width>(from, columns, kept);
    const T rest = static_cast<T>(log(found.total)), scale = static_cast<T>(1 / found.total);
    go_through_row<width, 2>(
        from, columns, [&](auto w, std::int64_t i) { return kept.template get<w.value>(i, from); },
        [&](auto w, std::int64_t i, auto portion) {
          SEEGRAD_UNROLL
          for (int k = 0; k < w.value; ++k) {
            const T shifted = portion.value[k] - found.largest;
            portion.value[k] = logarithm ? shifted - rest : exp(shifted) * scale;
          }
          store(to + i, portion);
        });
    __syncthreads();  // the next row takes this one's place
  }
}

template <class T, int width>
struct SlopePortions {
  Portion<T, width> y, g;
};

/// `capacity` elements of T in shared memory for y, and as many for g.
template <class T, int width>
__global__ void __launch_bounds__(most_threads<T>, 1)
    softmax_slope_long(const T* y, const T* g, bool logarithm, T* dx, std::int64_t rows, std::int64_t columns, std::int64_t capacity) {
  SEEGRAD_DYNAMIC_SHARED(T, memory);
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const T *const from_y = y + row * columns, *const from_g = g + row * columns;
    KeptRow<T> kept_y(memory, capacity, from_y), kept_g(memory + capacity, capacity, from_g);
    double terms = 0;
    go_through_row<width, 2>(
        from_y, columns,
        [&](auto w, std::int64_t i) {
          return SlopePortions<T, w.value>{load<w.value>(from_y + i), load<w.value>(from_g + i)};
        },
        [&](auto, std::int64_t i, const auto& portions) {
          kept_y.keep(i, portions.y);
          kept_g.keep(i, portions.g);
          terms += static_cast<double>(slope_terms(portions.y, portions.g, logarithm));
        });
    const T sum = static_cast<T>(block_sum(terms));
    go_through_row<width, 2>(
        from_y, columns,
        [&](auto w, std::int64_t i) {
          return SlopePortions<T, w.value>{kept_y.template get<w.value>(i, from_y), kept_g.template get<w.value>(i, from_g)};
        },
        [&](auto, std::int64_t i, const auto& portions) {
          store(dx + row * columns + i, softmax_slope_of(portions.y, portions.g, logarithm, sum));
        });
    __syncthreads();  // the next row takes this one's place
  }
}

}  // namespace seegrad::kernels
