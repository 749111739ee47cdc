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

/// The slope of a row function at its result y, times g. It is linear in g and, for softmax, its own transpose.
Tensor row_slope(const Tensor& y, const Tensor& g, bool logarithm) {
  const Shape rows{y.count() / y.shape()[-1], y.shape()[-1]};
  Tensor dx(y.shape(), y.options());
  y.backend().softmax_slope(detail::with_shape(y.array(), rows), detail::with_shape(g.array(), rows), logarithm,
                            detail::with_shape(dx.array_to_fill(), rows));
  if (logarithm) {
    return record(
        std::move(dx), "log_softmax slope", y, [=](const Tensor& u, const Tensor&) { return -(u * exp(y) * row_sums(g)); }, g,
        [=](const Tensor& u, const Tensor&) { return u - row_sums(u * exp(y)); });
  }
  return record(
      std::move(dx), "softmax slope", y, [=](const Tensor& u, const Tensor&) { return u * (g - row_sums(g * y)) - g * row_sums(u * y); }, g,
      [=](const Tensor& u, const Tensor&) { return row_slope(y, u, false); });
}

}  // namespace

Tensor softmax(const Tensor& x) {
  return record(row_function("softmax", x, false), "softmax", x, [](const Tensor& g, const Tensor& y) { return row_slope(y, g, false); });
}

Tensor log_softmax(const Tensor& x) {
  return record(row_function("log_softmax", x, true), "log_softmax", x,
                [](const Tensor& g, const Tensor& y) { return row_slope(y, g, true); });
}

Tensor softmin(const Tensor& x) {
  detail::check_floating("softmin", x);
  return softmax(-x);
}

}  // namespace seegrad
