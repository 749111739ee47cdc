// A small builder of ONNX models: nodes, the tensors they need (initializers), and what goes in and comes out.
//
//   OnnxGraph graph("double");
//   graph.input("x", {"N", 4});
//   graph.output(graph.node("Mul", {"x", graph.constant(2)}), "y", {"N", 4});
//   write_whole_file("double.onnx", graph.model({}));
//
// A value is known by its name; node() makes up the name of its result. The model says opset 20 and IR version 9 (ONNX 1.15, November
// 2023): the first opset that has LayerNormalization, Mish and Gelu, and old enough for runtimes that are not of today. Field numbers
// are those of onnx.proto.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "record/protobuf.hpp"

namespace seegrad::records {

inline constexpr std::int64_t onnx_opset = 20, onnx_ir_version = 9;

/// A number that tells how a node works, as {"axis", std::int64_t{-1}}.
struct OnnxAttribute {
  std::string_view name;
  std::variant<std::int64_t, float, std::string_view> value;
};

/// A size that is known, or the name of one that is not: the rows of a batch are "N".
using OnnxDimension = std::variant<std::int64_t, std::string_view>;

/// Names and values that a viewer shows beside the graph.
using OnnxMetadata = std::vector<std::pair<std::string, std::string>>;

class OnnxGraph {
 public:
  explicit OnnxGraph(std::string name) : name_(std::move(name)) {}

  /// What is added from now on is named after this place: "2" makes "2.Mul", then "2.Mul_1".
  void enter(std::string_view place) { place_ = place; }

  /// float32 values that the user of the model hands in. Returns the name.
  std::string input(std::string_view name, std::span<const OnnxDimension> shape);
  /// The value leaves the model as float32 under this name.
  void output(const std::string& value, std::string_view name, std::span<const OnnxDimension> shape);

  /// Adds a node with one result and returns the name of that.
  std::string node(std::string_view op, std::span<const std::string> inputs, std::span<const OnnxAttribute> attributes = {});
  /// The same for a node with several results.
  std::vector<std::string> nodes(std::string_view op, std::span<const std::string> inputs, std::span<const OnnxAttribute> attributes,
                                 std::size_t results);
  std::string node(std::string_view op, std::initializer_list<std::string> inputs, std::initializer_list<OnnxAttribute> attributes = {}) {
    return node(op, std::span(inputs.begin(), inputs.size()), std::span(attributes.begin(), attributes.size()));
  }

  /// A tensor that is part of the model, row-major. Returns the name. Throws Error when the name is taken or the number of values does
  /// not fit the shape.
  std::string initializer(std::string_view name, std::span<const float> values, std::span<const std::int64_t> shape);
  std::string initializer(std::string_view name, std::span<const double> values, std::span<const std::int64_t> shape);
  std::string initializer(std::string_view name, std::span<const std::int64_t> values, std::span<const std::int64_t> shape);
  /// A single number (float32), a truth value, a short list of whole numbers. Equal ones are one initializer.
  std::string constant(double value);
  std::string constant(bool value);
  std::string constant(std::span<const std::int64_t> values);

  /// The bytes of the model. Throws Error when they are more than a protobuf file can hold, 2 GiB.
  std::string model(const OnnxMetadata& metadata) const;

 private:
  struct Node {
    std::string op;
    std::vector<std::string> inputs, outputs;
    std::vector<ProtobufMessage> attributes;
  };

  std::string new_name(std::string_view op);
  bool taken(std::string_view name) const;
  std::string add_tensor(std::string_view name, int type, std::string_view bytes, std::span<const std::int64_t> shape);
  template <class Make>
  std::string shared(const std::string& name, Make make);
  ProtobufMessage graph_message() const;

  std::string name_, place_;
  std::vector<Node> nodes_;
  std::vector<ProtobufMessage> tensors_, inputs_, outputs_;
  std::vector<std::string> names_;  // sorted
};

}  // namespace seegrad::records
