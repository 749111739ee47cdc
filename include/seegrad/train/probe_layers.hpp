// What the layers of a network do with the first training samples: the same samples at every call, so that a network can be looked at
// before and after training, and two networks beside each other.
//
//   for (const observe::LayerStatistics& layer : train::probe_layers(network, samples)) ... layer.h_max ...
#pragma once
#include <vector>

#include "seegrad/nn/sequential.hpp"
#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

/// One forward pass over Samples::probe() with the network used and not trained (no dropout, running statistics in place of a batch's own):
/// a row for each layer, from the first. Nothing goes back, so gradients and updates are not measured (NaN).
std::vector<observe::LayerStatistics> probe_layers(nn::Sequential& network, const Samples& samples);

}  // namespace seegrad::train
