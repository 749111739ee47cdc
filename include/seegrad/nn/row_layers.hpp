// Activations that look at more than one number of a row, as layers: gated ones, and every op that needs no parameters.
#pragma once
#include <functional>

#include "seegrad/nn/activation_layer.hpp"

namespace seegrad::nn {

/// a g(b) for the two halves of the last dimension (gated() in ops/row_activations.hpp): [..., 2n] -> [..., n]. What the gate g
/// learns or has drawn is as in an ActivationLayer for g.
class GatedLayer final : public Module {
 public:
  /// `name` is what observers see: "swiglu".
  GatedLayer(ActivationLayer gate, std::string name) : gate_(std::move(gate)), name_(std::move(name)) {}

  const ActivationLayer& gate() const { return gate_; }
  void train(bool on) override;
  void set_path(std::string path) override;
  std::string_view kind() const override { return "activation"; }
  std::string describe() const override;

 protected:
  Tensor forward(const Tensor& x) override;
  void annotate(ForwardEvent& event) const override;
  void collect_parameters(std::vector<Parameter>& into) const override;
  void collect_buffers(std::vector<NamedTensor>& into) const override;

 private:
  ActivationLayer gate_;
  std::string name_;
};

/// A function of tensors as an activation layer: FunctionLayer("softmax", [](const Tensor& x) { return softmax(x); }).
class FunctionLayer final : public Module {
 public:
  FunctionLayer(std::string name, std::function<Tensor(const Tensor&)> function) : name_(std::move(name)), function_(std::move(function)) {}

  std::string_view kind() const override { return "activation"; }
  std::string describe() const override { return name_; }

 protected:
  Tensor forward(const Tensor& x) override { return function_(x); }
  void annotate(ForwardEvent& event) const override { event.nonlinearity = name_; }

 private:
  std::string name_;
  std::function<Tensor(const Tensor&)> function_;
};

}  // namespace seegrad::nn
