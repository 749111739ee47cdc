// The backend's doors for rows and axes, as launches: reductions, softmax, the loss. Views and meaning are those of tensor/backend.hpp.
#pragma once
#include "backend/cuda/launch.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::cuda {

void reduce(const Launch& launch, ReduceOp op, ConstArray x, Array y);
void softmax(const Launch& launch, ConstArray x, bool logarithm, Array y);
void softmax_slope(const Launch& launch, ConstArray y, ConstArray g, bool logarithm, Array dx);
/// A label that is none of the classes is noted as a fault, and the loss is NaN.
void cross_entropy(const Launch& launch, ConstArray logits, ConstArray labels, Array loss, Array slope);
/// A label that is none of the classes is noted as a fault, and its row does not count.
void count_correct(const Launch& launch, ConstArray logits, ConstArray labels, Array count);

}  // namespace seegrad::cuda
