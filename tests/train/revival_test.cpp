// Units that are killed by hand, and what brings them back.
#include "seegrad/train/revival.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/train/fit.hpp"

namespace seegrad::train {
namespace {

TrainOptions knobs() {
  TrainOptions knobs;
  knobs.data = "digits";
  knobs.train_samples = 500;
  knobs.depth = 2;
  knobs.width = 8;
  knobs.epochs = 3;
  knobs.batch = 16;
  knobs.threads = 1;
  knobs.device = "cpu";
  return knobs;
}

/// The network of the knobs, in which the first `dead` units of the last hidden layer are far below zero for every picture.
nn::Sequential killed(const Samples& samples, const TrainOptions& knobs, std::size_t dead) {
  nn::Sequential network = network_for(samples, knobs);
  for (nn::Parameter& parameter : network.parameters()) {
    if (parameter.name != "2.bias") continue;
    std::vector<double> biases = parameter.tensor.to_vector();
    for (std::size_t i = 0; i < dead; ++i) biases[i] = -1000;
    parameter.tensor.assign(biases);
  }
  return network;
}

}  // namespace

TEST_CASE("the dead are those that are zero on every test image, layer by layer", "[train][revival]") {
  Samples samples(knobs());
  nn::Sequential network = killed(samples, knobs(), 3), alive = killed(samples, knobs(), 0);
  const std::vector<double> dead = dead_shares(network, samples), before = dead_shares(alive, samples);
  CHECK(network.training());
  REQUIRE(dead.size() == 2);
  CHECK(dead[0] == before[0]);
  CHECK(dead[1] >= 3.0 / 8);
  CHECK(dead[1] <= before[1] + 3.0 / 8);
  nn::Sequential all = killed(samples, knobs(), 8);
  CHECK(dead_shares(all, samples)[1] == 1);
}

TEST_CASE("training alone does not bring dead units back", "[train][revival]") {
  Samples samples(knobs());
  const nn::Sequential network = killed(samples, knobs(), 8);
  const Revival found = revive(network, knobs(), samples, {.activation = knobs().activation});
  CHECK(found.dead == 8);
  CHECK(found.revived_share == 0);
  CHECK(found.dead_share == 1);
}

TEST_CASE("who is dead is asked of the network's own activation, even where the cure has no zeros", "[train][revival]") {
  TrainOptions still = knobs();
  still.learning_rate = 1e-12;
  Samples samples(still);
  const Revival found = revive(killed(samples, still, 8), still, samples, {.activation = Activation::parse("leaky_relu(0.1)")});
  CHECK(found.dead == 8);
  CHECK(found.dead_share == 1);
}

TEST_CASE("new weights bring dead units back and leave the network itself alone", "[train][revival]") {
  Samples samples(knobs());
  const nn::Sequential network = killed(samples, knobs(), 8);
  std::vector<std::vector<double>> before;
  for (const Tensor& parameter : network.parameter_tensors()) before.push_back(parameter.to_vector());
  const Revival without = revive(network, knobs(), samples, {.activation = knobs().activation});
  const Revival with = revive(network, knobs(), samples, {.activation = knobs().activation, .new_weights = true});
  CHECK(with.revived_share > 0.5);
  CHECK(with.dead_share == Approx(1 - with.revived_share));  // all were dead
  CHECK(with.test_accuracy > without.test_accuracy + 0.1);   // without, every picture looks alike
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(network.parameter_tensors()[i].to_vector() == before[i]);
}

TEST_CASE("where nobody is dead there is no share that comes back; without hidden layers nobody can be", "[train][revival]") {
  TrainOptions smooth = knobs();
  smooth.activation = Activation::parse("tanh");
  Samples samples(smooth);
  const Revival found = revive(network_for(samples, smooth), smooth, samples, {.activation = smooth.activation, .new_weights = true});
  CHECK(found.dead == 0);
  CHECK(std::isnan(found.revived_share));
  CHECK(found.dead_share == 0);
  TrainOptions flat = knobs();
  flat.depth = 0;
  CHECK_THROWS_AS(revive(network_for(samples, flat), flat, samples, {.activation = flat.activation}), Error);
}

}  // namespace seegrad::train
