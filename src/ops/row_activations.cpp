#include "seegrad/ops/row_activations.hpp"

#include "check.hpp"
#include "seegrad/activation/catalogue.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"

namespace seegrad {
namespace {

/// The width of each of `parts` equal blocks of columns.
std::int64_t block_width(std::string_view op, const Tensor& x, std::int64_t parts) {
  detail::check_floating(op, x);
  if (parts < 1) throw Error(fmt::format("{}: k = {}; at least 1 is needed", op, parts));
  if (x.shape().rank() == 0 || x.shape()[-1] % parts != 0) {
    throw Error(fmt::format("{}: the last dimension must be a multiple of {}, got shape {}", op, parts, x.shape().to_string()));
  }
  return x.shape()[-1] / parts;
}

/// For each column the first entry along axis 1 that equals the maximum: 1 there, else 0.
Tensor first_largest(const Tensor& blocks, const Tensor& largest) {
  const std::int64_t k = blocks.shape()[1];
  const Tensor is_largest = equal(blocks, expand(largest, 1, k));
  std::vector<Tensor> firsts;
  Tensor left;  // 1 where no entry was taken yet
  for (std::int64_t j = 0; j < k; ++j) {
    const Tensor here = slice(is_largest, 1, j, 1);
    firsts.push_back(left ? here * left : here);
    left = left ? left - firsts.back() : 1.0 - here;
  }
  return concatenate(firsts, 1);
}

}  // namespace

Tensor gated(const Activation& g, const Tensor& x, std::span<const Tensor> learned) {
  const std::int64_t n = block_width("gated", x, 2);
  return slice(x, -1, 0, n) * activate(g, slice(x, -1, n, n), learned);
}

Tensor maxout(const Tensor& x, std::int64_t k) {
  const std::int64_t n = block_width("maxout", x, k);
  const int last = x.shape().rank() - 1;
  const Tensor blocks = reshape(x, {x.shape().count(0, last), k, n});
  const Tensor held = blocks.detach(), largest = max(held, 1);
  const Tensor y = record(largest.detach(), "maxout", blocks,
                          [=](const Tensor& gradient, const Tensor&) { return expand(gradient, 1, k) * first_largest(held, largest); });
  return reshape(y, x.shape().without(last).with(last, n));
}

Tensor crelu(const Tensor& x) {
  block_width("crelu", x, 1);
  const Activation relu(formula_of<Relu>());
  return concatenate({activate(relu, x), activate(relu, -x)}, -1);
}

}  // namespace seegrad
