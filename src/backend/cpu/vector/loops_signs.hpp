// How much the signs of each row of an array agree, in one pass with its sums.
#pragma once
#include "array_kernels.hpp"
#include "loops_sums.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

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

/// Counts a row's numbers above and below zero.
template <class T>
struct RowSigns {
  std::int64_t above = 0, below = 0;
#if defined(__AVX512F__)  // comparisons give masks, whose bits are counted beside the vectors' work
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
#else
  LaneCounts<T> positive, negative;
  void add(const typename Vectors<T>::Full& values) {
    positive.add(values > T(0));
    negative.add(values < T(0));
  }
  void end() { above = positive.total(), below = negative.total(); }
#endif
};

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

/// The squares of such rows alone, and their signs.
template <class T>
[[gnu::noinline]] double squares_of_finite_rows(const T* x, std::size_t rows, std::size_t columns, SignAgreement& signs) {
  RunningSquares<T> squares;
  for (std::size_t row = 0; row < rows; ++row) {
    RowSigns<T> found;
    squares.add_all(x + row * columns, columns, [&](const auto& values) { found.add(values); });
    add_row(signs, found);
  }
  return squares.total();
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

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
