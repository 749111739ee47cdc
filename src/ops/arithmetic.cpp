#include "seegrad/ops/arithmetic.hpp"

#include "check.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"

namespace seegrad {
namespace {

Tensor binary(BinaryOp op, std::string_view name, const Tensor& a, const Tensor& b) {
  detail::check_together(name, a, b);
  const bool b_repeats = b.shape().is_suffix_of(a.shape()) || b.count() == 1;
  const bool a_repeats = a.shape().is_suffix_of(b.shape()) || a.count() == 1;
  if (!a_repeats && !b_repeats) {
    throw Error(fmt::format("{}: shapes {} and {} do not go together (one must end in the other)", name, a.shape().to_string(),
                            b.shape().to_string()));
  }
  // Not the one with more elements: an empty batch is the larger one beside a bias.
  const bool like_a = b_repeats && (!a_repeats || a.shape().rank() >= b.shape().rank());
  Tensor y(like_a ? a.shape() : b.shape(), a.options());
  a.backend().binary(op, a.array(), b.array(), y.array_to_fill());
  return y;
}

Tensor like(double value, const Tensor& x) {
  detail::check_floating("arithmetic", x);
  return Tensor::scalar(value, x.options());
}

}  // namespace

Tensor operator+(const Tensor& a, const Tensor& b) {
  return record(
      binary(BinaryOp::add, "add", a, b), "add",                                    //
      a, [s = a.shape()](const Tensor& g, const Tensor&) { return sum_to(g, s); },  //
      b, [s = b.shape()](const Tensor& g, const Tensor&) { return sum_to(g, s); });
}

Tensor operator-(const Tensor& a, const Tensor& b) {
  return record(
      binary(BinaryOp::subtract, "subtract", a, b), "subtract",                     //
      a, [s = a.shape()](const Tensor& g, const Tensor&) { return sum_to(g, s); },  //
      b, [s = b.shape()](const Tensor& g, const Tensor&) { return -sum_to(g, s); });
}

Tensor operator*(const Tensor& a, const Tensor& b) {
  return record(
      binary(BinaryOp::multiply, "multiply", a, b), "multiply",                     //
      a, [=](const Tensor& g, const Tensor&) { return sum_to(g * b, a.shape()); },  //
      b, [=](const Tensor& g, const Tensor&) { return sum_to(g * a, b.shape()); });
}

Tensor operator/(const Tensor& a, const Tensor& b) {
  return record(
      binary(BinaryOp::divide, "divide", a, b), "divide",                           //
      a, [=](const Tensor& g, const Tensor&) { return sum_to(g / b, a.shape()); },  //
      b, [=](const Tensor& g, const Tensor& y) { return sum_to(-(g * y) / b, b.shape()); });
}

Tensor operator+(const Tensor& a, double b) { return a + like(b, a); }
Tensor operator-(const Tensor& a, double b) { return a - like(b, a); }
Tensor operator*(const Tensor& a, double b) { return a * like(b, a); }
Tensor operator/(const Tensor& a, double b) { return a / like(b, a); }
Tensor operator+(double a, const Tensor& b) { return like(a, b) + b; }
Tensor operator-(double a, const Tensor& b) { return like(a, b) - b; }
Tensor operator*(double a, const Tensor& b) { return like(a, b) * b; }
Tensor operator/(double a, const Tensor& b) { return like(a, b) / b; }
Tensor operator-(const Tensor& x) { return x * -1.0; }

Tensor equal(const Tensor& a, const Tensor& b) { return binary(BinaryOp::equal, "equal", a, b); }

Tensor sum_to(const Tensor& x, const Shape& shape) {
  detail::check_floating("sum_to", x);
  if (x.shape() == shape) return x;
  const std::int64_t inner = shape.count();
  if (inner != 1 && !shape.is_suffix_of(x.shape())) {
    throw Error(fmt::format("sum_to: {} does not end in {}", x.shape().to_string(), shape.to_string()));
  }
  if (inner == 0) return Tensor::zeros(shape, x.options());
  return reshape(sum(reshape(x, {x.count() / inner, inner}), 0), shape);
}

}  // namespace seegrad
