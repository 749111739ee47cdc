// An activation as a layer. What its formula can learn becomes parameters of the network; what it wants drawn is drawn anew at each
// call while the network is trained.
#pragma once
#include "seegrad/math/random.hpp"
#include "seegrad/nn/module.hpp"

namespace seegrad::nn {

/// f(x), element by element. Each learnable parameter of f is a parameter of the layer under the formula's own name ("slope"),
/// starting at the activation's value; weight decay leaves it alone. A drawn parameter of f (rrelu) has a value for each element of
/// x in training, uniform between its bounds, and the activation's value otherwise. Such a layer takes its seed from a generator
/// once and counts its draws, as Dropout does: the count is the buffer "draws" (float64, on the CPU).
class ActivationLayer final : public Module {
 public:
  /// One value for the whole layer. `random` is asked for a seed only when f has drawn parameters; without it the seed is 0.
  explicit ActivationLayer(Activation f, TensorOptions options = {}, Random* random = nullptr);
  /// One value for each of the `channels` entries of the last dimension. Throws UsageError unless channels is positive.
  static ActivationLayer per_channel(Activation f, std::int64_t channels, TensorOptions options = {}, Random* random = nullptr);

  const Activation& activation() const { return f_; }
  /// What activate() takes beside an x of this shape: the learned tensors and, in training, newly drawn ones.
  std::vector<Tensor> values_for(const Shape& shape, TensorOptions options);

  std::string_view kind() const override { return "activation"; }
  std::string describe() const override;

 protected:
  Tensor forward(const Tensor& x) override;
  void annotate(ForwardEvent& event) const override;
  void collect_parameters(std::vector<Parameter>& into) const override;
  void collect_buffers(std::vector<NamedTensor>& into) const override;

 private:
  ActivationLayer(Activation f, const Shape& shape, TensorOptions options, Random* random);

  Activation f_;
  std::vector<Tensor> learned_;  // one for each parameter of f, empty where it is constant; none at all when f learns nothing
  std::uint64_t seed_ = 0;
  Tensor draws_;  // empty when nothing is drawn
};

}  // namespace seegrad::nn
