#include "record/onnx_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/version.hpp"

namespace seegrad::records {
namespace {

// onnx.proto: the numbers of the fields that are written here, message by message.
namespace model_field {
constexpr int ir_version = 1, producer_name = 2, producer_version = 3, graph = 7, opset_import = 8, metadata = 14;
}
namespace opset_field {
constexpr int domain = 1, version = 2;
}
namespace metadata_field {
constexpr int key = 1, value = 2;
}
namespace graph_field {
constexpr int node = 1, name = 2, initializer = 5, input = 11, output = 12;
}
namespace node_field {
constexpr int input = 1, output = 2, name = 3, op_type = 4, attribute = 5;
}
namespace attribute_field {
constexpr int name = 1, float32 = 2, integer = 3, text = 4, type = 20;
}
namespace tensor_field {
constexpr int dimension = 1, type = 2, name = 8, raw_data = 9;
}
namespace value_field {
constexpr int name = 1, type = 2, tensor = 1, element_type = 1, shape = 2, dimension = 1, size = 1, size_name = 2;
}
enum AttributeType : std::uint8_t { attribute_float32 = 1, attribute_integer = 2, attribute_text = 3 };
enum TensorType : std::uint8_t { tensor_float32 = 1, tensor_int64 = 7, tensor_bool = 9, tensor_float64 = 11 };

ProtobufMessage attribute_message(const OnnxAttribute& attribute) {
  ProtobufMessage message;
  message.text(attribute_field::name, attribute.name);
  if (const auto* number = std::get_if<float>(&attribute.value)) {
    message.float32(attribute_field::float32, *number);
    message.integer(attribute_field::type, attribute_float32);
  } else if (const auto* whole = std::get_if<std::int64_t>(&attribute.value)) {
    message.integer(attribute_field::integer, *whole);
    message.integer(attribute_field::type, attribute_integer);
  } else {
    message.text(attribute_field::text, std::get<std::string_view>(attribute.value));
    message.integer(attribute_field::type, attribute_text);
  }
  return message;
}

/// ValueInfoProto: the name, type and shape of what goes in or comes out.
ProtobufMessage value_message(std::string_view name, std::span<const OnnxDimension> shape) {
  ProtobufMessage dimensions, tensor, type, value;
  for (const OnnxDimension& one : shape) {
    ProtobufMessage dimension;
    if (const auto* size = std::get_if<std::int64_t>(&one))
      dimension.integer(value_field::size, *size);
    else
      dimension.text(value_field::size_name, std::get<std::string_view>(one));
    dimensions.message(value_field::dimension, dimension);
  }
  tensor.integer(value_field::element_type, tensor_float32);
  tensor.message(value_field::shape, dimensions);
  type.message(value_field::tensor, tensor);
  value.text(value_field::name, name);
  value.message(value_field::type, type);
  return value;
}

/// What raw_data wants: little-endian, whatever the machine is.
template <class T>
std::string raw_bytes(std::span<const T> values) {
  std::string bytes(values.size_bytes(), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  if constexpr (std::endian::native == std::endian::big)
    for (auto at = bytes.begin(); at != bytes.end(); at += sizeof(T)) std::reverse(at, at + sizeof(T));
  return bytes;
}

void check_count(std::string_view name, std::size_t count, std::span<const std::int64_t> shape) {
  std::int64_t wanted = 1;
  for (const std::int64_t size : shape) wanted *= size;
  if (wanted != static_cast<std::int64_t>(count))
    throw Error(fmt::format("onnx: {} has {} values, its shape says {}", name, count, wanted));
}

}  // namespace

bool OnnxGraph::taken(std::string_view name) const { return std::binary_search(names_.begin(), names_.end(), name); }

std::string OnnxGraph::new_name(std::string_view op) {
  const std::string plain = place_.empty() ? std::string(op) : fmt::format("{}.{}", place_, op);
  std::string name = plain;
  for (int i = 1; taken(name); ++i) name = fmt::format("{}_{}", plain, i);
  names_.insert(std::upper_bound(names_.begin(), names_.end(), name), name);
  return name;
}

std::string OnnxGraph::input(std::string_view name, std::span<const OnnxDimension> shape) {
  if (taken(name)) throw Error(fmt::format("onnx: there is already a value {}", name));
  names_.insert(std::upper_bound(names_.begin(), names_.end(), name), std::string(name));
  inputs_.push_back(value_message(name, shape));
  return std::string(name);
}

void OnnxGraph::output(const std::string& value, std::string_view name, std::span<const OnnxDimension> shape) {
  if (taken(name)) throw Error(fmt::format("onnx: there is already a value {}", name));
  const auto made_by = [&](const Node& node) { return std::find(node.outputs.begin(), node.outputs.end(), value) != node.outputs.end(); };
  std::string made = value;
  // An input or an initializer cannot leave under another name, unless a node hands it on.
  if (std::none_of(nodes_.begin(), nodes_.end(), made_by)) made = node("Identity", {value});
  for (Node& node : nodes_) {
    std::replace(node.outputs.begin(), node.outputs.end(), made, std::string(name));
    std::replace(node.inputs.begin(), node.inputs.end(), made, std::string(name));
  }
  names_.insert(std::upper_bound(names_.begin(), names_.end(), name), std::string(name));
  outputs_.push_back(value_message(name, shape));
}

std::string OnnxGraph::node(std::string_view op, std::span<const std::string> inputs, std::span<const OnnxAttribute> attributes) {
  return nodes(op, inputs, attributes, 1).front();
}

std::vector<std::string> OnnxGraph::nodes(std::string_view op, std::span<const std::string> inputs,
                                          std::span<const OnnxAttribute> attributes, std::size_t results) {
  Node node{std::string(op), {inputs.begin(), inputs.end()}, {}, {}};
  for (const std::string& input : inputs)
    if (!taken(input)) throw Error(fmt::format("onnx: {} reads {}, which nothing makes", op, input));
  for (std::size_t i = 0; i < results; ++i) node.outputs.push_back(new_name(op));
  for (const OnnxAttribute& attribute : attributes) node.attributes.push_back(attribute_message(attribute));
  nodes_.push_back(std::move(node));
  return nodes_.back().outputs;
}

std::string OnnxGraph::add_tensor(std::string_view name, int type, std::string_view bytes, std::span<const std::int64_t> shape) {
  if (taken(name)) throw Error(fmt::format("onnx: there is already a value {}", name));
  names_.insert(std::upper_bound(names_.begin(), names_.end(), name), std::string(name));
  ProtobufMessage& tensor = tensors_.emplace_back();
  for (const std::int64_t size : shape) tensor.integer(tensor_field::dimension, size);
  tensor.integer(tensor_field::type, type);
  tensor.text(tensor_field::name, name);
  tensor.text(tensor_field::raw_data, bytes);
  return std::string(name);
}

std::string OnnxGraph::initializer(std::string_view name, std::span<const float> values, std::span<const std::int64_t> shape) {
  check_count(name, values.size(), shape);
  return add_tensor(name, tensor_float32, raw_bytes(values), shape);
}

std::string OnnxGraph::initializer(std::string_view name, std::span<const double> values, std::span<const std::int64_t> shape) {
  check_count(name, values.size(), shape);
  return add_tensor(name, tensor_float64, raw_bytes(values), shape);
}

std::string OnnxGraph::initializer(std::string_view name, std::span<const std::int64_t> values, std::span<const std::int64_t> shape) {
  check_count(name, values.size(), shape);
  return add_tensor(name, tensor_int64, raw_bytes(values), shape);
}

template <class Make>
std::string OnnxGraph::shared(const std::string& name, Make make) {
  return taken(name) ? name : make();
}

std::string OnnxGraph::constant(double value) {
  const auto number = static_cast<float>(value);
  const std::string name = fmt::format("constant_{}", number);
  return shared(name, [&] { return initializer(name, std::span(&number, 1), {}); });
}

std::string OnnxGraph::constant(bool value) {
  const std::string name = fmt::format("constant_{}", value);
  return shared(name, [&] { return add_tensor(name, tensor_bool, std::string(1, value ? '\1' : '\0'), {}); });
}

std::string OnnxGraph::constant(std::span<const std::int64_t> values) {
  const std::string name = fmt::format("integers_{}", fmt::join(values, "_"));
  const auto count = static_cast<std::int64_t>(values.size());
  return shared(name, [&] { return initializer(name, values, std::span(&count, 1)); });
}

ProtobufMessage OnnxGraph::graph_message() const {
  ProtobufMessage graph;
  for (const Node& node : nodes_) {
    ProtobufMessage message;
    for (const std::string& input : node.inputs) message.text(node_field::input, input);
    for (const std::string& output : node.outputs) message.text(node_field::output, output);
    message.text(node_field::name, node.outputs.front());
    message.text(node_field::op_type, node.op);
    for (const ProtobufMessage& attribute : node.attributes) message.message(node_field::attribute, attribute);
    graph.message(graph_field::node, message);
  }
  graph.text(graph_field::name, name_);
  for (const ProtobufMessage& tensor : tensors_) graph.message(graph_field::initializer, tensor);
  for (const ProtobufMessage& input : inputs_) graph.message(graph_field::input, input);
  for (const ProtobufMessage& output : outputs_) graph.message(graph_field::output, output);
  return graph;
}

std::string OnnxGraph::model(const OnnxMetadata& metadata) const {
  ProtobufMessage model, opset;
  model.integer(model_field::ir_version, onnx_ir_version);
  model.text(model_field::producer_name, "seegrad");
  model.text(model_field::producer_version, version);
  opset.text(opset_field::domain, "");
  opset.integer(opset_field::version, onnx_opset);
  model.message(model_field::opset_import, opset);
  for (const auto& [key, value] : metadata) {
    ProtobufMessage entry;
    entry.text(metadata_field::key, key);
    entry.text(metadata_field::value, value);
    model.message(model_field::metadata, entry);
  }
  model.message(model_field::graph, graph_message());
  constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
  if (model.bytes().size() > most)
    throw Error(fmt::format("onnx: the model has {} bytes; a file holds at most {}", model.bytes().size(), most));
  return model.bytes();
}

}  // namespace seegrad::records
