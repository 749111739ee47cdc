#include "seegrad/ops/losses.hpp"

#include <cmath>

#include "check.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/ops/softmax.hpp"

namespace seegrad {
namespace {

const Activation& softplus() {
  static const Activation f = Activation::parse("softplus");
  return f;
}

void check_logits(std::string_view op, const Tensor& logits, const Tensor& labels) {
  detail::check_floating(op, logits);
  if (logits.shape().rank() != 2 || logits.count() == 0) {
    throw Error(fmt::format("{}: logits must be [batch, classes], got shape {}", op, logits.shape().to_string()));
  }
  detail::check_indices(op, labels, logits.shape()[0]);
  detail::check_same_device(op, logits, labels);
}

void check_same_shape(std::string_view op, const Tensor& a, const Tensor& b) {
  detail::check_together(op, a, b);
  if (!(a.shape() == b.shape())) throw Error(fmt::format("{}: shapes {} and {} differ", op, a.shape().to_string(), b.shape().to_string()));
}

template <class Penalty>
Tensor penalty_over(std::string_view op, std::span<const Tensor> parameters, double strength, Penalty of) {
  if (parameters.empty()) throw Error(fmt::format("{}: no parameters given", op));
  Tensor total = of(parameters[0]);
  for (const Tensor& parameter : parameters.subspan(1)) total = total + of(parameter);
  return total * strength;
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& labels) {
  check_logits("cross_entropy", logits, labels);
  const std::int64_t rows = logits.shape()[0], classes = logits.shape()[1];
  Tensor loss({}, logits.options());
  Tensor slope(logits.shape(), logits.options());
  logits.backend().cross_entropy(logits.array(), labels.array(), loss.array_to_fill(), slope.array_to_fill());
  return record(std::move(loss), "cross_entropy", logits, [=](const Tensor& g, const Tensor&) {
    if (!recording()) return slope * g;
    return (softmax(logits) - one_hot(labels, classes, logits.dtype())) * (g / static_cast<double>(rows));
  });
}

Tensor bce_with_logits(const Tensor& logits, const Tensor& targets) {
  check_same_shape("bce_with_logits", logits, targets);
  return mean(activate(softplus(), logits) - logits * targets);
}

Tensor mse(const Tensor& prediction, const Tensor& target) {
  check_same_shape("mse", prediction, target);
  const Tensor error = prediction - target;
  return mean(error * error);
}

Tensor l1_penalty(std::span<const Tensor> parameters, double strength) {
  return penalty_over("l1_penalty", parameters, strength, [](const Tensor& w) { return sum(abs(w)); });
}

Tensor l2_penalty(std::span<const Tensor> parameters, double strength) {
  return penalty_over("l2_penalty", parameters, strength, [](const Tensor& w) { return sum(w * w); });
}

Tensor count_correct(const Tensor& logits, const Tensor& labels) {
  check_logits("count_correct", logits, labels);
  Tensor count({}, {DType::float64, logits.device()});
  logits.backend().count_correct(logits.array(), labels.array(), count.array_to_fill());
  return count;
}

}  // namespace seegrad
