#include "seegrad/nn/row_layers.hpp"

#include <iterator>

#include "seegrad/ops/row_activations.hpp"

namespace seegrad::nn {

void GatedLayer::train(bool on) {
  Module::train(on);
  gate_.train(on);
}

void GatedLayer::set_path(std::string path) {
  gate_.set_path(path);
  Module::set_path(std::move(path));
}

std::string GatedLayer::describe() const {
  const std::string gate = gate_.describe(), plain = gate_.activation().to_string();
  return name_ + gate.substr(plain.size());  // ", learned"
}

Tensor GatedLayer::forward(const Tensor& x) {
  const int last = x.shape().rank() - 1;
  if (last < 0 || x.shape()[last] % 2 != 0) return gated(gate_.activation(), x);  // which says what is wrong
  const Shape half = x.shape().without(last).with(last, x.shape()[last] / 2);
  return gated(gate_.activation(), x, gate_.values_for(half, x.options()));
}

void GatedLayer::annotate(ForwardEvent& event) const { event.nonlinearity = name_; }

void GatedLayer::collect_parameters(std::vector<Parameter>& into) const {
  auto own = gate_.parameters();
  into.insert(into.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
}

void GatedLayer::collect_buffers(std::vector<NamedTensor>& into) const {
  auto own = gate_.buffers();
  into.insert(into.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
}

}  // namespace seegrad::nn
