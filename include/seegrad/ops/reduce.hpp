// Sums, means and maxima: over everything, or along one axis, which is then gone from the shape.
#pragma once
#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

Tensor sum(const Tensor& x);
Tensor sum(const Tensor& x, int axis);
/// Throws Error for a mean over no elements.
Tensor mean(const Tensor& x);
Tensor mean(const Tensor& x, int axis);
/// Equal maxima share the gradient equally. NaN wins. Throws Error for a maximum over no elements.
Tensor max(const Tensor& x);
Tensor max(const Tensor& x, int axis);

}  // namespace seegrad
