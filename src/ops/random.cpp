#include "seegrad/ops/random.hpp"

#include <cmath>

#include "check.hpp"

namespace seegrad {

Tensor uniform(const Shape& shape, double lower, double upper, std::uint64_t seed, std::uint64_t stream, TensorOptions options) {
  if (!std::isfinite(lower) || !std::isfinite(upper) || lower > upper)
    throw Error(fmt::format("uniform: [{}, {}] is not an interval of finite numbers", lower, upper));
  Tensor y(shape, options);
  detail::check_floating("uniform", y);
  y.backend().fill_uniform(y.array_to_fill(), lower, upper, seed, stream);
  return y;
}

}  // namespace seegrad
