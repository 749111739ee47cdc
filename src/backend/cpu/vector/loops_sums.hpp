// Sums, squares, extremes and counts of an array in one pass.
#pragma once
#include <limits>

#include "array_kernels.hpp"
#include "loops_common.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

// Sums in double, so a step takes as many elements as a register holds doubles: vectors of the compiler's own kind.
#if defined(__AVX512F__)
constexpr std::size_t wide_bytes = 64;
#elif defined(__AVX__)
constexpr std::size_t wide_bytes = 32;
#else
constexpr std::size_t wide_bytes = 16;
#endif
constexpr std::size_t wide_lanes = wide_bytes / sizeof(double);
typedef double Wide __attribute__((vector_size(wide_bytes)));

/// As many elements as Wide has (`Half`), and twice as many (`Full`).
template <class T>
struct Vectors;
template <>
struct Vectors<float> {
  typedef float Half __attribute__((vector_size(wide_bytes / 2)));
  typedef float Full __attribute__((vector_size(wide_bytes)));
};
template <>
struct Vectors<double> {
  typedef double Half __attribute__((vector_size(wide_bytes)));
  typedef double Full __attribute__((vector_size(wide_bytes * 2)));
};

/// For n a positive multiple of 2 * wide_lanes and finite values only; otherwise `squares` comes out as NaN or infinite, and nothing
/// here counts.
template <class T>
Sums sums_of_finite(const T* x, std::size_t n) {
  using Full = typename Vectors<T>::Full;
  Full low, high;
  __builtin_memcpy(&low, x, sizeof low);
  high = low;
  decltype(low == low) zeros{};
  Wide sum[2] = {}, squares[2] = {};
  for (std::size_t i = 0; i < n; i += 2 * wide_lanes) {
    Full values;
    __builtin_memcpy(&values, x + i, sizeof values);
    low = values < low ? values : low;
    high = values > high ? values : high;
    zeros -= values == T(0);
    for (std::size_t half = 0; half < 2; ++half) {  // two chains of additions, so that one need not wait for itself
      typename Vectors<T>::Half part;
      __builtin_memcpy(&part, x + i + half * wide_lanes, sizeof part);
      const Wide wide = __builtin_convertvector(part, Wide);
      sum[half] += wide;
      squares[half] += wide * wide;
    }
  }
  Sums result;
  result.min = static_cast<double>(x[0]);
  result.max = static_cast<double>(x[0]);
  for (std::size_t lane = 0; lane < 2 * wide_lanes; ++lane) {
    result.zeros += zeros[lane];
    result.min = smaller(result.min, static_cast<double>(low[lane]));
    result.max = -smaller(-result.max, -static_cast<double>(high[lane]));
  }
  for (std::size_t lane = 0; lane < wide_lanes; ++lane) {
    result.sum += sum[0][lane] + sum[1][lane];
    result.squares += squares[0][lane] + squares[1][lane];
  }
  return result;
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
  constexpr std::size_t block = 1024;
  Sums total = sums_of_any(x, 0);
  for (std::size_t begin = 0; begin < n; begin += block) {
    const std::size_t count = smaller(block, n - begin), whole = count / (2 * wide_lanes) * (2 * wide_lanes);
    Sums part = whole ? sums_of_finite(x + begin, whole) : sums_of_any(x, 0);
    if (part.squares - part.squares != 0) part = sums_of_any(x + begin, whole);
    add(total, part);
    add(total, sums_of_any(x + begin + whole, count - whole));
  }
  return total;
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
