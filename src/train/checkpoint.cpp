#include "seegrad/train/checkpoint.hpp"

#include <fmt/format.h>

#include <string_view>

#include "seegrad/math/error.hpp"
#include "train/named_tensors.hpp"

namespace seegrad::train {
namespace {

namespace fs = std::filesystem;

// Names in the file: a network's tensors have their own, everything else says what it is.
constexpr std::string_view optimizer_prefix = "optimizer.", memory_prefix = "memory.", length_prefix = "length of ";
constexpr std::string_view steps_fact = "optimizer steps", data_fact = "data checksum";

NamedTensors state_of(const optim::Optimizer& optimizer) {
  NamedTensors all;
  for (const nn::NamedTensor& tensor : optimizer.state()) all.emplace_back(tensor.name, tensor.tensor);
  return all;
}

std::int64_t whole_number(const fs::path& file, const std::string& name, const std::string& text) {
  try {
    return whole_number_in<std::int64_t>(name, text, {});
  } catch (const UsageError& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

const std::string& fact(const fs::path& file, const Facts& facts, std::string_view name) {
  const auto found = facts.find(std::string(name));
  if (found == facts.end()) throw Error(fmt::format("{}: is no checkpoint: it does not say '{}'", file.string(), name));
  return found->second;
}

records::FileLengths lengths_in(const fs::path& file, const Facts& facts) {
  records::FileLengths lengths;
  for (const auto& [name, text] : facts)
    if (name.starts_with(length_prefix)) lengths[name.substr(length_prefix.size())] = whole_number(file, name, text);
  return lengths;
}

}  // namespace

void write_checkpoint(const fs::path& file, const Checkpoint& checkpoint, const nn::Module& network, const optim::Optimizer& optimizer,
                      const Facts& about_model) {
  NamedTensors tensors = train::state_of(network);
  for (const auto& [name, tensor] : state_of(optimizer)) tensors.emplace_back(std::string(optimizer_prefix) + name, tensor);
  std::vector<records::SafeTensor> all = records::safe_tensors(tensors);
  for (const auto& [name, numbers] : checkpoint.memory)
    all.push_back(records::SafeTensor::of<double>(std::string(memory_prefix) + name, {static_cast<std::int64_t>(numbers.size())}, numbers));
  Facts facts = about_model;
  facts[std::string(steps_fact)] = fmt::format("{}", optimizer.steps());
  facts[std::string(data_fact)] = checkpoint.data_checksum;
  for (const auto& [name, length] : checkpoint.files) facts[std::string(length_prefix) + name] = fmt::format("{}", length);
  records::write_safetensors(file, all, facts);
}

Checkpoint read_checkpoint(const fs::path& file, nn::Module& network, optim::Optimizer& optimizer) {
  const records::SafeTensorsFile saved = records::read_safetensors(file);
  Checkpoint checkpoint;
  checkpoint.files = lengths_in(file, saved.metadata);
  checkpoint.data_checksum = fact(file, saved.metadata, data_fact);
  for (const records::SafeTensor& tensor : saved.tensors) {
    if (!tensor.name.starts_with(memory_prefix)) continue;
    const auto numbers = tensor.values<double>();
    checkpoint.memory[tensor.name.substr(memory_prefix.size())] = {numbers.begin(), numbers.end()};
  }
  const std::int64_t steps = whole_number(file, std::string(steps_fact), fact(file, saved.metadata, steps_fact));
  put_state(file, saved, "", train::state_of(network));
  put_state(file, saved, std::string(optimizer_prefix), state_of(optimizer));
  optimizer.set_steps(steps);
  return checkpoint;
}

records::FileLengths checkpoint_files(const fs::path& file) { return lengths_in(file, records::read_safetensors(file).metadata); }

}  // namespace seegrad::train
