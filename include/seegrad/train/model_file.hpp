// A trained network as one file: model.safetensors, the weights under PyTorch's names ("0.weight", "0.bias") and, as text beside them,
// what it takes to build the network again and to feed it: shape, activation, classes, how pixels become numbers.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "seegrad/data/batches.hpp"
#include "seegrad/nn/sequential.hpp"
#include "seegrad/train/options.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

/// Texts under names: the metadata of a safetensors file.
using Facts = std::map<std::string, std::string>;

/// What a file says about a network that nn::mlp() made of these options for these samples.
Facts about_model(const TrainOptions& options, const Samples& samples);

/// Writes parameters and buffers, whole or not at all. Throws Error.
void save_model(const std::filesystem::path& file, const nn::Module& network, const Facts& about);

/// A network that is ready to be used.
struct SavedModel {
  nn::Sequential network;              ///< not in training; takes [samples, rows * columns], gives logits [samples, classes]
  std::vector<std::string> classes;    ///< what label i means
  std::int64_t rows = 0, columns = 0;  ///< of a picture
  PixelScaling scaling;                ///< byte to number
  std::string data, activation;        ///< names
};

/// Reads model.safetensors or checkpoint.safetensors, or the former of a run folder (the latter where there is none). Throws Error, naming
/// file and tensor or fact, for what is missing, damaged or does not fit together; UsageError when there is no such file.
SavedModel load_model(const std::filesystem::path& run_or_file, TensorOptions tensor = {});

}  // namespace seegrad::train
