// Sums, squares, extremes and counts of an array in one pass.
#pragma once
#include <limits>
#include <type_traits>

#include "array_kernels.hpp"
#include "loops_common.hpp"
#include "loops_wide.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

/// A counter for each lane of a Full vector.
template <class T>
struct LaneCounts {
  using Full = typename Vectors<T>::Full;
  using Counts = decltype(Full{} == Full{});
  Counts counts{};

  void add(const Counts& where) {
#if defined(__AVX512F__)  // an addition under a mask
    counts = where ? counts + 1 : counts;
#else  // where it holds, all bits are set: -1
    counts -= where;
#endif
  }
  /// At most 2^31 of float, 2^53 of double.
  std::int64_t total() const {
    typedef std::remove_cvref_t<decltype(counts[0])> Half __attribute__((vector_size(sizeof(Counts) / 2)));
    Half halves[2];
    __builtin_memcpy(halves, &counts, sizeof counts);
    return static_cast<std::int64_t>(sum_of_lanes(__builtin_convertvector(halves[0] + halves[1], Wide)));
  }
};

/// Moments and extremes of finite values, lane by lane.
template <class T>
struct RunningMoments {
  using Full = typename Vectors<T>::Full;

  Wide sum[2] = {}, squares[2] = {};
  Full low = Full{} + std::numeric_limits<T>::infinity(), high = -low;

  /// The elements from x on, which are `values`.
  void add(const T* x, const Full& values) {
    low = values < low ? values : low;
    high = values > high ? values : high;
    for (std::size_t half = 0; half < 2; ++half) {
      const Wide wide = wide_at(x + half * wide_lanes);
      sum[half] += wide;
      squares[half] += wide * wide;
    }
  }

  void add(const RunningMoments& other) {
    low = other.low < low ? other.low : low;
    high = other.high > high ? other.high : high;
    for (std::size_t half = 0; half < 2; ++half) {
      sum[half] += other.sum[half];
      squares[half] += other.squares[half];
    }
  }

  Sums total(std::int64_t zeros) const {
    Sums result;
    result.sum = sum_of_lanes(sum[0] + sum[1]);
    result.squares = sum_of_lanes(squares[0] + squares[1]);
    T lowest = low[0], highest = high[0];
    for (std::size_t lane = 1; lane < full_lanes; ++lane) {
      lowest = smaller(lowest, low[lane]);
      highest = -smaller(-highest, -high[lane]);
    }
    result.min = static_cast<double>(lowest);
    result.max = static_cast<double>(highest);
    result.zeros = zeros;
    return result;
  }
};

// An addition waits for the one before it; where there are registers enough, every other vector goes to a second set of moments.
#if defined(__AVX512F__)
constexpr bool two_sets = true;
#else
constexpr bool two_sets = false;
#endif

/// For n a multiple of full_lanes. Calls also_see(values) for every Full vector.
template <class T, class AlsoSee>
void add_all(RunningMoments<T>& even, RunningMoments<T>& odd, const T* x, std::size_t n, AlsoSee also_see) {
  typename Vectors<T>::Full values;
  const auto add = [&](RunningMoments<T>& set, std::size_t i) {
    take(values, x + i);
    set.add(x + i, values);
    also_see(values);
  };
  std::size_t i = 0;
  if constexpr (two_sets) {
    for (; i + 2 * full_lanes <= n; i += 2 * full_lanes) {
      add(even, i);
      add(odd, i + full_lanes);
    }
  }
  for (; i < n; i += full_lanes) add(even, i);
}

/// For n a positive multiple of full_lanes and finite values only; otherwise `squares` comes out as NaN or infinite, and nothing here
/// counts. (Not inlined: in a function of its own, g++ keeps everything in registers.)
template <class T>
[[gnu::noinline]] Sums sums_of_finite(const T* x, std::size_t n) {
  RunningMoments<T> even, odd;
  LaneCounts<T> zeros;
  add_all(even, odd, x, n, [&](const auto& values) { zeros.add(values == T(0)); });
  if constexpr (two_sets) even.add(odd);
  return even.total(zeros.total());
}

