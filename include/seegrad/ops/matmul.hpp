// Matrix products. Their results are deferred (storage.hpp): computed when somebody reads them, or together with what follows.
#pragma once
#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

struct Transposed {
  bool a = false, b = false;
};

/// op(a) op(b) for matrices; op transposes where asked. Without `transposed.a`, a may have leading dimensions: [..., k] [k, n] -> [..., n].
/// Throws Error with both shapes when the inner sizes differ.
Tensor matmul(const Tensor& a, const Tensor& b, Transposed transposed = {});

/// x W^T + b, the affine map of a layer: x [..., in], W [out, in] as PyTorch keeps it, b [out] or empty -> [..., out].
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace seegrad
