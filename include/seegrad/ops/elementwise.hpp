// One op for every formula: activations, exp, log, powers, and all their derivatives.
#pragma once
#include <span>

#include "seegrad/activation/activation.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

/// f(x), element by element. `learned` holds a tensor for each parameter of f (or nothing, when none is learned): one value, or one
/// for each element of x's last dimension. Gradients flow to x and to the learned parameters. A parameter that needs no gradient may
/// also have a value for each element of x: one that was drawn at random.
Tensor activate(const Activation& f, const Tensor& x, std::span<const Tensor> learned = {});

/// scale * D f(x): a derivative of f with respect to x or a parameter, times `scale` when there is one. This op is its own
/// gradient rule: differentiating D f gives the next derivative. Throws Error beyond the second one.
Tensor apply_formula(const Activation& f, const Tensor& x, std::span<const Tensor> learned, Derivative derivative,
                     const Tensor& scale = {});

Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor abs(const Tensor& x);
/// x to a constant power.
Tensor pow(const Tensor& x, double exponent);

}  // namespace seegrad
