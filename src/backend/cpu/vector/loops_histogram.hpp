// Counting numbers into the bins of math/histogram_bin.hpp.
#pragma once
#include <cstdint>
#include <limits>

#include "array_kernels.hpp"
#include "loops_common.hpp"
#include "seegrad/math/histogram_bin.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

template <class T>
struct Bits;
template <>
struct Bits<float> {
  using Type = std::uint32_t;
};
template <>
struct Bits<double> {
  using Type = std::uint64_t;
};

constexpr std::int32_t no_bin = histogram_bins;  // where NaN goes, behind the bins

/// histogram_bin() without branches and on the number's own bits, which serve as well as those of the double: widening keeps the octave
/// and the first bit of the mantissa, and a float that is denormal lies below the innermost bin's edge.
template <class T>
std::int32_t bin_of(T x) {
  using Type = typename Bits<T>::Type;
  constexpr int mantissa_bits = std::numeric_limits<T>::digits - 1;
  constexpr Type all_but_sign = std::numeric_limits<Type>::max() >> 1;
  constexpr auto lowest = 2 * (std::numeric_limits<T>::max_exponent - 1 + histogram_lowest_octave);
  Type bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  const Type magnitude = bits & all_but_sign;
  const std::int32_t place = static_cast<std::int32_t>(magnitude >> (mantissa_bits - 1)) - lowest;
  const std::int32_t within = place < 0 ? 0 : place >= histogram_side ? histogram_side - 1 : place;
  const std::int32_t with_sign = bits == magnitude ? histogram_side + 1 + within : histogram_side - 1 - within;
  const std::int32_t bin = magnitude == 0 ? histogram_side : with_sign;
  return x == x ? bin : no_bin;
}

/// The bins of a block first, which is a loop over vectors; then the counting, in several tables, because neighbours often share a bin
/// and an addition would wait for the one before it.
template <class T>
void add_to_histogram(const T* x, std::size_t n, std::int32_t* bins) {
  constexpr std::size_t block = 256, tables = 4;
  std::int32_t counts[tables][histogram_bins + 1] = {};
  std::int32_t bin[block];
  for (std::size_t begin = 0; begin < n; begin += block) {
    const std::size_t count = smaller(block, n - begin);
    for (std::size_t i = 0; i < count; ++i) bin[i] = bin_of(x[begin + i]);
    for (std::size_t i = count; i % tables != 0; ++i) bin[i] = no_bin;
    for (std::size_t i = 0; i < count; i += tables) {
      for (std::size_t table = 0; table < tables; ++table) ++counts[table][bin[i + table]];
    }
  }
  for (std::size_t i = 0; i < histogram_bins; ++i) bins[i] += counts[0][i] + counts[1][i] + counts[2][i] + counts[3][i];
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
