// Bins for numbers whose size nobody knows in advance: two an octave, on both sides of zero. A gradient that shrinks by a factor
// a layer moves by a fixed number of bins a layer, and one pass is enough, because the bins do not depend on the numbers.
//
// From 0 outwards on either side: [2^k, 1.5 2^k), [1.5 2^k, 2^(k+1)) for k = -40 ... 23. What is smaller and not zero counts into
// the innermost bin, what is larger (infinity too) into the outermost; zero has a bin of its own in the middle, NaN has none.
#pragma once

#include <cstdint>

#include "seegrad/math/scalar.hpp"

namespace seegrad {

inline constexpr int histogram_lowest_octave = -40, histogram_octaves = 64, histogram_side = 2 * histogram_octaves;
inline constexpr int histogram_bins = 2 * histogram_side + 1;

/// The bin of x: 0 holds the most negative numbers, histogram_side the zeros; -1 for NaN. Pure integer work on the bits of x.
SEEGRAD_HD int histogram_bin(double x) {
  if (x != x) return -1;
  if (x == 0) return histogram_side;
  const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, x);
  const int exponent_and_half = static_cast<int>(bits >> 51 & 0xFFF);  // twice the exponent, and the first bit of the mantissa
  const int place = exponent_and_half - 2 * (1023 + histogram_lowest_octave);
  const int within = place < 0 ? 0 : place >= histogram_side ? histogram_side - 1 : place;
  return x > 0 ? histogram_side + 1 + within : histogram_side - 1 - within;
}

/// The smallest magnitude that belongs to the bins at this distance from the middle (1 is the innermost).
inline double histogram_edge(int distance) {
  const int place = distance - 1, octave = histogram_lowest_octave + place / 2;
  return std::ldexp(place % 2 ? 1.5 : 1.0, octave);
}

}  // namespace seegrad
