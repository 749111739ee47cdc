// A run in the middle of its work as one file, checkpoint.safetensors: all that model.safetensors holds, and what the optimiser and those
// who follow the run remember. It is written beside the last one and takes its name when it is complete, so there is always a whole one.
#pragma once
#include <filesystem>
#include <string>

#include "seegrad/nn/module.hpp"
#include "seegrad/observe/run_observer.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/model_file.hpp"

namespace seegrad::train {

/// What a checkpoint holds besides tensors.
struct Checkpoint {
  observe::Memory memory;
  records::FileLengths files;  ///< of the run folder, at that moment
  std::string data_checksum;
};

void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint, const nn::Module& network,
                      const optim::Optimizer& optimizer, const Facts& about_model);

/// Puts network and optimiser into the state of the checkpoint. Throws Error, naming file and tensor, when the file is damaged or
/// belongs to another network; then nothing has changed.
Checkpoint read_checkpoint(const std::filesystem::path& file, nn::Module& network, optim::Optimizer& optimizer);

/// How long the tables were, without touching anything.
records::FileLengths checkpoint_files(const std::filesystem::path& file);

}  // namespace seegrad::train
