#include "seegrad/nn/reinitialise.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "seegrad/math/error.hpp"

namespace seegrad::nn {
namespace {

/// Parameters and buffers together.
std::vector<NamedTensor> tensors_of(const Module& network) {
  std::vector<NamedTensor> all = network.buffers();
  for (const Parameter& parameter : network.parameters()) all.push_back({parameter.name, parameter.tensor});
  return all;
}

/// The parameter of this name; no tensor when there is none.
Tensor find(const Module& network, const std::string& name) {
  for (const Parameter& parameter : network.parameters())
    if (parameter.name == name) return parameter.tensor;
  return {};
}

/// Row u of the tensor becomes that of `fresh` where u is chosen.
void replace_rows(Tensor tensor, const std::vector<double>& fresh, const std::vector<bool>& chosen) {
  std::vector<double> values = tensor.to_vector();
  const std::size_t row = values.size() / chosen.size();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (chosen[i / row]) values[i] = fresh[i];
  tensor.assign(values);
}

}  // namespace

std::int64_t copy_parameters(const Module& from, const Module& to) {
  const std::vector<NamedTensor> sources = tensors_of(from);
  std::int64_t copied = 0;
  for (NamedTensor& target : tensors_of(to)) {
    const auto source = std::find_if(sources.begin(), sources.end(), [&](const NamedTensor& candidate) {
      return candidate.name == target.name && candidate.tensor.shape() == target.tensor.shape();
    });
    if (source == sources.end()) continue;
    target.tensor.assign(source->tensor.to_vector());
    ++copied;
  }
  return copied;
}

void reinitialise_units(const Module& network, std::string_view layer, const std::vector<bool>& chosen, const Initializer& init,
                        const Nonlinearity& following, Random& random) {
  const Tensor weight = find(network, fmt::format("{}.weight", layer));
  if (!weight || weight.shape().rank() != 2) throw Error(fmt::format("reinitialise_units: there is no linear layer \"{}\"", layer));
  const LayerSize size{weight.shape()[1], weight.shape()[0]};
  if (static_cast<std::int64_t>(chosen.size()) != size.out)
    throw Error(fmt::format("reinitialise_units: {} entries for the {} outputs of layer \"{}\"", chosen.size(), size.out, layer));
  replace_rows(weight, init.weights(size, following, random), chosen);
  const std::vector<double> biases = init.biases(size, random);
  if (const Tensor bias = find(network, fmt::format("{}.bias", layer))) replace_rows(bias, biases, chosen);
}

}  // namespace seegrad::nn