/// One by one, with what is not finite counted and kept out of the sums.
template <class T>
Sums sums_of_any(const T* x, std::size_t n) {
  Sums result;
  result.min = std::numeric_limits<double>::infinity();
  result.max = -result.min;
  for (std::size_t i = 0; i < n; ++i) {
    const double value = static_cast<double>(x[i]);
    if (value != value) {
      ++result.nans;
    } else if (value - value != 0) {
      ++result.infinities;
    } else {
      result.sum += value;
      result.squares += value * value;
      result.min = smaller(result.min, value);
      result.max = -smaller(-result.max, -value);
      result.zeros += value == 0;
    }
  }
  return result;
}

void add(Sums& total, const Sums& part) {
  total.sum += part.sum;
  total.squares += part.squares;
  total.min = smaller(total.min, part.min);
  total.max = -smaller(-total.max, -part.max);
  total.zeros += part.zeros;
  total.nans += part.nans;
  total.infinities += part.infinities;
}

/// Squares alone: no finite number when not all values are finite.
template <class T>
struct RunningSquares {
  Wide even[2] = {}, odd[2] = {};

  /// For n a multiple of full_lanes. Calls also_see(values) for every Full vector.
  template <class AlsoSee>
  void add_all(const T* x, std::size_t n, AlsoSee also_see) {
    typename Vectors<T>::Full values;
    const auto add = [&](Wide* squares, std::size_t i) {
      const Wide low = wide_at(x + i), high = wide_at(x + i + wide_lanes);
      squares[0] += low * low;
      squares[1] += high * high;
      take(values, x + i);
      also_see(values);
    };
    std::size_t i = 0;
    for (; i + 2 * full_lanes <= n; i += 2 * full_lanes) {
      add(even, i);
      add(odd, i + full_lanes);
    }
    if (i < n) add(even, i);
  }
  double total() const { return sum_of_lanes((even[0] + even[1]) + (odd[0] + odd[1])); }
};

template <class T>
[[gnu::noinline]] double squares_of_finite(const T* x, std::size_t n) {
  RunningSquares<T> squares;
  squares.add_all(x, n, [](const auto&) {});
  return squares.total();
}

/// A block whose squares add up to a finite number holds finite numbers only, so the fast ways are tried first.
template <class T>
Sums sums_of_block(const T* x, std::size_t n, bool only_squares) {
  if (only_squares) {
    Sums alone = sums_of_any(x, 0);
    alone.squares = squares_of_finite(x, n);
    if (alone.squares - alone.squares == 0) return alone;
  }
  const Sums found = sums_of_finite(x, n);
  return found.squares - found.squares == 0 ? found : sums_of_any(x, n);
}

template <class T>
Sums sums(const T* x, std::size_t n, bool only_squares) {
  constexpr std::size_t block = 4096;
  Sums total = sums_of_any(x, 0);
  for (std::size_t begin = 0; begin < n; begin += block) {
    const std::size_t count = smaller(block, n - begin), whole = count / full_lanes * full_lanes;
    if (whole) add(total, sums_of_block(x + begin, whole, only_squares));
    if (whole < count) add(total, sums_of_any(x + begin + whole, count - whole));
  }
  return total;
}

/// How many lie between -threshold and threshold.
template <class T>
std::size_t count_below(const T* x, std::size_t n, T threshold) {
  typename Vectors<T>::Full values;
  const std::size_t whole = n / full_lanes * full_lanes;
  LaneCounts<T> counts;
  for (std::size_t i = 0; i < whole; i += full_lanes) {
    take(values, x + i);
    counts.add((values < threshold) & (values > -threshold));
  }
  std::int64_t count = counts.total();
  for (std::size_t i = whole; i < n; ++i) count += (x[i] < threshold) & (x[i] > -threshold);
  return static_cast<std::size_t>(count);
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
