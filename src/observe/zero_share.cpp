#include "seegrad/observe/zero_share.hpp"

#include "seegrad/math/error.hpp"

namespace seegrad::observe {

double zero_share(std::span<const Tensor> tensors) {
  std::int64_t zeros = 0, count = 0;
  for (const Tensor& x : tensors) {
    if (x.count() == 0) continue;
    zeros += x.backend().measure(x.array()).zeros;
    count += x.count();
  }
  if (count == 0) throw Error("zero share: there is no element");
  return static_cast<double>(zeros) / static_cast<double>(count);
}

}  // namespace seegrad::observe
