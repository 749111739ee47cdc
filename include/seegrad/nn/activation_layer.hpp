// An activation as a layer. What its formula can learn becomes parameters of the network.
#pragma once
#include "seegrad/nn/module.hpp"

namespace seegrad::nn {

/// f(x), element by element. Each learnable parameter of f is a parameter of the layer under the formula's own name ("slope"),
/// starting at the activation's value; weight decay leaves it alone.
class ActivationLayer final : public Module {
 public:
  /// One value for the whole layer.
  explicit ActivationLayer(Activation f, TensorOptions options = {});
  /// One value for each of the `channels` entries of the last dimension. Throws UsageError unless channels is positive.
  static ActivationLayer per_channel(Activation f, std::int64_t channels, TensorOptions options = {});

  const Activation& activation() const { return f_; }

  std::string_view kind() const override { return "activation"; }
  std::string describe() const override;

 protected:
  Tensor forward(const Tensor& x) override;
  void annotate(ForwardEvent& event) const override;
  void collect_parameters(std::vector<Parameter>& into) const override;

 private:
  ActivationLayer(Activation f, const Shape& shape, TensorOptions options);

  Activation f_;
  std::vector<Tensor> learned_;  // one for each parameter of f, empty where it is constant; none at all when f learns nothing
};

}  // namespace seegrad::nn
