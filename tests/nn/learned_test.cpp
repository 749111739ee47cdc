// What activations learn, found in networks of which it is known.
#include "seegrad/nn/learned.hpp"

#include <catch2/catch.hpp>

#include "seegrad/nn/activation_layer.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/mlp.hpp"

namespace seegrad::nn {
namespace {

Sequential network_with(const std::string& activation, bool per_channel = false, Normalisation normalisation = Normalisation::none) {
  Random random(1);
  return mlp({.inputs = 3,
              .outputs = 2,
              .depth = 2,
              .width = 4,
              .activation = Nonlinearity::parse(activation),
              .normalisation = normalisation,
              .activation_per_channel = per_channel},
             random);
}

/// "slope 1, slope 2"
std::string list(const std::vector<LearnedNumber>& numbers) {
  std::string text;
  for (const LearnedNumber& number : numbers) text += (text.empty() ? "" : ", ") + number.name + " " + std::to_string(number.layer);
  return text;
}

}  // namespace

TEST_CASE("what activations learn is listed by name and layer, with its value", "[nn][learned]") {
  const std::vector<LearnedNumber> slopes = learned_numbers(network_with("prelu"));
  REQUIRE(list(slopes) == "slope 1, slope 2");
  CHECK(slopes[1].mean() == 0.25);
  CHECK(slopes[1].tensor.count() == 1);
  const std::vector<LearnedNumber> lines = learned_numbers(network_with("acon_c"));
  CHECK(list(lines) == "p1 1, p1 2, p2 1, p2 2, beta 1, beta 2");
  CHECK(lines[0].mean() == 1);
  CHECK(lines[2].mean() == 0);
}

TEST_CASE("gains and shifts of a normalisation are not what an activation learns", "[nn][learned]") {
  CHECK(learned_numbers(network_with("relu", false, Normalisation::batch)).empty());
  CHECK(learned_numbers(network_with("softmax")).empty());
  CHECK(list(learned_numbers(network_with("prelu", false, Normalisation::layer))) == "slope 1, slope 2");
}

TEST_CASE("one value a unit has their mean, and follows what is written to it", "[nn][learned]") {
  const Sequential network = network_with("prelu", true);
  const std::vector<LearnedNumber> slopes = learned_numbers(network);
  REQUIRE(slopes.size() == 2);
  CHECK(slopes[0].tensor.count() == 4);
  for (const Parameter& p : network.parameters())
    if (Tensor slope = p.tensor; p.name == "1.slope") slope.assign(std::vector<double>{0, 1, 2, 5});
  CHECK(slopes[0].mean() == 2);
  CHECK(slopes[1].mean() == 0.25);
}

TEST_CASE("gates and networks inside a network are searched too", "[nn][learned]") {
  CHECK(list(learned_numbers(network_with("gated(prelu)"))) == "slope 1, slope 2");
  Random random(1);
  Sequential inner, outer;
  inner.add(Linear(3, 3, {}, random)).add(ActivationLayer(Activation::parse("prelu")));
  outer.add(ActivationLayer(Activation::parse("relu"))).add(std::move(inner)).add(ActivationLayer(Activation::parse("swish")));
  CHECK(list(learned_numbers(outer)) == "slope 2, beta 3");
  CHECK(learned_numbers(Sequential{}).empty());
}

}  // namespace seegrad::nn
