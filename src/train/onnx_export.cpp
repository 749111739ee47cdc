#include "seegrad/train/onnx_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <typeinfo>

#include "record/onnx_formula.hpp"
#include "record/onnx_term.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/activation_layer.hpp"
#include "seegrad/nn/dropout.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/nonlinearity.hpp"
#include "seegrad/nn/normalisation.hpp"
#include "seegrad/nn/row_layers.hpp"
#include "seegrad/nn/sequential.hpp"

namespace seegrad::train {
namespace {

using records::OnnxGraph;
using records::OnnxTerm;

/// The graph as far as it has been written: the value that leaves it, and how wide its rows are.
struct Walk {
  OnnxGraph& graph;
  std::string value;
  std::int64_t width = 0;
};

std::string described(const nn::Module& module) {
  return fmt::format("onnx: layer {} ({})", module.path().empty() ? "0" : module.path(), module.describe());
}

void check_width(const Walk& walk, const nn::Module& module, std::int64_t needed) {
  if (walk.width != needed) throw Error(fmt::format("{} takes rows of {} numbers and gets {}", described(module), needed, walk.width));
}

std::string initializer(OnnxGraph& graph, const std::string& name, const Tensor& tensor) {
  const std::vector<double> values = tensor.to_vector();
  const std::vector<float> numbers(values.begin(), values.end());
  return graph.initializer(name, numbers, tensor.shape().sizes());
}

/// Every parameter of the module as an initializer, then every buffer, in the order in which it lists them.
std::vector<std::string> initializers(OnnxGraph& graph, const nn::Module& module) {
  std::vector<std::string> names;
  for (const nn::Parameter& parameter : module.parameters()) names.push_back(initializer(graph, parameter.name, parameter.tensor));
  for (const nn::NamedTensor& buffer : module.buffers()) names.push_back(initializer(graph, buffer.name, buffer.tensor));
  return names;
}

/// A node on the value and what the module holds.
void add_node(Walk& walk, const nn::Module& module, std::string_view op, std::initializer_list<records::OnnxAttribute> attributes) {
  std::vector<std::string> inputs = initializers(walk.graph, module);
  inputs.insert(inputs.begin(), walk.value);
  walk.value = walk.graph.node(op, inputs, std::span(attributes.begin(), attributes.size()));
}

void add_linear(Walk& walk, const nn::Linear& layer) {
  check_width(walk, layer, layer.in());
  add_node(walk, layer, "Gemm", {{"transB", std::int64_t{1}}});
  walk.width = layer.out();
}

void add_batch_norm(Walk& walk, const nn::BatchNorm& layer) {
  check_width(walk, layer, layer.parameters().front().tensor.count());
  add_node(walk, layer, "BatchNormalization", {{"epsilon", static_cast<float>(layer.epsilon())}});
}

void add_layer_norm(Walk& walk, const nn::LayerNorm& layer) {
  check_width(walk, layer, layer.parameters().front().tensor.count());
  add_node(walk, layer, "LayerNormalization", {{"axis", std::int64_t{-1}}, {"epsilon", static_cast<float>(layer.epsilon())}});
}

/// f of a value, with what the layer has learned.
std::string activated(OnnxGraph& graph, const nn::ActivationLayer& layer, const std::string& x) {
  const std::vector<nn::Parameter> own = layer.parameters();
  std::vector<std::string> learned;
  for (const auto& declared : layer.activation().formula().parameters()) {
    const std::string name = layer.path().empty() ? std::string(declared.name) : fmt::format("{}.{}", layer.path(), declared.name);
    const auto found = std::find_if(own.begin(), own.end(), [&](const nn::Parameter& parameter) { return parameter.name == name; });
    learned.push_back(found == own.end() ? std::string() : initializer(graph, name, found->tensor));
  }
  return records::add_activation(graph, layer.activation(), x, learned);
}

void add_activation(Walk& walk, const nn::ActivationLayer& layer) { walk.value = activated(walk.graph, layer, walk.value); }

void add_gated(Walk& walk, const nn::GatedLayer& layer) {
  if (walk.width % 2 != 0) throw Error(fmt::format("{} takes rows of two halves and gets {} numbers", described(layer), walk.width));
  const std::vector<records::OnnxAttribute> halves{{"axis", std::int64_t{-1}}, {"num_outputs", std::int64_t{2}}};
  const std::vector<std::string> half = walk.graph.nodes("Split", std::span(&walk.value, 1), halves, 2);
  walk.value = walk.graph.node("Mul", {half[0], activated(walk.graph, layer.gate(), half[1])});
  walk.width /= 2;
}

/// Layers that look at whole rows and hold nothing, by the names of Nonlinearity. `k` is how many numbers a unit takes in.
struct RowRule {
  std::string_view name;
  void (*add)(Walk&, std::int64_t k);
};

constexpr std::array row_rules{
    RowRule{"maxout",
            [](Walk& walk, std::int64_t k) {
              walk.width /= k;
              const std::array<std::int64_t, 3> blocks{-1, k, walk.width};
              const std::array<std::int64_t, 1> axis{1};
              const std::string split = walk.graph.node("Reshape", {walk.value, walk.graph.constant(blocks)});
              walk.value = walk.graph.node("ReduceMax", {split, walk.graph.constant(axis)}, {{"keepdims", std::int64_t{0}}});
            }},
    RowRule{"crelu",
            [](Walk& walk, std::int64_t) {
              const std::string right = walk.graph.node("Relu", {walk.value});
              const std::string left = walk.graph.node("Relu", {walk.graph.node("Neg", {walk.value})});
              walk.value = walk.graph.node("Concat", {right, left}, {{"axis", std::int64_t{-1}}});
              walk.width *= 2;
            }},
    RowRule{"softmax",
            [](Walk& walk, std::int64_t) {
              walk.value = walk.graph.node("Softmax", {walk.value}, {{"axis", std::int64_t{-1}}});
            }},
    RowRule{"log_softmax",
            [](Walk& walk, std::int64_t) {
              walk.value = walk.graph.node("LogSoftmax", {walk.value}, {{"axis", std::int64_t{-1}}});
            }},
    RowRule{"softmin",
            [](Walk& walk, std::int64_t) {
              walk.value = walk.graph.node("Softmax", {walk.graph.node("Neg", {walk.value})}, {{"axis", std::int64_t{-1}}});
            }},
};

void add_function(Walk& walk, const nn::FunctionLayer& layer) {
  const std::string text = layer.describe(), name = text.substr(0, text.find('('));
  const auto rule = std::find_if(row_rules.begin(), row_rules.end(), [&](const RowRule& one) { return one.name == name; });
  if (rule == row_rules.end()) throw Error(fmt::format("{} is a function that cannot be said in ONNX", described(layer)));
  const std::int64_t k = nn::Nonlinearity::parse(text).width_in(1);
  if (walk.width % k != 0) throw Error(fmt::format("{} takes a multiple of {} numbers and gets {}", described(layer), k, walk.width));
  rule->add(walk, k);
}

void add_dropout(Walk&, const nn::Dropout&) {}

void add(Walk& walk, const nn::Module& module);

void add_sequential(Walk& walk, const nn::Sequential& network) {
  for (std::size_t i = 0; i < network.size(); ++i) add(walk, network[i]);
}

/// Adds the module if it is of this kind.
using Rule = bool (*)(Walk&, const nn::Module&);
template <class M, void (*add_kind)(Walk&, const M&)>
bool when(Walk& walk, const nn::Module& module) {
  const auto* of_kind = dynamic_cast<const M*>(&module);
  if (of_kind) add_kind(walk, *of_kind);
  return of_kind != nullptr;
}

constexpr std::array<Rule, 8> rules{
    when<nn::Sequential, add_sequential>, when<nn::Linear, add_linear>,          when<nn::BatchNorm, add_batch_norm>,
    when<nn::LayerNorm, add_layer_norm>,  when<nn::Dropout, add_dropout>,        when<nn::ActivationLayer, add_activation>,
    when<nn::GatedLayer, add_gated>,      when<nn::FunctionLayer, add_function>,
};

void add(Walk& walk, const nn::Module& module) {
  walk.graph.enter(module.path());
  if (std::none_of(rules.begin(), rules.end(), [&](Rule rule) { return rule(walk, module); }))
    throw Error(fmt::format("{} is of a kind that cannot be exported: {}", described(module), module.kind()));
}

}  // namespace

std::string onnx_model(const nn::Module& network, std::int64_t inputs, const OnnxOptions& options) {
  if (inputs < 1) throw Error(fmt::format("onnx: a network takes at least one number, not {}", inputs));
  OnnxGraph graph("network");
  Walk walk{graph, graph.input("images", std::array<records::OnnxDimension, 2>{"N", inputs}), inputs};
  if (options.scaling) {
    graph.enter("pixels");
    const OnnxTerm scaled = OnnxTerm(graph, walk.value) * double{options.scaling->scale} + double{options.scaling->shift};
    walk.value = scaled.value();
  }
  add(walk, network);
  graph.output(walk.value, "logits", std::array<records::OnnxDimension, 2>{"N", walk.width});
  return graph.model(options.metadata);
}

}  // namespace seegrad::train
