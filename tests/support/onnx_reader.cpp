#include "support/onnx_reader.hpp"

#include <cmath>
#include <cstring>
#include <functional>
#include <stdexcept>

namespace seegrad::test {
namespace {

struct Field {
  int number = 0;
  std::uint64_t whole = 0;  // of a varint
  std::string_view bytes;   // of everything else
};

std::uint64_t take_varint(std::string_view& rest) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest.empty()) throw std::runtime_error("a varint without an end");
    const auto byte = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  throw std::runtime_error("a varint of more than ten bytes");
}

std::string_view take_bytes(std::string_view& rest, std::size_t count) {
  if (count > rest.size()) throw std::runtime_error("a field longer than its message");
  const std::string_view bytes = rest.substr(0, count);
  rest.remove_prefix(count);
  return bytes;
}

std::vector<Field> fields_of(std::string_view message) {
  std::vector<Field> fields;
  while (!message.empty()) {
    const std::uint64_t key = take_varint(message);
    Field field;
    field.number = static_cast<int>(key >> 3);
    switch (key & 7) {
      case 0: field.whole = take_varint(message); break;
      case 1: field.bytes = take_bytes(message, 8); break;
      case 2: field.bytes = take_bytes(message, take_varint(message)); break;
      case 5: field.bytes = take_bytes(message, 4); break;
      default: throw std::runtime_error("a field of an unknown kind");
    }
    fields.push_back(field);
  }
  return fields;
}

[[noreturn]] void unexpected(const char* message, int field) {
  throw std::runtime_error(std::string(message) + " has no field " + std::to_string(field));
}

template <class T>
std::vector<T> values_in(const std::string& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

void read_attribute(std::string_view bytes, OnnxNode& node) {
  std::string name, text;
  double number = 0;
  std::uint64_t type = 0;
  for (const Field& field : fields_of(bytes)) {
    if (field.number == 1)
      name = field.bytes;
    else if (field.number == 2)
      number = static_cast<double>(values_in<float>(std::string(field.bytes)).at(0));
    else if (field.number == 3)
      number = static_cast<double>(static_cast<std::int64_t>(field.whole));
    else if (field.number == 4)
      text = field.bytes;
    else if (field.number == 20)
      type = field.whole;
    else
      unexpected("AttributeProto", field.number);
  }
  if (type == 1 || type == 2)
    node.numbers[name] = number;
  else if (type == 3)
    node.texts[name] = text;
  else
    throw std::runtime_error("attribute " + name + " has the type " + std::to_string(type));
}

OnnxNode read_node(std::string_view bytes) {
  OnnxNode node;
  for (const Field& field : fields_of(bytes)) {
    if (field.number == 1)
      node.inputs.emplace_back(field.bytes);
    else if (field.number == 2)
      node.outputs.emplace_back(field.bytes);
    else if (field.number == 3)
      node.name = field.bytes;
    else if (field.number == 4)
      node.op = field.bytes;
    else if (field.number == 5)
      read_attribute(field.bytes, node);
    else
      unexpected("NodeProto", field.number);
  }
  return node;
}

void read_tensor(std::string_view bytes, OnnxModel& model) {
  OnnxTensor tensor;
  std::string name;
  for (const Field& field : fields_of(bytes)) {
    if (field.number == 1)
      tensor.shape.push_back(static_cast<std::int64_t>(field.whole));
    else if (field.number == 2)
      tensor.type = static_cast<int>(field.whole);
    else if (field.number == 8)
      name = field.bytes;
    else if (field.number == 9)
      tensor.bytes = field.bytes;
    else
      unexpected("TensorProto", field.number);
  }
  if (!model.initializers.emplace(name, tensor).second) throw std::runtime_error("two tensors are called " + name);
}

void read_shape(std::string_view bytes, OnnxValue& value) {
  for (const Field& dimension : fields_of(bytes)) {
    if (dimension.number != 1) unexpected("TensorShapeProto", dimension.number);
    for (const Field& size : fields_of(dimension.bytes)) {
      value.shape.push_back(size.number == 1 ? static_cast<std::int64_t>(size.whole) : -1);
      if (size.number == 2) value.size_name = size.bytes;
      if (size.number > 2) unexpected("Dimension", size.number);
    }
  }
}

OnnxValue read_value(std::string_view bytes) {
  OnnxValue value;
  for (const Field& field : fields_of(bytes)) {
    if (field.number == 1) value.name = field.bytes;
    if (field.number > 2) unexpected("ValueInfoProto", field.number);
    if (field.number != 2) continue;
    for (const Field& type : fields_of(field.bytes)) {
      if (type.number != 1) unexpected("TypeProto", type.number);
      for (const Field& part : fields_of(type.bytes)) {
        if (part.number == 1)
          value.type = static_cast<int>(part.whole);
        else if (part.number == 2)
          read_shape(part.bytes, value);
        else
          unexpected("TypeProto.Tensor", part.number);
      }
    }
  }
  return value;
}

void read_graph(std::string_view bytes, OnnxModel& model) {
  for (const Field& field : fields_of(bytes)) {
    if (field.number == 1)
      model.nodes.push_back(read_node(field.bytes));
    else if (field.number == 2)
      model.graph = field.bytes;
    else if (field.number == 5)
      read_tensor(field.bytes, model);
    else if (field.number == 11)
      model.inputs.push_back(read_value(field.bytes));
    else if (field.number == 12)
      model.outputs.push_back(read_value(field.bytes));
    else
      unexpected("GraphProto", field.number);
  }
}

using Arguments = std::vector<float>;

/// What the operators mean on single numbers; truth values are 1 and 0.
const std::map<std::string, std::function<float(const Arguments&)>>& operators() {
  static const std::map<std::string, std::function<float(const Arguments&)>> all{
      {"Neg", [](const Arguments& a) { return -a[0]; }},
      {"Add", [](const Arguments& a) { return a[0] + a[1]; }},
      {"Sub", [](const Arguments& a) { return a[0] - a[1]; }},
      {"Mul", [](const Arguments& a) { return a[0] * a[1]; }},
      {"Div", [](const Arguments& a) { return a[0] / a[1]; }},
      {"Less", [](const Arguments& a) { return float(a[0] < a[1]); }},
      {"LessOrEqual", [](const Arguments& a) { return float(a[0] <= a[1]); }},
      {"Greater", [](const Arguments& a) { return float(a[0] > a[1]); }},
      {"GreaterOrEqual", [](const Arguments& a) { return float(a[0] >= a[1]); }},
      {"Equal", [](const Arguments& a) { return float(a[0] == a[1]); }},
      {"And", [](const Arguments& a) { return float(a[0] != 0 && a[1] != 0); }},
      {"Or", [](const Arguments& a) { return float(a[0] != 0 || a[1] != 0); }},
      {"Not", [](const Arguments& a) { return float(a[0] == 0); }},
      {"Where", [](const Arguments& a) { return a[0] != 0 ? a[1] : a[2]; }},
      {"Abs", [](const Arguments& a) { return std::fabs(a[0]); }},
      {"Sign", [](const Arguments& a) { return float(a[0] > 0) - float(a[0] < 0); }},
      {"Sqrt", [](const Arguments& a) { return std::sqrt(a[0]); }},
      {"Exp", [](const Arguments& a) { return std::exp(a[0]); }},
      {"Log", [](const Arguments& a) { return std::log(a[0]); }},
      {"Pow", [](const Arguments& a) { return std::pow(a[0], a[1]); }},
      {"Sin", [](const Arguments& a) { return std::sin(a[0]); }},
      {"Cos", [](const Arguments& a) { return std::cos(a[0]); }},
      {"Atan", [](const Arguments& a) { return std::atan(a[0]); }},
      {"Asinh", [](const Arguments& a) { return std::asinh(a[0]); }},
      {"Atanh", [](const Arguments& a) { return std::atanh(a[0]); }},
      {"Tanh", [](const Arguments& a) { return std::tanh(a[0]); }},
      {"Erf", [](const Arguments& a) { return std::erf(a[0]); }},
      {"Relu", [](const Arguments& a) { return a[0] > 0 ? a[0] : 0; }},
      {"Min", [](const Arguments& a) { return std::fmin(a[0], a[1]); }},
      {"Identity", [](const Arguments& a) { return a[0]; }},
      // Of a single number the shape is all the same.
      {"Shape", [](const Arguments&) { return 1.0F; }},
      {"Expand", [](const Arguments& a) { return a[0]; }},
  };
  return all;
}

}  // namespace

