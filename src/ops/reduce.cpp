#include "seegrad/ops/reduce.hpp"

#include "check.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/shape.hpp"

namespace seegrad {
namespace {

Tensor reduce(ReduceOp op, const Tensor& x, int axis) {
  Tensor y(x.shape().without(axis), x.options());
  if (op == ReduceOp::sum && axis == 0 && x.shape().rank() == 2) {
    Storage& storage = *x.buffer().storage;
    if (Storage* product = storage.waiting_for_transposed(x.shape())) {
      product->data_with_row_sums(y.array_to_fill());
      return y;
    }
  }
  const ConstArray array = detail::around_axis(x, axis);
  x.backend().reduce(op, array, detail::with_shape(y.array_to_fill(), {array.shape[0], array.shape[2]}));
  return y;
}

Tensor flat(const Tensor& x) { return reshape(x, {x.count()}); }

void check_not_empty(std::string_view op, std::int64_t n) {
  if (n == 0) throw Error(fmt::format("{}: of no elements", op));
}

}  // namespace

Tensor sum(const Tensor& x, int axis) {
  detail::check_floating("sum", x);
  axis = x.shape().normalise(axis);
  const std::int64_t n = x.shape()[axis];
  return record(reduce(ReduceOp::sum, x, axis), "sum", x, [=](const Tensor& g, const Tensor&) { return expand(g, axis, n); });
}

Tensor mean(const Tensor& x, int axis) {
  detail::check_floating("mean", x);
  check_not_empty("mean", x.shape()[axis]);
  return sum(x, axis) * (1.0 / static_cast<double>(x.shape()[axis]));
}

Tensor max(const Tensor& x, int axis) {
  detail::check_floating("max", x);
  axis = x.shape().normalise(axis);
  const std::int64_t n = x.shape()[axis];
  check_not_empty("max", n);
  return record(reduce(ReduceOp::max, x, axis), "max", x, [=](const Tensor& g, const Tensor& y) {
    const Tensor is_max = equal(x.detach(), expand(y.detach(), axis, n));
    return is_max * expand(g / sum(is_max, axis), axis, n);
  });
}

Tensor sum(const Tensor& x) { return sum(flat(x), 0); }
Tensor mean(const Tensor& x) { return mean(flat(x), 0); }
Tensor max(const Tensor& x) { return max(flat(x), 0); }

}  // namespace seegrad
