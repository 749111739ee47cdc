// Dead units of a network, and attempts to bring them back: a copy of the network is changed or not, trained a little more, and asked
// again.
//
//   const Revival found = revive(network, knobs, samples, {.activation = knobs.activation, .new_weights = true});
//   found.revived_share     // of the units of the last hidden layer that were dead, those that are not any more
//
// Source of the new weights: Sokar, Agarwal, Castro and Evci 2023, arXiv:2302.12902, algorithm 1 (nn/reinitialise.hpp).
#pragma once
#include <cstdint>
#include <vector>

#include "seegrad/nn/module.hpp"
#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/train/options.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

/// The share of each hidden layer's units that are exactly zero on every test image. The network is used, not trained.
std::vector<double> dead_shares(nn::Module& network, const Samples& samples);

/// What is done to the copy before its training goes on.
struct Cure {
  nn::Nonlinearity activation;  ///< that it goes on with
  bool new_weights = false;     ///< drawn for every dead unit of every hidden layer by the rule of --init, from a stream of the seed
};

/// What came of it, in the last hidden layer and on the test set.
struct Revival {
  std::int64_t dead = 0;                         ///< units that were dead
  double revived_share = observe::not_measured;  ///< of those, the ones that are not any more; NaN when there were none
  double dead_share = 0;                         ///< of all units, afterwards
  double test_accuracy = 0;                      ///< of the copy with its cure
};

/// `knobs` say how `network` was built and how training goes on (epochs, rate, schedule); an epoch sees the samples in the same order
/// whenever it is trained. Who is dead is asked of the activation of `knobs` before and after, whatever the copy goes on with, for
/// another one may have no zeros at all. Throws Error when there is no hidden layer or its activation changes the number of units.
Revival revive(const nn::Module& network, TrainOptions knobs, Samples& samples, const Cure& cure);

}  // namespace seegrad::train
