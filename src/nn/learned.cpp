#include "seegrad/nn/learned.hpp"

#include <algorithm>
#include <numeric>

namespace seegrad::nn {
namespace {

/// Adds those of each activation layer in turn; `layer` counts them.
void collect(const Sequential& network, std::int64_t& layer, std::vector<LearnedNumber>& into) {
  for (std::size_t i = 0; i < network.size(); ++i) {
    const Module& module = network[i];
    if (const auto* inner = dynamic_cast<const Sequential*>(&module)) collect(*inner, layer, into);
    if (module.kind() != "activation") continue;
    ++layer;
    for (const Parameter& p : module.parameters()) into.push_back({p.name.substr(p.name.rfind('.') + 1), layer, p.tensor});
  }
}

}  // namespace

double LearnedNumber::mean() const {
  const std::vector<double> values = tensor.to_vector();
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<LearnedNumber> learned_numbers(const Sequential& network) {
  std::vector<LearnedNumber> by_layer, by_name;
  std::int64_t layer = 0;
  collect(network, layer, by_layer);
  while (!by_layer.empty()) {  // all that have the first one's name, then the rest
    const std::string name = by_layer.front().name;
    const auto rest = std::stable_partition(by_layer.begin(), by_layer.end(), [&](const LearnedNumber& l) { return l.name == name; });
    by_name.insert(by_name.end(), by_layer.begin(), rest);
    by_layer.erase(by_layer.begin(), rest);
  }
  return by_name;
}

}  // namespace seegrad::nn
