// Modules: names, events, modes, and what the layers compute.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/activation_layer.hpp"
#include "seegrad/nn/dropout.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/nn/normalisation.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/tensor/gradients.hpp"

using namespace seegrad;
using namespace seegrad::nn;
using Catch::Matchers::Contains;

namespace {

const TensorOptions float64{DType::float64, {}};

Tensor random_tensor(const Shape& shape, std::uint64_t seed, TensorOptions options = float64) {
  Random random(seed);
  std::vector<double> values(std::size_t(shape.count()));
  for (double& value : values) value = random.normal();
  return Tensor::from(values, shape, options);
}

std::vector<std::string> names_of(const Module& module) {
  std::vector<std::string> names;
  for (const nn::Parameter& parameter : module.parameters()) names.push_back(parameter.name + (parameter.decay ? "" : " (no decay)"));
  return names;
}

struct Heard {
  std::string path, kind;
  Tensor input, output, weight, bias;
  std::string activation;
  bool was_deferred;
};

class Recorder : public Observer {
 public:
  std::vector<Heard> events;
  void forward(const ForwardEvent& e) override {
    events.push_back({std::string(e.path), std::string(e.kind), e.input, e.output, e.weight ? *e.weight : Tensor{},
                      e.bias ? *e.bias : Tensor{}, e.activation ? e.activation->to_string() : "",
                      e.output.buffer().storage->deferred() != nullptr});
  }
};

}  // namespace

TEST_CASE("parameters are named as in PyTorch, by place in the network", "[nn]") {
  Random random(1);
  Sequential inner;
  inner.add(Linear(3, 3, Initializer(), random)).add(LayerNorm(3)).add(ActivationLayer(Activation::parse("prelu")));
  Sequential network;
  network.add(Linear(4, 3, Initializer(), random)).add(BatchNorm(3)).add(Dropout(0.5, random)).add(std::move(inner));
  network.add(Linear(3, 2, Initializer(), random, {.bias = false}));
  CHECK(names_of(network) ==
        std::vector<std::string>{"0.weight", "0.bias", "1.weight (no decay)", "1.bias (no decay)", "3.0.weight", "3.0.bias",
                                 "3.1.weight (no decay)", "3.1.bias (no decay)",
                                 "3.2." + std::string(Activation::parse("prelu").formula().parameters()[0].name) + " (no decay)",
                                 "4.weight"});
  std::vector<std::string> buffers;
  for (const NamedTensor& buffer : network.buffers()) buffers.push_back(buffer.name);
  CHECK(buffers == std::vector<std::string>{"1.running_mean", "1.running_var", "2.draws"});
  CHECK(network.parameter_count() == 4 * 3 + 3 + 6 + 3 * 3 + 3 + 6 + 1 + 6);
  CHECK(network[3].path() == "3");
  CHECK(network.describe() ==
        "linear 4 -> 3, batch_norm 3, dropout 0.5, (linear 3 -> 3, layer_norm 3, prelu, learned), linear 3 -> 2 without bias");
  CHECK(names_of(Linear(2, 2, Initializer(), random)) == std::vector<std::string>{"weight", "bias"});
  for (const nn::Parameter& parameter : network.parameters()) CHECK(parameter.tensor.requires_grad());
}

TEST_CASE("layers announce what they computed, and leave products deferred", "[nn][observer]") {
  Random random(1);
  Sequential network = mlp({.inputs = 3, .outputs = 2, .depth = 1, .width = 4, .activation = Activation::parse("relu")}, random);
  const Tensor x = random_tensor({5, 3}, 1, {});
  Recorder recorder;
  {
    const Listening listening(recorder);
    network(x);
  }
  network(x);  // nobody listens any more
  REQUIRE(recorder.events.size() == 4);
  const Heard& first = recorder.events[0];
  CHECK(first.path == "0");
  CHECK(first.kind == "linear");
  CHECK(first.was_deferred);
  CHECK(first.input.same_as(x));
  CHECK(first.weight.same_as(network.parameters()[0].tensor));
  CHECK(first.bias.same_as(network.parameters()[1].tensor));
  CHECK(recorder.events[1].kind == "activation");
  CHECK(recorder.events[1].activation == "relu");
  CHECK(recorder.events[1].input.same_as(first.output));
  CHECK(recorder.events[2].path == "2");
  CHECK(recorder.events[3].kind == "sequential");
  CHECK(recorder.events[3].path.empty());
}

TEMPLATE_TEST_CASE("a linear layer is x W^T + b", "[nn]", float, double) {
  Random random(1);
  const TensorOptions options{dtype_of<TestType>(), {}};
  Linear layer(2, 3, Initializer(), random, {.tensor = options});
  layer.parameters()[0].tensor.assign(std::vector<double>{1, 2, 3, 4, 5, 6});
  layer.parameters()[1].tensor.assign(std::vector<double>{10, 20, 30});
  const Tensor x = Tensor::from({1, -1, 0.5, 2}, {2, 2}, options);
  CHECK(layer(x).to_vector() == std::vector<double>{9, 19, 29, 14.5, 29.5, 44.5});
  CHECK_THROWS_AS(layer(Tensor::zeros({2, 3}, options)), Error);
}

TEST_CASE("a layer draws the same weights in both element types, and on both sides of a mode", "[nn]") {
  Random a(9), b(9);
  const MlpOptions wanted{.inputs = 6, .outputs = 3, .depth = 2, .width = 5, .activation = Activation::parse("gelu"), .tensor = float64};
  MlpOptions narrow = wanted;
  narrow.tensor = {};
  const auto exact = mlp(wanted, a).parameters(), rounded = mlp(narrow, b).parameters();
  REQUIRE(exact.size() == rounded.size());
  for (std::size_t i = 0; i < exact.size(); ++i) CHECK(exact[i].tensor.to(DType::float32).to_vector() == rounded[i].tensor.to_vector());
}

