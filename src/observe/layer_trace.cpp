#include "seegrad/observe/layer_trace.hpp"

namespace seegrad::observe {

FormulaArguments TracedLayer::formula(std::vector<ConstArray>& arrays) const {
  if (!activation) return {};
  arrays.clear();
  for (const Tensor& parameter : learned) arrays.push_back(parameter ? parameter.array() : ConstArray{});
  return {&activation->formula(), activation->parameters(), arrays};
}

void LayerTrace::forward(const ForwardEvent& event) {
  if (event.weight) {
    TracedLayer layer;
    layer.name = event.path;
    layer.weight = *event.weight;
    if (event.bias) layer.bias = *event.bias;
    layer.z = layer.h = event.output;
    layers_.push_back(std::move(layer));
  } else if (!event.nonlinearity.empty() && !layers_.empty() && layers_.back().nonlinearity.empty()) {
    TracedLayer& layer = layers_.back();
    layer.nonlinearity = event.nonlinearity;
    if (event.activation) layer.activation = *event.activation;
    layer.learned.assign(event.learned.begin(), event.learned.end());
    layer.z = event.input;
    layer.h = event.output;
  }
}

}  // namespace seegrad::observe
