// Which tensors belong to which layer, forward and back: what LayerTrace pairs on the way forward, and the gradients that come back
// to it. Whoever looks at a whole step builds on this.
#pragma once
#include <vector>

#include "seegrad/observe/layer_trace.hpp"

namespace seegrad::observe {

/// What came back to a layer; empty where nothing did (no walk back yet, no bias).
struct LayerGradients {
  Tensor delta, weight, bias;  ///< dLoss/dz, dLoss/dweight, dLoss/dbias
};

/// Listens to one step; only handles, nothing is computed by keeping them.
class StepTrace : public Observer {
 public:
  void forward(const ForwardEvent& event) override;
  void gradient(const Tensor& watched, const Tensor& gradient) override;

  const std::vector<TracedLayer>& layers() const { return trace_.layers(); }
  /// One for each of layers().
  const std::vector<LayerGradients>& gradients() const { return gradients_; }
  /// Lets go of all tensors.
  void clear();

 private:
  LayerTrace trace_;
  std::vector<LayerGradients> gradients_;
};

}  // namespace seegrad::observe
