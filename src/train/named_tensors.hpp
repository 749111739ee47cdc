// Between a network's tensors and a file of tensors.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "seegrad/nn/module.hpp"
#include "seegrad/record/safetensors.hpp"

namespace seegrad::train {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Parameters and buffers under their names. The tensors are handles.
NamedTensors state_of(const nn::Module& network);

/// Writes what the file holds under prefix + name into each tensor, rounded to its type. Throws Error, naming the file and the tensor, when
/// one is missing or has another shape; then nothing was written.
void put_state(const std::filesystem::path& file, const records::SafeTensorsFile& saved, const std::string& prefix,
               const NamedTensors& into);

}  // namespace seegrad::train
