// What observers want to know of many arrays, in one launch: a table of them is the kernel's argument, each array is cut into pieces,
// each block looks at one piece once and leaves ten numbers; a second launch combines an array's pieces. Nothing depends on which block
// was faster, so the numbers are the same from run to run. (A histogram is counted with atomic additions of integers: they are, too.)
//
// The kernel is made for one formula F, whose slope decides what is saturated; arrays without a formula ride along.
#pragma once
#include "kernels/block_reduce.hpp"
#include "kernels/formula_parameters.hpp"
#include "kernels/packet.hpp"
#include "kernels/statistics_table.hpp"
#include "seegrad/math/histogram_bin.hpp"

// Loops that are better short than fast: they run seldom, and every formula's kernel is compiled while somebody waits.
#if defined(__CUDACC__)
#define SEEGRAD_ROLLED _Pragma("unroll 1")
#else
#define SEEGRAD_ROLLED
#endif

namespace seegrad::kernels {

inline constexpr int statistics_warps = statistics_threads / warp_size;

/// Stands in for F where no array has a formula.
struct NoFormula {
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return x;
  }
};

/// What one thread has seen.
template <class T>
struct Seen {
  double sum = 0, squares = 0;
  T min = infinity<T>(), max = -infinity<T>();
  int zeros = 0, nans = 0, infinities = 0, saturated = 0;

  __device__ __forceinline__ void see(T x) {
    const bool finite = is_finite(x);
    const double wide = finite ? static_cast<double>(x) : 0.0;
    sum += wide;
    squares += wide * wide;
    min = finite && x < min ? x : min;
    max = finite && x > max ? x : max;
    zeros += x == T(0);
    nans += x != x;
    infinities += !finite && x == x;
  }
};

/// Looks at neighbouring elements, the first of which has the number i in its array. Zeros are in no bin yet: they are many, and a
/// counter that all threads want is slow.
template <class F, int parameters, int width, class T>
__device__ __forceinline__ void see(Seen<T>& seen, const StatisticsTable<T>& table, const StatisticsEntry<T>& entry, std::int64_t i,
                                    const Portion<T, width>& x, int* bins) {
  SEEGRAD_UNROLL
  for (int k = 0; k < width; ++k) seen.see(x.value[k]);
  if constexpr (!std::is_same_v<F, NoFormula>) {
    if (entry.formula) {
      MixedValues<T> values(table.parameter + entry.first_parameter, entry.columns, i, entry.by_column ? column_of(i, entry.columns) : 0);
      SEEGRAD_UNROLL
      for (int k = 0; k < width; ++k, values.step())
        seen.saturated += abs(evaluate_at<F, parameters, 0>(values, x.value[k])) < entry.saturation;
    }
  }
  if (entry.histogram) {
    SEEGRAD_ROLLED
    for (int k = 0; k < width; ++k) {
      const T again = entry.x[i + k];  // a rolled loop cannot pick from registers
      const int bin = again == T(0) ? -1 : histogram_bin(static_cast<double>(again));
      if (bin >= 0) atomicAdd(&bins[bin], 1);
    }
  }
}

/// All threads of the block together look at the elements begin .. end - 1: packets, and one by one what lies before and after them.
template <class F, int parameters, class T>
__device__ __forceinline__ Seen<T> see_piece(const StatisticsTable<T>& table, const StatisticsEntry<T>& entry, std::int64_t begin,
                                             std::int64_t end, int* bins) {
  constexpr int width = packet_width<T>;
  Seen<T> seen;
  const std::int64_t to_packets = elements_to_alignment(entry.x + begin);
  const std::int64_t first = begin + to_packets < end ? begin + to_packets : end, packets = (end - first) / width;
  const std::int64_t after = first + packets * width, thread = thread_in_block();
  // The next packet is on its way while this one is looked at.
  Portion<T, width> next = thread < packets ? load<width>(entry.x + first + thread * width) : repeat<width>(T(0));
  for (std::int64_t at = thread; at < packets; at += statistics_threads) {
    const Portion<T, width> x = next;
    if (at + statistics_threads < packets) next = load<width>(entry.x + first + (at + statistics_threads) * width);
    see<F, parameters>(seen, table, entry, first + at * width, x, bins);
  }
  const std::int64_t before = first - begin, alone = before + (end - after);
  if (thread < alone) {
    const std::int64_t i = thread < before ? begin + thread : after + thread - before;
    see<F, parameters>(seen, table, entry, i, load<1>(entry.x + i), bins);
  }
  return seen;
}

/// How much each row's signs agree, |positive - negative| / (positive + negative), summed over rows; and how many rows have signs.
struct Coherence {
  double sum = 0, rows = 0;

  __device__ __forceinline__ void add(int positive, int negative) {
    if (positive + negative == 0) return;
    const int difference = positive > negative ? positive - negative : negative - positive;
    sum += static_cast<double>(difference) / static_cast<double>(positive + negative);
    rows += 1;
  }
};

