// Arithmetic, element by element.
//
// Two tensors go together when one's shape is a suffix of the other's (the smaller repeats over the leading dimensions, as a bias
// does over the rows of a batch) or has one element. Throws Error, naming the op and both shapes, when they do not.
#pragma once
#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);

Tensor operator+(const Tensor& a, double b);
Tensor operator-(const Tensor& a, double b);
Tensor operator*(const Tensor& a, double b);
Tensor operator/(const Tensor& a, double b);
Tensor operator+(double a, const Tensor& b);
Tensor operator-(double a, const Tensor& b);
Tensor operator*(double a, const Tensor& b);
Tensor operator/(double a, const Tensor& b);
Tensor operator-(const Tensor& x);

/// 1 where a and b are equal, else 0. Has no gradient.
Tensor equal(const Tensor& a, const Tensor& b);

/// Sums x over the leading dimensions over which a tensor of `shape` would repeat: the gradient of broadcasting.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace seegrad
