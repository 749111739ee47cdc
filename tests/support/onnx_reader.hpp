// Reads an ONNX model byte by byte, by the wire format alone: what the tests compare with what the library meant to write.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::test {

struct OnnxTensor {
  int type = 0;
  std::vector<std::int64_t> shape;
  std::string bytes;
  std::vector<float> floats() const;
  std::vector<std::int64_t> integers() const;
};

struct OnnxNode {
  std::string op, name;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, double> numbers;     ///< attributes that are numbers
  std::map<std::string, std::string> texts;  ///< and those that are texts
};

/// An input or output; a size that has a name is -1.
struct OnnxValue {
  std::string name, size_name;
  int type = 0;
  std::vector<std::int64_t> shape;
};

struct OnnxModel {
  std::int64_t ir_version = 0, opset = 0;
  std::string producer, producer_version, graph;
  std::map<std::string, std::string> metadata;
  std::vector<OnnxNode> nodes;
  std::map<std::string, OnnxTensor> initializers;
  std::vector<OnnxValue> inputs, outputs;

  std::vector<std::string> ops() const;
};

/// Throws std::runtime_error for bytes that are no message, and for fields that are not expected where they stand.
OnnxModel read_onnx(std::string_view bytes);

/// The value of the model's one output when its one input is the single number x: nodes that work element by element only.
float run_onnx(const OnnxModel& model, float x);

}  // namespace seegrad::test
