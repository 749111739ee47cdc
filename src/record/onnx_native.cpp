#include "record/onnx_native.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "seegrad/activation/catalogue.hpp"

namespace seegrad::records {
namespace {

/// An attribute of an operator: one of the activation's parameters, or a number.
struct Setting {
  std::string_view name;
  int parameter = -1;
  double number = 0;
};

/// The operator that computes a formula. `text` is an attribute that is a word. Only with `needs` at this value, where it is given.
struct Native {
  const Formula* formula;
  std::string_view op;
  std::vector<Setting> settings = {};
  OnnxAttribute text = {};
  std::optional<Setting> needs = {};
};

/// An operator is here when its definition is the formula's, so that the two differ by roundings alone; tests/formats runs both.
const std::vector<Native>& natives() {
  constexpr double selu_alpha = 1.6732632423543772848170429916717, selu_scale = 1.0507009873554804934193349852946;
  static const std::vector<Native> table{
      {&formula_of<Relu>(), "Relu"},
      {&formula_of<LeakyRelu>(), "LeakyRelu", {{"alpha", 0}}},
      {&formula_of<Threshold>(), "ThresholdedRelu", {{"alpha", 0}}, {}, Setting{"value", 1, 0}},
      {&formula_of<Abs>(), "Abs"},
      {&formula_of<Elu>(), "Elu", {{"alpha", 0}}},
      {&formula_of<Celu>(), "Celu", {{"alpha", 0}}},
      {&formula_of<Selu>(), "Selu", {{"alpha", -1, selu_alpha}, {"gamma", -1, selu_scale}}},
      {&formula_of<Softplus>(), "Softplus", {}, {}, Setting{"beta", 0, 1}},
      {&formula_of<Sigmoid>(), "Sigmoid"},
      {&formula_of<Hardsigmoid>(), "HardSigmoid", {{"alpha", -1, 1.0 / 6}, {"beta", -1, 0.5}}},
      {&formula_of<Tanh>(), "Tanh"},
      {&formula_of<Softsign>(), "Softsign"},
      {&formula_of<Arctan>(), "Atan"},
      {&formula_of<Asinh>(), "Asinh"},
      {&formula_of<Hardswish>(), "HardSwish"},
      {&formula_of<Mish>(), "Mish"},
      {&formula_of<Gelu>(), "Gelu"},
      {&formula_of<GeluTanh>(), "Gelu", {}, {"approximate", "tanh"}},
      {&formula_of<Softshrink>(), "Shrink", {{"lambd", 0}, {"bias", 0}}},
      {&formula_of<Hardshrink>(), "Shrink", {{"lambd", 0}, {"bias", -1, 0}}},
  };
  return table;
}

/// Operators whose numbers are inputs, not attributes: Clip for what is cut off on both sides, PRelu for a slope that is learned.
std::optional<std::string> add_with_inputs(OnnxGraph& graph, const Activation& f, const std::string& x,
                                           std::span<const std::string> learned) {
  const auto clip = [&](double low, double high) { return graph.node("Clip", {x, graph.constant(low), graph.constant(high)}); };
  const Formula* formula = &f.formula();
  if (formula == &formula_of<Relu6>()) return clip(0, 6);
  if (formula == &formula_of<Brelu>()) return clip(0, 1);
  if (formula == &formula_of<Hardtanh>() && f.parameters()[0] <= f.parameters()[1]) return clip(f.parameters()[0], f.parameters()[1]);
  if (formula == &formula_of<Prelu>()) return graph.node("PRelu", {x, learned.empty() ? graph.constant(f.parameters()[0]) : learned[0]});
  return std::nullopt;
}

}  // namespace

std::optional<std::string> add_native(OnnxGraph& graph, const Activation& f, const std::string& x, std::span<const std::string> learned) {
  const auto found = std::find_if(natives().begin(), natives().end(), [&](const Native& native) { return native.formula == &f.formula(); });
  if (found == natives().end()) return add_with_inputs(graph, f, x, learned);
  const auto value = [&](int parameter) { return f.parameters()[static_cast<std::size_t>(parameter)]; };
  if (found->needs && value(found->needs->parameter) != found->needs->number) return std::nullopt;
  std::vector<OnnxAttribute> attributes;
  for (const Setting& setting : found->settings)
    attributes.push_back({setting.name, static_cast<float>(setting.parameter >= 0 ? value(setting.parameter) : setting.number)});
  if (!found->text.name.empty()) attributes.push_back(found->text);
  return graph.node(found->op, std::span(&x, 1), attributes);
}

}  // namespace seegrad::records