std::vector<float> OnnxTensor::floats() const { return values_in<float>(bytes); }
std::vector<std::int64_t> OnnxTensor::integers() const { return values_in<std::int64_t>(bytes); }

std::vector<std::string> OnnxModel::ops() const {
  std::vector<std::string> all;
  for (const OnnxNode& node : nodes) all.push_back(node.op);
  return all;
}

OnnxModel read_onnx(std::string_view bytes) {
  OnnxModel model;
  for (const Field& field : fields_of(bytes)) {
    if (field.number == 1)
      model.ir_version = static_cast<std::int64_t>(field.whole);
    else if (field.number == 2)
      model.producer = field.bytes;
    else if (field.number == 3)
      model.producer_version = field.bytes;
    else if (field.number == 7)
      read_graph(field.bytes, model);
    else if (field.number == 8)
      model.opset = static_cast<std::int64_t>(fields_of(field.bytes).back().whole);
    else if (field.number == 14) {
      const std::vector<Field> entry = fields_of(field.bytes);
      model.metadata[std::string(entry.at(0).bytes)] = entry.at(1).bytes;
    } else
      unexpected("ModelProto", field.number);
  }
  return model;
}

float run_onnx(const OnnxModel& model, float x) {
  std::map<std::string, float> values{{model.inputs.at(0).name, x}};
  for (const auto& [name, tensor] : model.initializers)
    values[name] = tensor.type == 9 ? static_cast<float>(tensor.bytes.at(0)) : tensor.floats().at(0);
  for (const OnnxNode& node : model.nodes) {
    Arguments arguments;
    for (const std::string& input : node.inputs) arguments.push_back(values.at(input));
    const auto found = operators().find(node.op);
    if (found == operators().end()) throw std::runtime_error("the test does not know the operator " + node.op);
    values[node.outputs.at(0)] = found->second(arguments);
  }
  return values.at(model.outputs.at(0).name);
}

}  // namespace seegrad::test
