#pragma once
#include <cstdint>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

/// Numbers drawn uniformly from [lower, upper]. Element i of stream `stream` is decided by (seed, stream, i) alone, on every device.
/// Throws Error unless lower <= upper and both are finite.
Tensor uniform(const Shape& shape, double lower, double upper, std::uint64_t seed, std::uint64_t stream, TensorOptions options = {});

}  // namespace seegrad