/// Of the whole rows in x[0 .. count - 1], in the first lane of each warp; all threads must call. A warp has a row for itself where
/// there are enough of them, else all share each row. The piece has just been read, so this finds it in the cache.
template <class T>
__device__ __forceinline__ Coherence coherence_of(const T* x, std::int64_t count, std::int64_t columns) {
  SEEGRAD_SHARED(int[statistics_warps][2], shared_rows);
  const int thread = thread_in_block(), lane = thread % warp_size, warp = thread / warp_size;
  const bool share = columns * statistics_warps > count;
  Coherence found;
  if (share) {
    if (thread < 2 * statistics_warps) shared_rows[thread / 2][thread % 2] = 0;
    __syncthreads();
  }
  SEEGRAD_ROLLED
  for (std::int64_t row = share ? 0 : warp; row * columns < count; row += share ? 1 : statistics_warps) {
    int positive = 0, negative = 0;
    SEEGRAD_ROLLED
    for (std::int64_t column = share ? thread : lane; column < columns; column += share ? statistics_threads : warp_size) {
      positive += x[row * columns + column] > T(0);
      negative += x[row * columns + column] < T(0);
    }
    positive = warp_sum(positive), negative = warp_sum(negative);
    if (lane != 0) continue;
    if (share) {
      atomicAdd(&shared_rows[row][0], positive);
      atomicAdd(&shared_rows[row][1], negative);
    } else {
      found.add(positive, negative);
    }
  }
  if (share) {
    __syncthreads();
    if (lane == 0) found.add(shared_rows[warp][0], shared_rows[warp][1]);  // rows that the piece does not have count nothing
  }
  return found;
}

/// Two results that belong to the same total.
__device__ __forceinline__ double combined(PieceTotal total, double a, double b) {
  if (total == PieceTotal::min) return b < a ? b : a;
  if (total == PieceTotal::max) return b > a ? b : a;
  return a + b;
}
__device__ __forceinline__ double start_of(PieceTotal total) {
  return total == PieceTotal::min ? infinity<double>() : total == PieceTotal::max ? -infinity<double>() : 0.0;
}

/// Writes the ten numbers of a block's piece.
template <class T>
__device__ __forceinline__ void write_piece(const Seen<T>& seen, const Coherence& coherence, double* piece) {
  SEEGRAD_SHARED(double[totals_of_piece][statistics_warps], of_warp);
  const double mine[totals_of_piece] = {warp_sum(seen.sum),
                                        warp_sum(seen.squares),
                                        static_cast<double>(warp_reduce(seen.min, Smaller{})),
                                        static_cast<double>(warp_reduce(seen.max, Larger{})),
                                        static_cast<double>(warp_sum(seen.zeros)),
                                        static_cast<double>(warp_sum(seen.nans)),
                                        static_cast<double>(warp_sum(seen.infinities)),
                                        static_cast<double>(warp_sum(seen.saturated)),
                                        coherence.sum,
                                        coherence.rows};
  const int thread = thread_in_block(), lane = thread % warp_size;
  if (lane == 0) {
    SEEGRAD_UNROLL
    for (int total = 0; total < totals_of_piece; ++total) of_warp[total][thread / warp_size] = mine[total];
  }
  __syncthreads();
  if (thread >= totals_of_piece) return;
  double result = of_warp[thread][0];
  SEEGRAD_ROLLED
  for (int warp = 1; warp < statistics_warps; ++warp) result = combined(static_cast<PieceTotal>(thread), result, of_warp[thread][warp]);
  piece[thread] = result;
}

/// One block for each piece of each array.
template <class F, int parameters, class T>
__device__ __forceinline__ void statistics_pieces(const StatisticsTable<T>& table) {
  SEEGRAD_SHARED(int[histogram_bins], bins);
  int which = 0;
  SEEGRAD_ROLLED
  while (which + 1 < table.entries && static_cast<int>(blockIdx.x) >= table.entry[which + 1].first_piece) ++which;
  const StatisticsEntry<T>& entry = table.entry[which];
  const int thread = thread_in_block(), number = static_cast<int>(blockIdx.x) - entry.first_piece;
  const std::int64_t begin = number * entry.piece, end = begin + entry.piece < entry.count ? begin + entry.piece : entry.count;
  if (entry.histogram) {
    SEEGRAD_ROLLED
    for (int bin = thread; bin < histogram_bins; bin += statistics_threads) bins[bin] = 0;
    __syncthreads();
  }
  const Seen<T> seen = see_piece<F, parameters>(table, entry, begin, end, bins);
  if (entry.histogram) {
    const int zeros = warp_sum(seen.zeros);
    if (thread % warp_size == 0 && zeros > 0) atomicAdd(&bins[histogram_side], zeros);
    __syncthreads();
    SEEGRAD_ROLLED
    for (int bin = thread; bin < histogram_bins; bin += statistics_threads)
      if (bins[bin] > 0) atomicAdd(&entry.histogram[bin], bins[bin]);
  }
  const Coherence coherence = entry.signs ? coherence_of(entry.x + begin, end - begin, entry.columns) : Coherence{};
  write_piece(seen, coherence, table.partial + static_cast<std::int64_t>(blockIdx.x) * totals_of_piece);
}

/// One block for each array, a warp for each total.
template <class T>
__device__ __forceinline__ void statistics_totals(const StatisticsTable<T>& table) {
  const StatisticsEntry<T>& entry = table.entry[blockIdx.x];
  const int lane = thread_in_block() % warp_size, which = thread_in_block() / warp_size;
  const auto total = static_cast<PieceTotal>(which);
  double result = start_of(total);
  for (int piece = lane; piece < entry.pieces; piece += warp_size)
    result = combined(total, result, table.partial[static_cast<std::int64_t>(entry.first_piece + piece) * totals_of_piece + which]);
  result = warp_reduce(result, [total](double a, double b) { return combined(total, a, b); });
  if (lane == 0) table.totals[static_cast<std::int64_t>(entry.place) * totals_of_piece + which] = result;
}

template <class F, int parameters, class T>
__global__ void __launch_bounds__(statistics_threads) statistics_pieces_kernel(const __grid_constant__ StatisticsTable<T> table) {
  statistics_pieces<F, parameters>(table);
}

template <class T>
__global__ void __launch_bounds__(totals_threads) statistics_totals_kernel(const __grid_constant__ StatisticsTable<T> table) {
  statistics_totals(table);
}

}  // namespace seegrad::kernels
