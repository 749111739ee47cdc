#include "seegrad/nn/activation_layer.hpp"

#include <fmt/format.h>

#include "math/call_text.hpp"
#include "seegrad/ops/elementwise.hpp"

namespace seegrad::nn {

ActivationLayer::ActivationLayer(Activation f, TensorOptions options) : ActivationLayer(std::move(f), Shape{}, options) {}

ActivationLayer ActivationLayer::per_channel(Activation f, std::int64_t channels, TensorOptions options) {
  call_text::check("activation layer, channels", static_cast<double>(channels), {.lower = 1});
  return {std::move(f), Shape{channels}, options};
}

ActivationLayer::ActivationLayer(Activation f, const Shape& shape, TensorOptions options) : f_(std::move(f)) {
  if (!f_.learnable()) return;
  for (std::size_t i = 0; i < f_.parameters().size(); ++i) {
    const bool learnable = f_.formula().parameters()[i].learnable;
    learned_.push_back(learnable ? Tensor::full(shape, f_.parameters()[i], options).requires_grad(true) : Tensor{});
  }
}

std::string ActivationLayer::describe() const {
  for (const Tensor& tensor : learned_) {
    if (tensor && tensor.shape().rank() > 0) return fmt::format("{}, learned for each of {} channels", f_.to_string(), tensor.count());
  }
  return learned_.empty() ? f_.to_string() : f_.to_string() + ", learned";
}

Tensor ActivationLayer::forward(const Tensor& x) { return activate(f_, x, learned_); }

void ActivationLayer::annotate(ForwardEvent& event) const {
  event.activation = &f_;
  event.learned = learned_;
}

void ActivationLayer::collect_parameters(std::vector<Parameter>& into) const {
  for (std::size_t i = 0; i < learned_.size(); ++i) {
    if (learned_[i]) into.push_back({full_name(f_.formula().parameters()[i].name), learned_[i], false});
  }
}

}  // namespace seegrad::nn
