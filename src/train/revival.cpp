#include "seegrad/train/revival.hpp"

#include "seegrad/math/error.hpp"
#include "seegrad/nn/reinitialise.hpp"
#include "seegrad/observe/unit_ledger.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/train/fit.hpp"

namespace seegrad::train {
namespace {

/// Enters into the ledger, as its next step, which hidden units are zero on every test image.
void enter_dead_units(observe::UnitLedger& ledger, nn::Module& network, const Samples& samples) {
  const Using not_training(network);
  ledger.probe(ledger.last_step() + 1, [&] { static_cast<void>(network(samples.test_images(0, samples.dataset().test.count))); });
}

void redraw_dead(const nn::Module& network, const observe::UnitLedger& ledger, const TrainOptions& knobs) {
  Random random = Random(knobs.seed).split(1);
  for (const observe::LayerUnits& layer : ledger.layers()) {
    std::vector<bool> dead;
    for (const observe::UnitHistory& unit : layer.units) dead.push_back(unit.dead);
    nn::reinitialise_units(network, layer.name, dead, knobs.init, knobs.activation, random);
  }
}

}  // namespace

std::vector<double> dead_shares(nn::Module& network, const Samples& samples) {
  observe::UnitLedger ledger;
  enter_dead_units(ledger, network, samples);
  std::vector<double> shares;
  for (const observe::LayerUnits& layer : ledger.layers()) shares.push_back(layer.dead_share());
  return shares;
}

Revival revive(const nn::Module& network, TrainOptions knobs, Samples& samples, const Cure& cure) {
  if (knobs.depth < 1) throw Error("revive: there is no hidden layer");
  nn::Sequential asked = network_for(samples, knobs);
  nn::copy_parameters(network, asked);
  observe::UnitLedger ledger;
  enter_dead_units(ledger, asked, samples);
  Revival found{.dead = ledger.layers().back().dead()};

  const nn::Nonlinearity own = knobs.activation;
  knobs.activation = cure.activation;
  nn::Sequential copy = network_for(samples, knobs);
  knobs.activation = own;
  nn::copy_parameters(network, copy);
  if (cure.new_weights) redraw_dead(copy, ledger, knobs);
  fit_loss(knobs, samples, copy, [&](const Batch& batch) { return cross_entropy(copy(batch.images()), batch.labels()); });
  found.test_accuracy = samples.evaluate_test(copy).accuracy;

  nn::copy_parameters(copy, asked);
  enter_dead_units(ledger, asked, samples);
  const observe::LayerUnits& last = ledger.layers().back();
  found.dead_share = last.dead_share();
  if (found.dead > 0) found.revived_share = static_cast<double>(last.revivals()) / static_cast<double>(found.dead);
  return found;
}

}  // namespace seegrad::train
