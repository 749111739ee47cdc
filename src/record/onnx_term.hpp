// Writing the nodes of an ONNX graph as one writes a formula: `relu + 2.0 * node("Atanh", e / (2.0 + e))`.
#pragma once
#include <array>
#include <string>
#include <utility>

#include "record/onnx_graph.hpp"

namespace seegrad::records {

/// A value of a graph, or a number that becomes one when it meets a value. Every operation adds a node.
class OnnxTerm {
 public:
  OnnxTerm(double number) : number_(number) {}  // NOLINT(google-explicit-constructor)
  OnnxTerm(OnnxGraph& graph, std::string value) : graph_(&graph), value_(std::move(value)) {}

  const std::string& value() const { return value_; }

  /// A node of this operator on terms of which at least one is a value.
  template <class... Terms>
  static OnnxTerm node(std::string_view op, const OnnxTerm& first, const Terms&... rest) {
    const std::array<OnnxTerm, 1 + sizeof...(Terms)> terms{first, OnnxTerm(rest)...};
    OnnxGraph* graph = nullptr;
    for (const OnnxTerm& term : terms)
      if (term.graph_) graph = term.graph_;
    std::vector<std::string> inputs;
    inputs.reserve(terms.size());
    for (const OnnxTerm& term : terms) inputs.push_back(term.graph_ ? term.value_ : graph->constant(term.number_));
    return {*graph, graph->node(op, inputs)};
  }

  friend OnnxTerm operator-(const OnnxTerm& a) { return node("Neg", a); }
  friend OnnxTerm operator+(const OnnxTerm& a, const OnnxTerm& b) { return node("Add", a, b); }
  friend OnnxTerm operator-(const OnnxTerm& a, const OnnxTerm& b) { return node("Sub", a, b); }
  friend OnnxTerm operator*(const OnnxTerm& a, const OnnxTerm& b) { return node("Mul", a, b); }
  friend OnnxTerm operator/(const OnnxTerm& a, const OnnxTerm& b) { return node("Div", a, b); }
  // Truth values.
  friend OnnxTerm operator<(const OnnxTerm& a, const OnnxTerm& b) { return node("Less", a, b); }
  friend OnnxTerm operator>(const OnnxTerm& a, const OnnxTerm& b) { return node("Greater", a, b); }
  friend OnnxTerm operator==(const OnnxTerm& a, const OnnxTerm& b) { return node("Equal", a, b); }
  /// a where the condition holds, else b.
  friend OnnxTerm select(const OnnxTerm& condition, const OnnxTerm& a, const OnnxTerm& b) { return node("Where", condition, a, b); }

 private:
  OnnxGraph* graph_ = nullptr;
  std::string value_;
  double number_ = 0;
};

}  // namespace seegrad::records
