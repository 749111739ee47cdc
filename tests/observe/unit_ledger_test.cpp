#include "seegrad/observe/unit_ledger.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/nn/activation_layer.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/sequential.hpp"

using namespace seegrad;

namespace {

/// Three units that read two inputs; the probe has both signs of each.
class ThreeUnits {
 public:
  explicit ThreeUnits(const std::string& activation) : probe_(Tensor::from({1, 0, 0, 1, -1, 0, 0, -1}, {4, 2})) {
    Random random(1);
    network_.add(nn::Linear(2, 3, nn::Initializer(), random)).add(nn::ActivationLayer(Activation::parse(activation)));
    network_.add(nn::Linear(3, 2, nn::Initializer(), random));
    network_.parameter_tensors()[0].assign(std::vector<double>{1, 0, 0, 1, 1, 1});
  }
  void biases(const std::vector<double>& values) { network_.parameter_tensors()[1].assign(values); }
  void probe(std::int64_t step) {
    ledger_.probe(step, [&] { static_cast<void>(network_(probe_)); });
  }
  const observe::UnitLedger& ledger() const { return ledger_; }
  const observe::LayerUnits& layer() const { return ledger_.layers().front(); }

 private:
  nn::Sequential network_;
  Tensor probe_;
  observe::UnitLedger ledger_;
};

}  // namespace

TEST_CASE("the ledger knows who was born dead, who died and who came back", "[observe]") {
  ThreeUnits net("relu");
  CHECK(net.ledger().dead_share(1) == 0);
  net.biases({0, -5, 0});
  net.probe(0);
  REQUIRE(net.ledger().layers().size() == 1);
  CHECK(net.layer().born_dead() == 1);
  CHECK(net.ledger().dead_share(1) == Approx(1.0 / 3));
  CHECK(net.ledger().dead_share(2) == 0);  // the output layer has no activation

  net.biases({-5, -5, 0});
  net.probe(50);
  CHECK(net.layer().units[0].died == 50);
  CHECK(net.layer().dead() == 2);

  net.biases({-5, 1, 0});
  net.probe(100);
  CHECK(net.layer().units[1].revived == 100);
  CHECK(net.layer().units[1].born_dead);
  net.biases({1, 1, 0});
  net.probe(150);
  CHECK(net.layer().dead() == 0);
  CHECK(net.layer().deaths() == 1);
  CHECK(net.layer().revivals() == 2);
  CHECK(net.layer().born_dead() == 1);
  CHECK(net.ledger().last_step() == 150);
}

TEST_CASE("a unit that is small but not zero is alive, and NaN is not zero", "[observe]") {
  ThreeUnits leaky("leaky_relu");
  leaky.biases({-5, -5, -5});
  leaky.probe(0);
  CHECK(leaky.layer().dead() == 0);
  ThreeUnits broken("relu");
  broken.biases({std::nan(""), 0, 0});
  broken.probe(0);
  CHECK(broken.layer().dead() == 0);
}

TEST_CASE("a unit with no slope left on the probe set is saturated, a dead one only dead", "[observe]") {
  ThreeUnits net("sigmoid");
  net.biases({20, -20, 0});
  net.probe(0);
  CHECK(net.layer().saturated() == 2);
  CHECK(net.layer().saturated_share() == Approx(2.0 / 3));
  ThreeUnits relu("relu");
  relu.biases({-5, 0, 0});
  relu.probe(0);
  CHECK(relu.layer().dead() == 1);
  CHECK(relu.layer().saturated() == 0);
}
