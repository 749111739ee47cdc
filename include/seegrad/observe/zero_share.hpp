// How much of what was computed is exactly 0: gradients that a step lets nothing through to, activations of ReLU, weights after pruning.
#pragma once
#include <span>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad::observe {

/// The share of the elements of all these tensors together, of any float type, that are 0 or -0. NaN is not 0. Throws Error when there is
/// no element.
double zero_share(std::span<const Tensor> tensors);

}  // namespace seegrad::observe
