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
  std::int64_t total() const {
    std::remove_cvref_t<decltype(counts[0])> lane[full_lanes], sum = 0;
    __builtin_memcpy(lane, &counts, sizeof lane);
    for (std::size_t i = 0; i < full_lanes; ++i) sum += lane[i];
    return sum;
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

/// Squares alone, for n a multiple of full_lanes, added up in T over a chunk at a time; NaN when T could not hold them, which is so when
/// not all values are finite. Calls also_see(values) for every Full vector.
template <class T, class AlsoSee>
double short_squares(const T* x, std::size_t n, AlsoSee also_see) {
  constexpr std::size_t chunk = 1024;
  typename Vectors<T>::Full values;
  double total = 0;
  bool trusted = true;
  for (std::size_t begin = 0; begin < n; begin += chunk) {
    const std::size_t end = smaller(begin + chunk, n);
    ShortSquares<T> even, odd;
    const auto add = [&](ShortSquares<T>& set, std::size_t i) {
      take(values, x + i);
      set.add(values);
      also_see(values);
    };
    std::size_t i = begin;
    for (; i + 2 * full_lanes <= end; i += 2 * full_lanes) {
      add(even, i);
      add(odd, i + full_lanes);
    }
    if (i < end) add(even, i);
    const double found = even.total() + odd.total();
    trusted = trusted && is_trusted<T>(found);
    total += found;
  }
  return trusted ? total : std::numeric_limits<double>::quiet_NaN();
}

template <class T>
[[gnu::noinline]] double squares_of_finite(const T* x, std::size_t n) {
  return short_squares(x, n, [](const auto&) {});
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

// ---- how much the signs of a row agree ---------------------------------------------------------------------------------

/// How many are above and below zero; neither are zeros and NaN.
template <class T>
void count_signs(const T* x, std::size_t n, std::size_t& positive, std::size_t& negative) {
  std::int32_t above = 0, below = 0;
  for (std::size_t i = 0; i < n; ++i) {
    above += x[i] > T(0);
    below += x[i] < T(0);
  }
  positive = static_cast<std::size_t>(above);
  negative = static_cast<std::size_t>(below);
}

inline void add_row(SignAgreement& signs, double positive, double negative) {
  if (positive + negative == 0) return;
  const double difference = positive < negative ? negative - positive : positive - negative;
  signs.coherence += difference / (positive + negative);
  ++signs.rows;
}

/// Counts a row's numbers above and below zero. A row has few vectors: adding up lanes at its end would take as long as the row.
#if defined(__AVX512F__)
template <class T>
struct RowSigns {
  std::int64_t above = 0, below = 0;

  void add(const typename Vectors<T>::Full& values) {
    if constexpr (sizeof(T) == 4) {
      above += __builtin_popcount(_mm512_cmp_ps_mask(__m512(values), __m512{}, _CMP_GT_OQ));
      below += __builtin_popcount(_mm512_cmp_ps_mask(__m512(values), __m512{}, _CMP_LT_OQ));
    } else {
      __m512d halves[2];
      __builtin_memcpy(halves, &values, sizeof values);
      for (const __m512d& half : halves) {
        above += __builtin_popcount(_mm512_cmp_pd_mask(half, __m512d{}, _CMP_GT_OQ));
        below += __builtin_popcount(_mm512_cmp_pd_mask(half, __m512d{}, _CMP_LT_OQ));
      }
    }
  }
  void end() {}
};
#else
template <class T>
struct RowSigns {
  std::int64_t above = 0, below = 0;
  LaneCounts<T> positive, negative;

  void add(const typename Vectors<T>::Full& values) {
    positive.add(values > T(0));
    negative.add(values < T(0));
  }
  void end() { above = positive.total(), below = negative.total(); }
};
#endif

/// Ends a row; how many numbers had a sign.
template <class T>
std::int64_t add_row(SignAgreement& signs, RowSigns<T>& found) {
  found.end();
  add_row(signs, static_cast<double>(found.above), static_cast<double>(found.below));
  return found.above + found.below;
}

/// Sums and signs of rows that are whole vectors, in one pass; the sums as from sums_of_finite().
template <class T>
[[gnu::noinline]] Sums sums_of_finite_rows(const T* x, std::size_t rows, std::size_t columns, SignAgreement& signs) {
  RunningMoments<T> even, odd;
  std::int64_t with_sign = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    RowSigns<T> found;
    add_all(even, odd, x + row * columns, columns, [&](const auto& values) { found.add(values); });
    with_sign += add_row(signs, found);
  }
  if constexpr (two_sets) even.add(odd);
  return even.total(static_cast<std::int64_t>(rows * columns) - with_sign);
}

/// The squares of such rows alone, and their signs; NaN as from short_squares().
template <class T>
[[gnu::noinline]] double squares_of_finite_rows(const T* x, std::size_t rows, std::size_t columns, SignAgreement& signs) {
  double squares = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    RowSigns<T> found;
    squares += short_squares(x + row * columns, columns, [&](const auto& values) { found.add(values); });
    add_row(signs, found);
  }
  return squares;
}

template <class T>
Sums sums_of_rows(const T* x, std::size_t rows, std::size_t columns, SignAgreement& signs, bool only_squares) {
  signs = {};
  const std::size_t n = rows * columns;
  if (n > 0 && columns % full_lanes == 0) {
    Sums found = sums_of_any(x, 0);
    if (only_squares)
      found.squares = squares_of_finite_rows(x, rows, columns, signs);
    else
      found = sums_of_finite_rows(x, rows, columns, signs);
    return found.squares - found.squares == 0 ? found : sums(x, n, only_squares);
  }
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t positive = 0, negative = 0;
    count_signs(x + row * columns, columns, positive, negative);
    add_row(signs, static_cast<double>(positive), static_cast<double>(negative));
  }
  return sums(x, n, only_squares);
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
