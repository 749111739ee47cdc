// The whole of training in one call, for programs whose lesson is not the loop. examples/train_mlp.cpp spells the same loop out.
#pragma once
#include <functional>

#include "seegrad/nn/sequential.hpp"
#include "seegrad/train/options.hpp"

namespace seegrad::train {

struct Batch;
class Samples;

/// The network that the flags ask for, drawn from their seed, as train_mlp builds it.
nn::Sequential network_for(const Samples& samples, const TrainOptions& knobs);

/// Loads the data, builds the network, trains it and leaves a run folder, all as `knobs` say; returns the exit code (0, or 130 after
/// Ctrl-C). Throws as Samples and Recorder do, and Error when the loss stopped being finite.
int fit(const Example& example, const TrainOptions& knobs);

/// The same without a word: leaves the network as trained and returns how the run ended. A loss that stopped being finite is no error here.
records::Summary fit(const Example& example, const TrainOptions& knobs, nn::Sequential& network);

/// The loss of a batch, as a scalar on the tape.
using LossOf = std::function<Tensor(const Batch&)>;
/// Trains this network with this loss as the flags say (optimiser, schedule, clipping, epochs), and leaves no run folder. `before` is told
/// each batch before its step. Returns whether the last loss was finite: after one that was not, nothing changes any more.
bool fit_loss(const TrainOptions& knobs, Samples& samples, const nn::Sequential& network, const LossOf& loss_of,
              const std::function<void(const Batch&)>& before = {});

}  // namespace seegrad::train
