// Gradient clipping: the remedy for steps that are too long.
#pragma once
#include <span>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad::optim {

/// The length of all gradients as one vector. NaN when any is NaN, else infinity when any is infinite: it is never hidden.
double gradient_norm(std::span<const Tensor> gradients);

struct NormClip {
  double norm = 0;   ///< before clipping
  double scale = 1;  ///< for Optimizer::step; nothing is multiplied before
};

/// scale = max_norm / norm where the norm is larger, else 1 (Pascanu et al. 2013, algorithm 1). When the norm is NaN or infinite no scale
/// could help: it stays 1, the numbers go where they go, and `norm` says so. Throws UsageError unless max_norm is positive.
NormClip clip_by_norm(std::span<const Tensor> gradients, double max_norm);

/// Moves every element into [-limit, limit], in place; NaN stays NaN. Throws UsageError unless limit is positive.
void clip_by_value(std::span<Tensor> gradients, double limit);

}  // namespace seegrad::optim
