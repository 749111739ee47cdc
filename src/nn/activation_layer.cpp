#include "seegrad/nn/activation_layer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "math/call_text.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/random.hpp"

namespace seegrad::nn {

ActivationLayer::ActivationLayer(Activation f, TensorOptions options, Random* random)
    : ActivationLayer(std::move(f), Shape{}, options, random) {}

ActivationLayer ActivationLayer::per_channel(Activation f, std::int64_t channels, TensorOptions options, Random* random) {
  call_text::check("activation layer, channels", static_cast<double>(channels), {.lower = 1});
  return {std::move(f), Shape{channels}, options, random};
}

ActivationLayer::ActivationLayer(Activation f, const Shape& shape, TensorOptions options, Random* random) : f_(std::move(f)) {
  const auto declared = f_.formula().parameters();
  if (std::any_of(declared.begin(), declared.end(), [](const auto& p) { return p.drawn; })) {
    if (random) seed_ = random->bits64();
    draws_ = Tensor::zeros({}, {DType::float64, Device{}});
  }
  if (!f_.learnable()) return;
  for (std::size_t i = 0; i < f_.parameters().size(); ++i) {
    const bool learned = declared[i].learnable && !declared[i].drawn;
    learned_.push_back(learned ? Tensor::full(shape, f_.parameters()[i], options).requires_grad(true) : Tensor{});
  }
}

std::string ActivationLayer::describe() const {
  for (const Tensor& tensor : learned_) {
    if (tensor && tensor.shape().rank() > 0) return fmt::format("{}, learned for each of {} channels", f_.to_string(), tensor.count());
  }
  return learned_.empty() ? f_.to_string() : f_.to_string() + ", learned";
}

std::vector<Tensor> ActivationLayer::values_for(const Shape& shape, TensorOptions options) {
  std::vector<Tensor> values = learned_;
  if (!draws_ || !training()) return values;
  const auto declared = f_.formula().parameters();
  values.resize(declared.size());
  double& draws = *draws_.array_for_update().as<double>();
  for (std::size_t i = 0; i < declared.size(); ++i) {
    if (!declared[i].drawn) continue;
    values[i] = uniform(shape, declared[i].lower, declared[i].upper, seed_, static_cast<std::uint64_t>(draws), options);
    draws += 1;
  }
  return values;
}

Tensor ActivationLayer::forward(const Tensor& x) { return activate(f_, x, values_for(x.shape(), x.options())); }

void ActivationLayer::annotate(ForwardEvent& event) const {
  event.nonlinearity = f_.to_string();
  event.activation = &f_;
  event.learned = learned_;
}

void ActivationLayer::collect_parameters(std::vector<Parameter>& into) const {
  for (std::size_t i = 0; i < learned_.size(); ++i) {
    if (learned_[i]) into.push_back({full_name(f_.formula().parameters()[i].name), learned_[i], false});
  }
}

void ActivationLayer::collect_buffers(std::vector<NamedTensor>& into) const {
  if (draws_) into.push_back({full_name("draws"), draws_});
}

}  // namespace seegrad::nn
