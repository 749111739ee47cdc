#include "train/named_tensors.hpp"

#include <fmt/format.h>

#include <map>
#include <string_view>

#include "seegrad/math/error.hpp"

namespace seegrad::train {

NamedTensors state_of(const nn::Module& network) {
  NamedTensors all;
  for (const nn::Parameter& parameter : network.parameters()) all.emplace_back(parameter.name, parameter.tensor);
  for (const nn::NamedTensor& buffer : network.buffers()) all.emplace_back(buffer.name, buffer.tensor);
  return all;
}

void put_state(const std::filesystem::path& file, const records::SafeTensorsFile& saved, const std::string& prefix,
               const NamedTensors& into) {
  std::map<std::string_view, const records::SafeTensor*> by_name;
  for (const records::SafeTensor& tensor : saved.tensors) by_name[tensor.name] = &tensor;
  std::vector<const records::SafeTensor*> sources;
  for (const auto& [name, tensor] : into) {
    const auto found = by_name.find(prefix + name);
    if (found == by_name.end()) throw Error(fmt::format("{}: holds no tensor {}{}", file.string(), prefix, name));
    if (found->second->shape != tensor.shape())
      throw Error(fmt::format("{}: tensor {}{} has shape {}, the network's has {}", file.string(), prefix, name,
                              found->second->shape.to_string(), tensor.shape().to_string()));
    sources.push_back(found->second);
  }
  for (std::size_t i = 0; i < into.size(); ++i) {
    Tensor target = into[i].second;
    target.assign(sources[i]->to_tensor().to_vector());
  }
}

}  // namespace seegrad::train
