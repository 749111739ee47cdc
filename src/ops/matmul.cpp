#include "seegrad/ops/matmul.hpp"

#include "check.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/shape.hpp"

namespace seegrad {
namespace {

/// All dimensions but the last as one: the rows of a batch.
Tensor as_matrix(const Tensor& x) {
  const std::int64_t columns = x.shape()[-1];
  return reshape(x, {x.shape().count(0, x.shape().rank() - 1), columns});
}

/// The product of two matrices, left to be computed later; its shape is [rows, columns].
Tensor deferred_product(const Tensor& a, const Tensor& b, Transposed transposed, const Tensor& bias = {}) {
  Tensor y({a.shape()[transposed.a ? 1 : 0], b.shape()[transposed.b ? 0 : 1]}, a.options());
  DeferredProduct product{a.buffer(), b.buffer(), bias ? bias.buffer() : Buffer{}, transposed.a, transposed.b};
  y.buffer().storage->defer(std::move(product), y.buffer());
  return y;
}

void check_matrix(std::string_view op, const Tensor& x) {
  if (x.shape().rank() != 2) throw Error(fmt::format("{}: needs a matrix, got shape {}", op, x.shape().to_string()));
}

Tensor matrix_product(const Tensor& a, const Tensor& b, Transposed t) {
  check_matrix("matmul", a);
  const std::int64_t inner_a = a.shape()[t.a ? 0 : 1], inner_b = b.shape()[t.b ? 1 : 0];
  if (inner_a != inner_b) {
    throw Error(fmt::format("matmul: {}{} times {}{}: inner sizes {} and {} differ", a.shape().to_string(), t.a ? " transposed" : "",
                            b.shape().to_string(), t.b ? " transposed" : "", inner_a, inner_b));
  }
  return record(
      deferred_product(a, b, t), "matmul", a,
      [=](const Tensor& g, const Tensor&) {
        return t.a ? matmul(b, g, {t.b, true}) : matmul(g, b, {false, !t.b});
      },
      b,
      [=](const Tensor& g, const Tensor&) {
        return t.b ? matmul(g, a, {true, t.a}) : matmul(a, g, {!t.a, false});
      });
}

Tensor affine(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return record(
      deferred_product(x, weight, {false, true}, bias), "linear", x, [=](const Tensor& g, const Tensor&) { return matmul(g, weight); },
      weight,
      [=](const Tensor& g, const Tensor&) {
        return matmul(g, x, {true, false});
      },
      bias, [=](const Tensor& g, const Tensor&) { return sum_to(g, bias.shape()); });
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, Transposed transposed) {
  detail::check_together("matmul", a, b);
  check_matrix("matmul", b);
  if (a.shape().rank() == 2 || transposed.a) return matrix_product(a, b, transposed);
  if (a.shape().rank() == 0) throw Error("matmul: the first input is a scalar; use *");
  const Tensor y = matrix_product(as_matrix(a), b, transposed);
  return reshape(y, a.shape().without(-1).with(-1, y.shape()[1]));
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  detail::check_together("linear", x, weight);
  check_matrix("linear", weight);
  if (x.shape().rank() == 0 || x.shape()[-1] != weight.shape()[1]) {
    throw Error(fmt::format("linear: input {} does not fit weight {} ([out, in])", x.shape().to_string(), weight.shape().to_string()));
  }
  if (bias) {
    detail::check_together("linear", x, bias);
    if (!(bias.shape() == Shape{weight.shape()[0]})) {
      throw Error(fmt::format("linear: bias {} does not fit weight {} ([out, in])", bias.shape().to_string(), weight.shape().to_string()));
    }
  }
  if (x.shape().rank() == 2) return affine(x, weight, bias);
  return reshape(affine(as_matrix(x), weight, bias), x.shape().without(-1).with(-1, weight.shape()[0]));
}

}  // namespace seegrad
