#include "seegrad/ops/softmax.hpp"

#include "check.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"

namespace seegrad {
namespace {

Tensor row_function(std::string_view op, const Tensor& x, bool logarithm) {
  detail::check_floating(op, x);
  if (x.shape().rank() == 0 || x.shape()[-1] == 0)
    throw Error(fmt::format("{}: needs rows of at least one element, got shape {}", op, x.shape().to_string()));
  Tensor y(x.shape(), x.options());
  const Shape rows{x.count() / x.shape()[-1], x.shape()[-1]};
  x.backend().softmax(detail::with_shape(x.array(), rows), logarithm, detail::with_shape(y.array_to_fill(), rows));
  return y;
}

/// The sum of each row, repeated along it.
Tensor row_sums(const Tensor& x) { return expand(sum(x, -1), x.shape().rank() - 1, x.shape()[-1]); }

}  // namespace

Tensor softmax(const Tensor& x) {
  return record(row_function("softmax", x, false), "softmax", x,
                [](const Tensor& g, const Tensor& y) { return y * (g - row_sums(g * y)); });
}

Tensor log_softmax(const Tensor& x) {
  return record(row_function("log_softmax", x, true), "log_softmax", x,
                [](const Tensor& g, const Tensor& y) { return g - exp(y) * row_sums(g); });
}

Tensor softmin(const Tensor& x) {
  detail::check_floating("softmin", x);
  return softmax(-x);
}

}  // namespace seegrad
