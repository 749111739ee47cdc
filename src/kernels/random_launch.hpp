// Chooses how the kernels of random.hpp run; thresholds and steps are computed here, in the CPU backend's arithmetic.
#pragma once
#include <cmath>

#include "kernels/random.hpp"
#include "kernels/site.hpp"

namespace seegrad::kernels {

template <class T, class Number>
Status launch_from_words(const Site& site, T* y, std::int64_t n, std::uint64_t seed, std::uint64_t stream, Number number) {
  if (n == 0) return success;
  return launch(fill_from_words<T, Number>, dim3(blocks_for(site, quotient_up(n, 4))), dim3(block_threads), 0, site.stream, y, n, seed,
                stream, number, aligned_for_packets(y));
}

/// y = 1/keep with probability keep, else 0.
template <class T>
Status launch_dropout_mask(const Site& site, T* y, std::int64_t n, double keep, std::uint64_t seed, std::uint64_t stream) {
  const auto threshold = static_cast<std::uint64_t>(std::llround(keep * 4294967296.0));
  return launch_from_words(site, y, n, seed, stream, KeepBelow<T>{threshold, static_cast<T>(1 / keep)});
}

/// y uniform between the bounds.
template <class T>
Status launch_fill_uniform(const Site& site, T* y, std::int64_t n, double lower, double upper, std::uint64_t seed, std::uint64_t stream) {
  return launch_from_words(site, y, n, seed, stream, Between<T>{lower, (upper - lower) * 0x1p-32});
}

}  // namespace seegrad::kernels
