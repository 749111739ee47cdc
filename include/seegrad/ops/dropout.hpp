#pragma once
#include <cstdint>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

/// Inverted dropout (Srivastava et al. 2014): sets elements to 0 with probability p and divides the others by 1 - p. Element i of
/// stream `stream` is decided by (seed, stream, i) alone, so a run repeats exactly. Throws Error unless 0 <= p < 1.
Tensor dropout(const Tensor& x, double p, std::uint64_t seed, std::uint64_t stream);

}  // namespace seegrad
