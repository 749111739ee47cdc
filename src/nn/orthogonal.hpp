// Random matrices with orthonormal rows or columns.
#pragma once
#include <span>

#include "seegrad/math/random.hpp"
#include "seegrad/nn/init.hpp"

namespace seegrad::nn::detail {

/// Fills a row-major [out, in] matrix with gain * Q: orthonormal rows when out <= in, else orthonormal columns.
void fill_orthogonal(std::span<double> matrix, LayerSize size, double gain, Random& random);

}  // namespace seegrad::nn::detail
