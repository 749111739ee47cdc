// Copies between networks that differ, and new weights for some units: what changes, and what must not.
#include "seegrad/nn/reinitialise.hpp"

#include <catch2/catch.hpp>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/mlp.hpp"

namespace seegrad::nn {
namespace {

Sequential network_of(const char* activation, std::uint64_t seed, Normalisation normalisation = Normalisation::none,
                      std::int64_t width = 4) {
  Random random(seed);
  return mlp(
      {.inputs = 3, .outputs = 2, .depth = 2, .width = width, .activation = Activation::parse(activation), .normalisation = normalisation},
      random);
}

Tensor some_input() { return Tensor::from({1, -2, 3, 0.5, 0.25, -1}, {2, 3}); }

std::vector<double> values_of(const Module& network, const std::string& name) {
  for (const Parameter& parameter : network.parameters())
    if (parameter.name == name) return parameter.tensor.to_vector();
  for (const NamedTensor& buffer : network.buffers())
    if (buffer.name == name) return buffer.tensor.to_vector();
  FAIL("there is no " << name);
  return {};
}

const Initializer he = Initializer::parse("he");
const Nonlinearity relu = Activation::parse("relu");

}  // namespace

TEST_CASE("a network that all parameters are copied into computes the same", "[nn][reinitialise]") {
  Sequential from = network_of("relu", 1), to = network_of("relu", 2);
  REQUIRE(from(some_input()).to_vector() != to(some_input()).to_vector());
  CHECK(copy_parameters(from, to) == 6);  // three layers with weight and bias
  CHECK(from(some_input()).to_vector() == to(some_input()).to_vector());
  to.parameter_tensors()[0].assign(std::vector<double>(12));  // a copy, not a handle
  CHECK(from(some_input()).to_vector() != to(some_input()).to_vector());
}

TEST_CASE("running statistics of a normalisation are copied too", "[nn][reinitialise]") {
  Sequential from = network_of("tanh", 1, Normalisation::batch), to = network_of("tanh", 2, Normalisation::batch);
  static_cast<void>(from(some_input()));  // in training: moves the statistics
  copy_parameters(from, to);
  CHECK(values_of(to, "1.running_mean") == values_of(from, "1.running_mean"));
  from.train(false);
  to.train(false);
  CHECK(from(some_input()).to_vector() == to(some_input()).to_vector());
}

TEST_CASE("positions in streams of random numbers are copied too", "[nn][reinitialise]") {
  Random random(1);
  const MlpOptions options{.inputs = 3, .outputs = 2, .depth = 1, .width = 4, .activation = Activation::parse("rrelu"), .dropout = 0.5};
  Sequential from = mlp(options, random), to = mlp(options, random);
  static_cast<void>(from(some_input()));  // in training: one draw each
  CHECK(copy_parameters(from, to) == 6);
  CHECK(values_of(to, "1.draws") == std::vector<double>{1});
  CHECK(values_of(to, "2.draws") == std::vector<double>{1});
}

TEST_CASE("what only one of the networks has, or has in another shape, stays as it was", "[nn][reinitialise]") {
  const Sequential from = network_of("relu", 1), learns = network_of("prelu", 2), wide = network_of("relu", 3, Normalisation::none, 5);
  const std::vector<double> slope = values_of(learns, "1.slope"), first = values_of(wide, "0.weight");
  CHECK(copy_parameters(from, learns) == 6);
  CHECK(values_of(learns, "1.slope") == slope);
  CHECK(values_of(learns, "2.weight") == values_of(from, "2.weight"));
  CHECK(copy_parameters(from, wide) == 1);  // the outputs' biases
  CHECK(values_of(wide, "0.weight") == first);
}

TEST_CASE("chosen units get new incoming weights and a bias of 0, all others keep theirs", "[nn][reinitialise]") {
  Sequential network = network_of("relu", 1);
  for (const Parameter& parameter : network.parameters())
    if (Tensor bias = parameter.tensor; bias.shape().rank() == 1)
      bias.assign(std::vector<double>(static_cast<std::size_t>(bias.count()), 7));
  const std::vector<double> first = values_of(network, "0.weight"), before = values_of(network, "2.weight");
  Random random(5), again(5);
  reinitialise_units(network, "2", {false, true, false, true}, he, relu, random);
  const std::vector<double> after = values_of(network, "2.weight"), drawn = he.weights({4, 4}, relu, again);
  for (std::size_t i = 0; i < 16; ++i) {
    CAPTURE(i);
    const bool chosen = i / 4 == 1 || i / 4 == 3;
    CHECK(after[i] == (chosen ? static_cast<double>(static_cast<float>(drawn[i])) : before[i]));
  }
  CHECK(values_of(network, "2.bias") == std::vector<double>{7, 0, 7, 0});
  CHECK(values_of(network, "0.weight") == first);
  CHECK(values_of(network, "0.bias") == std::vector<double>{7, 7, 7, 7});
}

TEST_CASE("a unit's new weights do not depend on who else is chosen", "[nn][reinitialise]") {
  const Sequential one = network_of("relu", 1), all = network_of("relu", 1);
  Random random(5), again(5);
  reinitialise_units(one, "0", {false, false, true, false}, he, relu, random);
  reinitialise_units(all, "0", {true, true, true, true}, he, relu, again);
  for (std::size_t i = 6; i < 9; ++i) CHECK(values_of(one, "0.weight")[i] == values_of(all, "0.weight")[i]);
}

TEST_CASE("a rule that draws biases draws those too", "[nn][reinitialise]") {
  const Sequential network = network_of("relu", 1);
  Random random(5);
  reinitialise_units(network, "0", {true, true, true, true}, Initializer::parse("pytorch"), relu, random);
  for (const double bias : values_of(network, "0.bias")) CHECK(bias != 0);
}

TEST_CASE("reinitialising refuses layers that do not exist and the wrong number of units", "[nn][reinitialise]") {
  const Sequential network = network_of("relu", 1, Normalisation::batch);
  Random random(5);
  const std::vector<bool> four(4);
  CHECK_THROWS_AS(reinitialise_units(network, "9", four, he, relu, random), Error);
  CHECK_THROWS_AS(reinitialise_units(network, "1", four, he, relu, random), Error);  // a normalisation: its weight is no matrix
  CHECK_THROWS_AS(reinitialise_units(network, "0", std::vector<bool>(3), he, relu, random), Error);
}

}  // namespace seegrad::nn
