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

  void add(const Counts& where) { counts = where ? counts + 1 : counts; }
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
  Full low, high;

  /// From a value that takes part.
  explicit RunningMoments(T value) : low(Full{} + value), high(low) {}

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

/// For n a positive multiple of full_lanes and finite values only; otherwise `squares` comes out as NaN or infinite, and nothing here
/// counts.
template <class T>
Sums sums_of_finite(const T* x, std::size_t n) {
  typename Vectors<T>::Full values;
  RunningMoments<T> even(x[0]), odd(x[0]);  // two, so that an addition need not wait for the one before it
  LaneCounts<T> zeros, odd_zeros;
  const std::size_t pairs = n / (2 * full_lanes) * (2 * full_lanes);
  const auto add = [&](RunningMoments<T>& moments, LaneCounts<T>& counts, std::size_t i) {
    take(values, x + i);
    moments.add(x + i, values);
    counts.add(values == T(0));
  };
  for (std::size_t i = 0; i < pairs; i += 2 * full_lanes) {
    add(even, zeros, i);
    add(odd, odd_zeros, i + full_lanes);
  }
  if (pairs < n) add(even, zeros, pairs);
  even.add(odd);
  return even.total(zeros.total() + odd_zeros.total());
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

/// A block whose squares add up to a finite number holds finite numbers only, so the fast way is tried first.
template <class T>
Sums sums(const T* x, std::size_t n) {
  constexpr std::size_t block = 4096;
  Sums total = sums_of_any(x, 0);
  for (std::size_t begin = 0; begin < n; begin += block) {
    const std::size_t count = smaller(block, n - begin), whole = count / full_lanes * full_lanes;
    Sums part = whole ? sums_of_finite(x + begin, whole) : total;
    if (whole && part.squares - part.squares != 0) part = sums_of_any(x + begin, whole);
    if (whole) add(total, part);
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

/// Sums and signs of rows that are whole vectors, in one pass; the sums as from sums_of_finite().
template <class T>
Sums sums_of_finite_rows(const T* x, std::size_t rows, std::size_t columns, SignAgreement& signs) {
  typename Vectors<T>::Full values;
  RunningMoments<T> moments(x[0]);
  std::int64_t with_sign = 0;
  for (std::size_t row = 0; row < rows; ++row, x += columns) {
    LaneCounts<T> positive, negative;
    for (std::size_t i = 0; i < columns; i += full_lanes) {
      take(values, x + i);
      moments.add(x + i, values);
      positive.add(values > T(0));
      negative.add(values < T(0));
    }
    const std::int64_t above = positive.total(), below = negative.total();
    add_row(signs, static_cast<double>(above), static_cast<double>(below));
    with_sign += above + below;
  }
  return moments.total(static_cast<std::int64_t>(rows * columns) - with_sign);
}

template <class T>
Sums sums_of_rows(const T* x, std::size_t rows, std::size_t columns, SignAgreement& signs) {
  signs = {};
  const std::size_t n = rows * columns;
  if (n > 0 && columns % full_lanes == 0) {
    const Sums found = sums_of_finite_rows(x, rows, columns, signs);
    return found.squares - found.squares == 0 ? found : sums(x, n);
  }
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t positive = 0, negative = 0;
    count_signs(x + row * columns, columns, positive, negative);
    add_row(signs, static_cast<double>(positive), static_cast<double>(negative));
  }
  return sums(x, n);
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