TEST_CASE("what an activation can learn gets a gradient, one for the layer or one for each channel", "[nn]") {
  const Activation f = Activation::parse("prelu");
  ActivationLayer one(f, float64);
  ActivationLayer many = ActivationLayer::per_channel(f, 3, float64);
  const Tensor x = Tensor::from({-1, 2, -3, -4, -5, 6}, {2, 3}, float64);
  CHECK(one(x).to_vector() == std::vector<double>{-0.25, 2, -0.75, -1, -1.25, 6});
  CHECK(gradients(sum(one(x)), one.parameter_tensors())[0].to_vector() == std::vector<double>{-13});
  CHECK(gradients(sum(many(x)), many.parameter_tensors())[0].to_vector() == std::vector<double>{-5, -5, -3});
  many.parameters()[0].tensor.assign(std::vector<double>{0, 1, 2});
  CHECK(many(x).to_vector() == std::vector<double>{0, 2, -6, 0, -5, 6});
  CHECK(ActivationLayer(Activation::parse("relu")).parameters().empty());
  CHECK_THROWS_AS(ActivationLayer::per_channel(f, 0), UsageError);
}

TEST_CASE("dropout drops in training only, anew each time, and repeats by seed", "[nn]") {
  Random a(4), b(4);
  Dropout layer(0.25, a), twin(0.25, b);
  const Tensor x = Tensor::full({100, 100}, 3);
  const Tensor first = layer(x), second = layer(x);
  CHECK((first.to_vector() == twin(x).to_vector()));
  CHECK((first.to_vector() != second.to_vector()));
  std::int64_t zeros = 0;
  bool zero_or_scaled = true;
  for (const double value : first.to_vector()) {
    zeros += value == 0;
    zero_or_scaled = zero_or_scaled && (value == 0 || value == 4);
  }
  CHECK(zero_or_scaled);
  CHECK(std::abs(double(zeros) - 2500) < 5 * std::sqrt(10000 * 0.25 * 0.75));
  // The count of draws is all that a checkpoint needs.
  CHECK(layer.buffers()[0].tensor.item() == 2);
  twin.buffers()[0].tensor.assign(std::vector<double>{1});
  CHECK((twin(x).to_vector() == second.to_vector()));
  layer.train(false);
  CHECK(layer(x).same_as(x));
  CHECK(layer.buffers()[0].tensor.item() == 2);
}

TEST_CASE("a container hands its mode down, also to what is added later", "[nn]") {
  Random random(1);
  Sequential inner;
  inner.add(Dropout(0.5, random));
  Sequential network;
  network.add(std::move(inner));
  network.train(false);
  network.add(Dropout(0.5, random));
  CHECK_FALSE(network[1].training());
  CHECK_FALSE(dynamic_cast<Sequential&>(network[0])[0].training());
  network.train(true);
  CHECK(dynamic_cast<Sequential&>(network[0])[0].training());
}

TEST_CASE("an mlp has the layers that were asked for, in order", "[nn]") {
  Random random(1);
  MlpOptions options{.inputs = 784, .outputs = 10, .depth = 2, .width = 16, .activation = Activation::parse("leaky_relu(0.2)")};
  CHECK(mlp(options, random).describe() ==
        "linear 784 -> 16, leaky_relu(slope=0.2), linear 16 -> 16, leaky_relu(slope=0.2), linear 16 -> 10");
  options.depth = 1;
  options.dropout = 0.1;
  options.normalisation = parse_normalisation("Batch-Norm");
  CHECK(mlp(options, random).describe() == "linear 784 -> 16, batch_norm 16, leaky_relu(slope=0.2), dropout 0.1, linear 16 -> 10");
  options.depth = 0;
  CHECK(mlp(options, random).describe() == "linear 784 -> 10");
  CHECK(name_of(Normalisation::layer) == "layer");
}

TEST_CASE("impossible layers are refused by name and value", "[nn][errors]") {
  Random random(1);
  const MlpOptions good{.inputs = 4, .outputs = 2, .depth = 2, .width = 3, .activation = Activation::parse("relu")};
  const auto with = [&](auto change) {
    MlpOptions options = good;
    change(options);
    return [&random, options] { mlp(options, random); };
  };
  CHECK_THROWS_WITH(with([](MlpOptions& o) { o.width = 0; })(), Contains("--width: 0"));
  CHECK_THROWS_WITH(with([](MlpOptions& o) { o.depth = -1; })(), Contains("--depth: -1"));
  CHECK_THROWS_WITH(with([](MlpOptions& o) { o.dropout = 1; })(), Contains("--dropout: 1"));
  CHECK_THROWS_AS(with([](MlpOptions& o) { o.inputs = 0; })(), UsageError);
  CHECK_THROWS_AS(with([](MlpOptions& o) { o.outputs = -3; })(), UsageError);
  CHECK_THROWS_WITH(parse_normalisation("btach"), Contains("did you mean 'batch'?"));
  CHECK_THROWS_AS(Linear(0, 3, Initializer(), random), UsageError);
  CHECK_THROWS_AS(Linear(std::int64_t{1} << 40, std::int64_t{1} << 40, Initializer(), random), UsageError);
  CHECK_THROWS_AS(Dropout(std::numeric_limits<double>::quiet_NaN(), random), UsageError);
  CHECK_THROWS_AS(Dropout(-0.1, random), UsageError);
  Sequential network;
  CHECK_THROWS_AS(network[0], Error);
  CHECK_THROWS_AS(network.add(std::unique_ptr<Module>{}), Error);
}
