// Networks as ONNX models: which nodes and tensors stand in the file. What they compute, tests/formats/check_onnx.py compares.
#include "seegrad/train/onnx_export.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/dropout.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/nn/normalisation.hpp"
#include "seegrad/nn/row_layers.hpp"
#include "support/onnx_reader.hpp"

using namespace seegrad;
using Catch::Matchers::Contains;
using train::onnx_model;

namespace {

using Ops = std::vector<std::string>;

struct Kind {
  std::int64_t depth = 1;
  double dropout = 0;
  nn::Normalisation normalisation = nn::Normalisation::none;
  bool per_channel = false;
  DType type = DType::float32;
};

nn::Sequential network_of(const nn::Nonlinearity& activation, const Kind& kind = {}) {
  Random random(1);
  return nn::mlp({.inputs = 6,
                  .outputs = 3,
                  .depth = kind.depth,
                  .width = 4,
                  .activation = activation,
                  .dropout = kind.dropout,
                  .normalisation = kind.normalisation,
                  .activation_per_channel = kind.per_channel,
                  .tensor = {kind.type, {}}},
                 random);
}
nn::Sequential network_of(const char* activation, const Kind& kind = {}) { return network_of(nn::Nonlinearity::parse(activation), kind); }

test::OnnxModel exported(const nn::Module& network, const train::OnnxOptions& options = {}) {
  return test::read_onnx(onnx_model(network, 6, options));
}

std::vector<float> rounded(const Tensor& tensor) {
  const std::vector<double> values = tensor.to_vector();
  return {values.begin(), values.end()};
}

/// A kind of layer that nobody but this test knows.
struct Halving final : nn::Module {
  std::string_view kind() const override { return "halving"; }
  std::string describe() const override { return "half of it"; }
  Tensor forward(const Tensor& x) override { return x; }
};

}  // namespace

TEST_CASE("every parameter and running statistic is in the ONNX model under its own name", "[onnx]") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const auto normalisation : {nn::Normalisation::none, nn::Normalisation::batch, nn::Normalisation::layer}) {
      const nn::Sequential network =
          network_of("prelu", {.depth = 2, .dropout = 0.5, .normalisation = normalisation, .per_channel = true, .type = dtype});
      const test::OnnxModel model = exported(network);
      std::size_t found = 0;
      const auto check = [&](const std::string& name, const Tensor& tensor) {
        INFO(name);
        REQUIRE(model.initializers.count(name) == 1);
        const test::OnnxTensor& there = model.initializers.at(name);
        CHECK(there.type == 1);
        CHECK(there.shape == std::vector<std::int64_t>(tensor.shape().sizes().begin(), tensor.shape().sizes().end()));
        CHECK(there.floats() == rounded(tensor));
        ++found;
      };
      for (const nn::Parameter& parameter : network.parameters()) check(parameter.name, parameter.tensor);
      for (const nn::NamedTensor& buffer : network.buffers())
        if (buffer.name.find("running") != std::string::npos) check(buffer.name, buffer.tensor);
      CHECK(model.initializers.size() == found);  // nothing that only training needs
    }
  }
}

TEST_CASE("a layer is one node where ONNX has one, and dropout is none", "[onnx]") {
  CHECK(exported(network_of("relu", {.depth = 0})).ops() == Ops{"Gemm"});
  CHECK(exported(network_of("relu", {.depth = 1, .dropout = 0.5})).ops() == Ops{"Gemm", "Relu", "Gemm"});
  CHECK(exported(network_of("gelu", {.depth = 1, .normalisation = nn::Normalisation::batch})).ops() ==
        Ops{"Gemm", "BatchNormalization", "Gelu", "Gemm"});
  CHECK(exported(network_of("identity", {.depth = 1, .normalisation = nn::Normalisation::layer})).ops() ==
        Ops{"Gemm", "LayerNormalization", "Gemm"});
  CHECK(exported(network_of("reglu")).ops() == Ops{"Gemm", "Split", "Relu", "Mul", "Gemm"});
  CHECK(exported(network_of("maxout(3)")).ops() == Ops{"Gemm", "Reshape", "ReduceMax", "Gemm"});
  CHECK(exported(network_of("log_softmax")).ops() == Ops{"Gemm", "LogSoftmax", "Gemm"});
}

TEST_CASE("a model takes images and gives logits, in batches of any size", "[onnx]") {
  const test::OnnxModel model = exported(network_of("swiglu"));
  REQUIRE(model.inputs.size() == 1);
  CHECK(model.inputs[0].name == "images");
  CHECK(model.inputs[0].size_name == "N");
  CHECK(model.inputs[0].shape == std::vector<std::int64_t>{-1, 6});
  REQUIRE(model.outputs.size() == 1);
  CHECK(model.outputs[0].name == "logits");
  CHECK(model.outputs[0].size_name == "N");
  CHECK(model.outputs[0].shape == std::vector<std::int64_t>{-1, 3});
  CHECK(model.nodes.back().outputs == std::vector<std::string>{"logits"});
}

