#include "seegrad/ops/dropout.hpp"

#include "check.hpp"
#include "seegrad/ops/arithmetic.hpp"

namespace seegrad {

Tensor dropout(const Tensor& x, double p, std::uint64_t seed, std::uint64_t stream) {
  detail::check_floating("dropout", x);
  if (!(p >= 0 && p < 1)) throw Error(fmt::format("dropout: probability {} is not in [0, 1)", p));
  if (p == 0) return x;
  Tensor mask(x.shape(), x.options());
  x.backend().dropout_mask(mask.array_to_fill(), 1 - p, seed, stream);
  return x * mask;
}

}  // namespace seegrad
