// Activations that look at more than one number at a time, so that a row comes out narrower or wider than it went in. All of
// them work on the last dimension, and blocks of columns belong together: x = [a, b] for two halves, [x_0, ..., x_k-1] for k.
#pragma once
#include <cstdint>
#include <span>

#include "seegrad/activation/activation.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

/// a g(b) for the two halves a, b of each row: [..., 2n] -> [..., n], the order of torch.nn.functional.glu. `learned` as for
/// activate(g, b, learned). Throws Error for an odd number of columns. Dauphin et al. 2017, arXiv:1612.08083 (g = sigmoid);
/// Shazeer 2020, arXiv:2002.05202 (g = relu, gelu, silu, identity).
Tensor gated(const Activation& g, const Tensor& x, std::span<const Tensor> learned = {});

/// The largest of k numbers: [..., k n] -> [..., n], y_u = max_j x_(j n + u), so the k pieces of a unit are n columns apart. Of
/// equal ones the first gets all of the gradient, as with torch.max along a dimension. NaN wins. Throws Error unless k >= 1 divides
/// the number of columns. Goodfellow et al. 2013, arXiv:1302.4389.
Tensor maxout(const Tensor& x, std::int64_t k);

/// [relu(x), relu(-x)]: [..., n] -> [..., 2n]. Shang et al. 2016, arXiv:1603.05201.
Tensor crelu(const Tensor& x);

}  // namespace seegrad
