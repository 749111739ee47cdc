// The builder of ONNX models, on the wire: bytes are read back by a reader that knows nothing of the builder.
#include "record/onnx_graph.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/version.hpp"
#include "support/onnx_reader.hpp"

using namespace seegrad;
using records::OnnxDimension;
using records::OnnxGraph;

namespace {

const std::array<OnnxDimension, 2> rows_of_three{"N", std::int64_t{3}};

test::OnnxModel read(const OnnxGraph& graph, const records::OnnxMetadata& metadata = {}) { return test::read_onnx(graph.model(metadata)); }

}  // namespace

TEST_CASE("an ONNX model says who made it and which operators it means", "[onnx]") {
  OnnxGraph graph("small");
  const test::OnnxModel model = read(graph, {{"data", "digits"}, {"class 0", "zero"}});
  CHECK(model.ir_version == 9);
  CHECK(model.opset == 20);
  CHECK(model.producer == "seegrad");
  CHECK(model.producer_version == version);
  CHECK(model.graph == "small");
  CHECK(model.metadata == std::map<std::string, std::string>{{"class 0", "zero"}, {"data", "digits"}});
}

TEST_CASE("nodes, attributes and tensors of an ONNX graph come back from its bytes", "[onnx]") {
  OnnxGraph graph("g");
  const std::string x = graph.input("x", rows_of_three);
  const std::array<float, 6> weights{1, -2, 0.5F, 1e-30F, std::numeric_limits<float>::infinity(), -0.0F};
  const std::array<std::int64_t, 2> shape{2, 3};
  const std::string w = graph.initializer("0.weight", weights, shape);
  graph.enter("0");
  const std::string z =
      graph.node("Gemm", {x, w}, {{"transB", std::int64_t{1}}, {"alpha", 0.5F}, {"how", "exactly"}, {"axis", std::int64_t{-1}}});
  graph.output(z, "z", std::array<OnnxDimension, 2>{"N", std::int64_t{2}});

  const test::OnnxModel model = read(graph);
  REQUIRE(model.inputs.size() == 1);
  CHECK(model.inputs[0].name == "x");
  CHECK(model.inputs[0].type == 1);
  CHECK(model.inputs[0].size_name == "N");
  CHECK(model.inputs[0].shape == std::vector<std::int64_t>{-1, 3});
  REQUIRE(model.outputs.size() == 1);
  CHECK(model.outputs[0].name == "z");
  CHECK(model.outputs[0].shape == std::vector<std::int64_t>{-1, 2});

  REQUIRE(model.nodes.size() == 1);
  const test::OnnxNode& node = model.nodes[0];
  CHECK(node.op == "Gemm");
  CHECK(node.inputs == std::vector<std::string>{"x", "0.weight"});
  CHECK(node.outputs == std::vector<std::string>{"z"});
  CHECK(node.numbers == std::map<std::string, double>{{"alpha", 0.5}, {"axis", -1}, {"transB", 1}});
  CHECK(node.texts == std::map<std::string, std::string>{{"how", "exactly"}});

  const test::OnnxTensor& tensor = model.initializers.at("0.weight");
  CHECK(tensor.type == 1);
  CHECK(tensor.shape == std::vector<std::int64_t>{2, 3});
  CHECK(tensor.bytes == std::string(reinterpret_cast<const char*>(weights.data()), sizeof weights));
}

TEST_CASE("tensors of every type keep their bits", "[onnx]") {
  OnnxGraph graph("g");
  const std::array<double, 2> doubles{0.1, -1e300};
  const std::array<std::int64_t, 3> wholes{-1, 0, std::int64_t{1} << 40};
  graph.initializer("doubles", doubles, std::array<std::int64_t, 1>{2});
  graph.initializer("wholes", std::span<const std::int64_t>(wholes), std::array<std::int64_t, 1>{3});
  graph.constant(true);
  const test::OnnxModel model = read(graph);
  CHECK(model.initializers.at("doubles").type == 11);
  CHECK(model.initializers.at("doubles").bytes == std::string(reinterpret_cast<const char*>(doubles.data()), sizeof doubles));
  CHECK(model.initializers.at("wholes").type == 7);
  CHECK(model.initializers.at("wholes").integers() == std::vector<std::int64_t>(wholes.begin(), wholes.end()));
  CHECK(model.initializers.at("constant_true").type == 9);
  CHECK(model.initializers.at("constant_true").bytes == std::string(1, '\1'));
}

TEST_CASE("every value of an ONNX graph has a name of its own, and equal constants are one", "[onnx]") {
  OnnxGraph graph("g");
  std::string value = graph.input("x", rows_of_three);
  graph.enter("2.1");
  std::vector<std::string> names{value};
  for (int i = 0; i < 3; ++i) names.push_back(value = graph.node("Mul", {value, graph.constant(0.5)}));
  CHECK(names == std::vector<std::string>{"x", "2.1.Mul", "2.1.Mul_1", "2.1.Mul_2"});
  CHECK(graph.constant(0.0) != graph.constant(-0.0));
  CHECK(graph.constant(1.0) != graph.constant(std::array<std::int64_t, 1>{1}));
  CHECK(graph.constant(1.0) != graph.constant(true));
  CHECK(read(graph).initializers.size() == 6);
}

TEST_CASE("an output is renamed where it is made and where it is read", "[onnx]") {
  OnnxGraph graph("g");
  const std::string x = graph.input("x", rows_of_three);
  const std::string inner = graph.node("Exp", {x});
  graph.node("Log", {inner});
  graph.output(inner, "y", rows_of_three);
  const test::OnnxModel model = read(graph);
  CHECK(model.nodes.at(0).outputs.at(0) == "y");
  CHECK(model.nodes.at(1).inputs.at(0) == "y");
}

TEST_CASE("what no node makes leaves an ONNX graph through an identity", "[onnx]") {
  OnnxGraph graph("g");
  graph.output(graph.input("x", rows_of_three), "y", rows_of_three);
  const test::OnnxModel model = read(graph);
  REQUIRE(model.ops() == std::vector<std::string>{"Identity"});
  CHECK(model.nodes[0].inputs.at(0) == "x");
  CHECK(model.nodes[0].outputs.at(0) == "y");
}

TEST_CASE("a graph that could not run is refused where it is written", "[onnx]") {
  OnnxGraph graph("g");
  const std::string x = graph.input("x", rows_of_three);
  const std::array<float, 2> two{1, 2};
  CHECK_THROWS_WITH(graph.node("Exp", {"y"}), "onnx: Exp reads y, which nothing makes");
  CHECK_THROWS_WITH(graph.initializer("w", two, std::array<std::int64_t, 1>{3}), "onnx: w has 2 values, its shape says 3");
  CHECK_THROWS_WITH(graph.initializer("x", two, std::array<std::int64_t, 1>{2}), "onnx: there is already a value x");
  CHECK_THROWS_WITH(graph.output(x, "x", rows_of_three), "onnx: there is already a value x");
}
