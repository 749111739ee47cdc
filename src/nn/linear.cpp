#include "seegrad/nn/linear.hpp"

#include <fmt/format.h>

#include "math/call_text.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/ops/matmul.hpp"

namespace seegrad::nn {
namespace {

constexpr std::int64_t most_weights = std::int64_t{1} << 36;  // half a terabyte while they are drawn

void check_size(std::int64_t in, std::int64_t out) {
  constexpr call_text::Range size{.lower = 1};
  call_text::check("linear, in", static_cast<double>(in), size);
  call_text::check("linear, out", static_cast<double>(out), size);
  if (in > most_weights / out) throw UsageError(fmt::format("linear: {} x {} weights are more than any memory holds", in, out));
}

}  // namespace

Linear::Linear(std::int64_t in, std::int64_t out, const Initializer& init, Random& random, const LinearOptions& options) {
  check_size(in, out);
  const LayerSize size{in, out};
  weight_ = Tensor::from(init.weights(size, options.following, random), {out, in}, options.tensor).requires_grad(true);
  if (options.bias) bias_ = Tensor::from(init.biases(size, random), {out}, options.tensor).requires_grad(true);
}

std::string Linear::describe() const { return fmt::format("linear {} -> {}{}", in(), out(), bias_ ? "" : " without bias"); }

Tensor Linear::forward(const Tensor& x) { return linear(x, weight_, bias_); }

void Linear::annotate(ForwardEvent& event) const {
  event.weight = &weight_;
  if (bias_) event.bias = &bias_;
}

void Linear::collect_parameters(std::vector<Parameter>& into) const {
  into.push_back({full_name("weight"), weight_});
  if (bias_) into.push_back({full_name("bias"), bias_});
}

}  // namespace seegrad::nn
