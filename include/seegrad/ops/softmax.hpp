// Functions of a whole row.
#pragma once
#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

/// e^x_i / sum_j e^x_j over the last dimension, with the row's maximum subtracted first. A row that holds
/// +inf or NaN, or nothing but -inf, becomes NaN, as in PyTorch.
Tensor softmax(const Tensor& x);
/// log(softmax(x)) without leaving the range of the type.
Tensor log_softmax(const Tensor& x);
/// softmax(-x): the smallest number of a row gets the largest share.
Tensor softmin(const Tensor& x);

}  // namespace seegrad
