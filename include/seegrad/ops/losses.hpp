// Loss functions and penalties. Losses are means over the rows of a batch.
#pragma once
#include <cstdint>
#include <span>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

/// Mean of -log softmax(logits)[label]: logits [batch, classes], labels int32 [batch]. Softmax and logarithm are one function, so a
/// confident mistake costs its logit and not infinity. Throws Error for a label outside 0..classes-1, naming row and label.
Tensor cross_entropy(const Tensor& logits, const Tensor& labels);
/// Binary cross-entropy of sigmoid(logits) with targets in [0, 1], mean over all elements: softplus(x) - x t.
Tensor bce_with_logits(const Tensor& logits, const Tensor& targets);
/// Mean squared error over all elements.
Tensor mse(const Tensor& prediction, const Tensor& target);

/// strength * sum |w|, and strength * sum w^2, over all given tensors.
Tensor l1_penalty(std::span<const Tensor> parameters, double strength);
Tensor l2_penalty(std::span<const Tensor> parameters, double strength);

/// How many rows have their largest logit at the label, as a float64 scalar; a row with NaN is wrong.
Tensor count_correct(const Tensor& logits, const Tensor& labels);

}  // namespace seegrad