TEST_CASE("the numbers of a layer reach the attributes of its node", "[onnx]") {
  nn::Sequential network;
  Random random(1);
  network.add(nn::Linear(6, 4, {}, random, {.bias = false}));
  network.add(nn::BatchNorm(4, {.epsilon = 0.25})).add(nn::LayerNorm(4, {.epsilon = 0.5}));
  const test::OnnxModel model = exported(network);
  CHECK(model.nodes.at(0).inputs == std::vector<std::string>{"images", "0.weight"});
  CHECK(model.nodes.at(0).numbers.at("transB") == 1);
  CHECK(model.nodes.at(1).numbers.at("epsilon") == 0.25);
  CHECK(model.nodes.at(1).inputs == std::vector<std::string>{"0.Gemm", "1.weight", "1.bias", "1.running_mean", "1.running_var"});
  CHECK(model.nodes.at(2).numbers == std::map<std::string, double>{{"axis", -1}, {"epsilon", 0.5}});
}

TEST_CASE("the scaling of pixels is the first step where it is asked for", "[onnx]") {
  const test::OnnxModel model =
      exported(network_of("relu"), {.scaling = PixelScaling{0.5F, -0.25F}, .metadata = {{"class 0", "T-shirt/top"}}});
  CHECK(model.ops() == Ops{"Mul", "Add", "Gemm", "Relu", "Gemm"});
  CHECK(model.initializers.at(model.nodes.at(0).inputs.at(1)).floats() == std::vector<float>{0.5F});
  CHECK(model.initializers.at(model.nodes.at(1).inputs.at(1)).floats() == std::vector<float>{-0.25F});
  CHECK(model.metadata.at("class 0") == "T-shirt/top");
}

TEST_CASE("networks within networks keep their names in ONNX", "[onnx]") {
  nn::Sequential inner, network;
  Random random(1);
  inner.add(nn::Linear(6, 3, {}, random)).add(nn::ActivationLayer(Activation::parse("swish")));
  network.add(std::move(inner));
  const test::OnnxModel model = exported(network);
  CHECK(model.initializers.count("0.0.weight") == 1);
  CHECK(model.initializers.count("0.1.beta") == 1);
  CHECK(model.nodes.at(0).name == "0.0.Gemm");
}

TEST_CASE("every nonlinearity that has a name can be exported", "[onnx]") {
  for (const nn::Nonlinearity& f : nn::Nonlinearity::all()) {
    for (const bool per_channel : {false, true}) {
      INFO(f.to_string());
      const test::OnnxModel model = exported(network_of(f, {.depth = 2, .per_channel = per_channel}));
      CHECK(std::count_if(model.nodes.begin(), model.nodes.end(), [](const auto& node) { return node.op == "Gemm"; }) == 3);
    }
  }
}

TEST_CASE("what cannot be exported is named with its layer", "[onnx]") {
  nn::Sequential network;
  Random random(1);
  network.add(nn::Linear(6, 5, {}, random));
  const auto with = [&](auto module) {
    nn::Sequential sequence;
    Random other(1);
    sequence.add(nn::Linear(6, 5, {}, other)).add(std::move(module));
    return sequence;
  };
  CHECK_THROWS_WITH(onnx_model(with(Halving()), 6), "onnx: layer 1 (half of it) is of a kind that cannot be exported: halving");
  CHECK_THROWS_WITH(onnx_model(with(nn::FunctionLayer("my own", [](const Tensor& x) { return x; })), 6),
                    "onnx: layer 1 (my own) is a function that cannot be said in ONNX");
  CHECK_THROWS_WITH(onnx_model(with(nn::LayerNorm(4)), 6), "onnx: layer 1 (layer_norm 4) takes rows of 4 numbers and gets 5");
  CHECK_THROWS_WITH(onnx_model(with(nn::GatedLayer(nn::ActivationLayer(Activation::parse("relu")), "reglu")), 6),
                    "onnx: layer 1 (reglu) takes rows of two halves and gets 5 numbers");
  CHECK_THROWS_WITH(onnx_model(with(nn::FunctionLayer("maxout(k=3)", [](const Tensor& x) { return x; })), 6),
                    "onnx: layer 1 (maxout(k=3)) takes a multiple of 3 numbers and gets 5");
  CHECK_THROWS_WITH(onnx_model(network, 7), Contains("layer 0 (linear 6 -> 5) takes rows of 6 numbers and gets 7"));
}
