// The ledger against networks small enough to walk back by hand, and against what the layer statistics say of the same step.
#include "seegrad/observe/gradient_ledger.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/tensor/gradients.hpp"

using namespace seegrad;

namespace {

/// One unit a layer: every RMS is an absolute value.
nn::Sequential chain(const std::string& activation, std::int64_t depth, const std::vector<double>& weights) {
  Random random(1);
  nn::Sequential network =
      nn::mlp({.inputs = 1, .outputs = 1, .depth = depth, .width = 1, .activation = Activation::parse(activation)}, random);
  std::size_t next = 0;
  for (Tensor& parameter : network.parameter_tensors())
    if (parameter.shape().rank() == 2) parameter.assign(std::vector<double>{weights.at(next++)});
  return network;
}

observe::GradientAccount account_of(nn::Sequential& network, double x) {
  observe::GradientLedger ledger;
  {
    const Listening listening(ledger);
    static_cast<void>(gradients(sum(network(Tensor::from({x}, {1, 1}))), network.parameter_tensors()));
  }
  return ledger.account();
}

struct Seen {
  observe::GradientAccount account;
  std::vector<observe::LayerStatistics> layers;
};

Seen seen(const nn::MlpOptions& options) {
  Random random(3);
  nn::Sequential network = nn::mlp(options, random);
  std::vector<double> images(static_cast<std::size_t>(16 * options.inputs));
  for (double& value : images) value = random.normal();
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < 16; ++i) labels.push_back(i % static_cast<std::int32_t>(options.outputs));
  observe::GradientLedger ledger;
  observe::LayerWatch watch;
  {
    const Listening one(ledger), other(watch);
    const Tensor loss = cross_entropy(network(Tensor::from(images, Shape({16, options.inputs}))), Tensor::indices(labels));
    static_cast<void>(gradients(loss, network.parameter_tensors()));
  }
  return {ledger.account(), watch.collect()};
}

}  // namespace

TEST_CASE("a step back is the weight above times the slope, entered one by one", "[observe]") {
  // z = 2 w_1, then w_2 f(z), ...; the loss is the output itself, so dLoss/d(output) = 1.
  nn::Sequential network = chain("x^2/2", 3, {0.5, -3, 0.25, 4});
  const double z1 = 1, z2 = -3 * z1 * z1 / 2, z3 = 0.25 * z2 * z2 / 2;
  const observe::GradientAccount account = account_of(network, 2);
  REQUIRE(account.steps.size() == 3);
  CHECK(account.steps[0].layer == 3);
  CHECK(account.steps[2].layer == 1);
  CHECK(account.steps[0].above == Approx(1));
  CHECK(account.steps[0].h == Approx(4));
  CHECK(account.steps[0].slopes() == Approx(z3));
  CHECK(account.steps[1].weights() == Approx(0.25));
  CHECK(account.steps[1].slopes() == Approx(-z2));
  CHECK(account.steps[2].weights() == Approx(3));
  CHECK(account.steps[2].slopes() == Approx(z1));
  CHECK(account.steps[1].above == account.steps[0].z);
  for (const observe::GradientStep& step : account.steps) CHECK(step.bias == Approx(step.z));  // of one sample and one unit
  CHECK(account.weights == Approx(std::sqrt(0.25 * 3)));
  CHECK(account.slopes == Approx(std::sqrt(-z2 * z1)));
  CHECK(account.first_hears == Approx(0.25 * 3 * -z2 * z1));
}

TEST_CASE("where no gradient comes back there is nothing to divide by", "[observe]") {
  nn::Sequential dead = chain("relu", 3, {-1, 1, 1, 1});
  const observe::GradientAccount account = account_of(dead, 1);
  REQUIRE(account.steps.size() == 3);
  CHECK(account.steps[0].z == 0);
  CHECK(account.steps[0].slopes() == 0);
  CHECK(std::isnan(account.steps[1].weights()));
  CHECK(std::isnan(account.weights));
  CHECK(std::isnan(account.first_hears));

  nn::Sequential one = chain("identity", 1, {2, 3});
  CHECK(account_of(one, 1).steps[0].weights() == Approx(3));
  CHECK(account_of(one, 1).first_hears == 1);
  CHECK(std::isnan(account_of(one, 1).weights));

  nn::Sequential none = chain("identity", 0, {2});
  CHECK(account_of(none, 1).steps.empty());
  CHECK(observe::GradientLedger().account().steps.empty());
}

TEST_CASE("an account needs a walk back", "[observe]") {
  nn::Sequential network = chain("tanh", 2, {1, 1, 1});
  observe::GradientLedger ledger;
  {
    const Listening listening(ledger);
    static_cast<void>(network(Tensor::from({1.0}, {1, 1})));
  }
  REQUIRE(ledger.account().steps.size() == 2);
  CHECK(std::isnan(ledger.account().steps[0].above));
  CHECK(std::isnan(ledger.account().first_hears));
}

TEST_CASE("the account closes: its deltas are those of the layer statistics, whatever stands in between", "[observe]") {
  for (const nn::Normalisation normalisation : {nn::Normalisation::none, nn::Normalisation::batch, nn::Normalisation::layer})
    for (const double dropout : {0.0, 0.4})
      for (const char* name : {"sigmoid", "leaky_relu", "maxout(k=2)"}) {
        INFO(nn::name_of(normalisation) << ", dropout " << dropout << ", " << name);
        const auto [account, layers] = seen({.inputs = 6,
                                             .outputs = 3,
                                             .depth = 4,
                                             .width = 12,
                                             .activation = nn::Nonlinearity::parse(name),
                                             .dropout = dropout,
                                             .normalisation = normalisation});
        REQUIRE(account.steps.size() == 4);
        for (std::size_t i = 0; i < 4; ++i) {
          CHECK(account.steps[i].z == Approx(layers[3 - i].delta_rms));
          CHECK(account.steps[i].above == Approx(layers[4 - i].delta_rms));
          const double units = 12 * (std::string(name) == "maxout(k=2)" ? 2 : 1);
          // In front of a batch normalisation a bias does nothing, and its gradient is what rounding left.
          if (normalisation != nn::Normalisation::batch)
            CHECK(account.steps[i].bias == Approx(layers[3 - i].bias_grad_rms * std::sqrt(units)));
          CHECK(account.steps[i].above * account.steps[i].weights() * account.steps[i].slopes() == Approx(account.steps[i].z));
        }
        CHECK(account.weights * account.slopes == Approx(observe::delta_factor(layers)));
        CHECK(std::pow(account.weights * account.slopes, 3) == Approx(account.first_hears));
      }
}
