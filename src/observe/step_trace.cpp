#include "seegrad/observe/step_trace.hpp"

namespace seegrad::observe {

void StepTrace::forward(const ForwardEvent& event) {
  trace_.forward(event);
  gradients_.resize(layers().size());
  if (gradients_.empty()) return;
  // An activation that follows moves z on, so a normalised layer's product may be watched in vain: it costs nothing.
  const TracedLayer& layer = layers().back();
  layer.z.watch();
  layer.weight.watch();
  if (layer.bias) layer.bias.watch();
}

void StepTrace::gradient(const Tensor& watched, const Tensor& gradient) {
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    const TracedLayer& layer = layers()[i];
    if (watched.same_as(layer.z)) gradients_[i].delta = gradient;
    if (watched.same_as(layer.weight)) gradients_[i].weight = gradient;
    if (layer.bias && watched.same_as(layer.bias)) gradients_[i].bias = gradient;
  }
}

void StepTrace::clear() {
  trace_.clear();
  gradients_.clear();
}

}  // namespace seegrad::observe
