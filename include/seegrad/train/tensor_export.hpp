// What a step of training computes and what a run wrote down, as NumPy arrays: for a notebook, or to check another implementation
// against this one number by number.
#pragma once
#include <filesystem>

#include "seegrad/nn/module.hpp"

namespace seegrad::train {

/// Sends the samples through the network, as it is (in training or in use), and the gradient of their mean cross-entropy back. Writes into
/// the folder images.npy, labels.npy, and for each layer, counted from 1 as in layers.csv:
///
///   layer_01_z.npy, _h.npy, _delta.npy          [samples, units]; delta = dLoss/dz. Without an activation h is z
///   layer_01_weight.npy, _weight_gradient.npy   [out, in]
///   layer_01_bias.npy, _bias_gradient.npy       [out]
///
/// Returns how many files these are. Throws Error when one cannot be written.
int export_step(nn::Module& network, const Tensor& images, const Tensor& labels, const std::filesystem::path& folder);

/// The columns of a run folder's tables as float64: steps_train_loss.npy [logged steps], layers_delta_rms.npy [logged steps, layers], and
/// so on; layers_name has no numbers and is left out. A step of which a run that was broken off wrote only the first layers is left out
/// too. Returns how many files these are. Throws Error, naming the file and the line, for a damaged table.
int export_tables(const std::filesystem::path& run, const std::filesystem::path& folder);

}  // namespace seegrad::train
