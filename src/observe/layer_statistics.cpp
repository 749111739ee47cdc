#include "seegrad/observe/layer_statistics.hpp"

#include <cmath>
#include <vector>

namespace seegrad::observe {
namespace {

/// RMS delta of the hidden layers (those with an activation), first to last.
std::vector<double> hidden_deltas(std::span<const LayerStatistics> layers) {
  std::vector<double> deltas;
  for (const LayerStatistics& layer : layers)
    if (!layer.activation.empty()) deltas.push_back(layer.delta_rms);
  return deltas;
}

}  // namespace

double delta_factor(std::span<const LayerStatistics> layers) {
  const std::vector<double> deltas = hidden_deltas(layers);
  if (deltas.size() < 2) return not_measured;
  return std::pow(deltas.front() / deltas.back(), 1.0 / static_cast<double>(deltas.size() - 1));
}

double fitted_delta_factor(std::span<const LayerStatistics> layers) {
  const std::vector<double> deltas = hidden_deltas(layers);
  if (deltas.size() < 2) return not_measured;
  const double middle = static_cast<double>(deltas.size() - 1) / 2;
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    const double depth = static_cast<double>(i) - middle;
    // A delta that underflowed to zero has no logarithm; the smallest number stands in, and the factor is near zero.
    sum += depth * std::log(deltas[i] == 0 ? std::numeric_limits<double>::min() : deltas[i]);
    squares += depth * depth;
  }
  return std::exp(-sum / squares);
}

}  // namespace seegrad::observe
