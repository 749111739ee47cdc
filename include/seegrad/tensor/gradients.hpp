// The walk back along the tape.
#pragma once
#include <span>
#include <vector>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

struct GradientOptions {
  /// Record the walk itself, so that the gradients can be differentiated again.
  bool differentiable = false;
};

/// dLoss/dParameter for each parameter, by reverse accumulation. Pure: nothing is stored on the tensors.
/// `loss` has one element. A parameter that the loss does not depend on has gradient zero. Gradients may share memory with each
/// other and with the tape: they are to be read, not changed in place.
/// The tape holds handles, not copies: change a parameter in place after the walk, not between an op that used it and the walk.
/// Throws Error, naming the op, when that was done, and when the loss has more than one element or depends on nothing that requires
/// a gradient.
std::vector<Tensor> gradients(const Tensor& loss, std::span<const Tensor> parameters, GradientOptions options = {});
std::vector<Tensor> gradients(const Tensor& loss, std::initializer_list<Tensor> parameters, GradientOptions options = {});

}  // namespace seegrad
