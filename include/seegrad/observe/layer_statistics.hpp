// What is known about one layer at one step: a row of layers.csv, a line of the table, an entry of summary.json.
//
// A layer is a linear map with the activation behind it. z is what goes into the activation (the map's result, or what a
// normalisation made of it), h what comes out, delta = dLoss/dz. The last layer usually has no activation: there h is z.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace seegrad::observe {

/// Stands for a number that was not measured, such as the gradient of a bias that a layer does not have.
inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// Statistics are over the finite values of all samples of the batch and all units; shares lie between 0 and 1.
struct LayerStatistics {
  std::int64_t step = 0;   ///< updates made before this step: at step 0 the parameters are those of the initialisation
  std::int64_t epoch = 0;  ///< counted from 1
  std::int64_t layer = 0;  ///< counted from 1 at the input
  std::string name;        ///< the linear map's place in the network, as in its parameters' names
  std::int64_t units = 0;  ///< entries of h; z has as many unless the activation changes the width (maxout, crelu, the gated ones)
  double z_mean = not_measured, z_std = not_measured;
  double h_mean = not_measured, h_std = not_measured, h_min = not_measured, h_max = not_measured;
  double zero_share = 0;       ///< of h: exact zeros
  double saturated_share = 0;  ///< of z: |f'(z)| < 0.01 sup|f'|; 0 without an elementwise activation
  double dead_share = 0;       ///< of the units: zero on every sample of the probe set, as of the last probe
  double delta_rms = not_measured;
  double weight_rms = not_measured;  ///< before the update
  double weight_grad_rms = not_measured, bias_grad_rms = not_measured;
  double update_ratio = not_measured;         ///< RMS of the weight's change / RMS of the weight before
  double sign_coherence = not_measured;       ///< of a unit's incoming weight gradient: 1 when all its entries have one sign
  std::int64_t nan_count = 0, inf_count = 0;  ///< in z, h, delta and the weight gradient (z and h once when they are one)

  // Not columns, but what a reader wants to see beside them.
  std::string activation;  ///< as --activation would name it; empty without one
};

/// Calls visit(name, value) for each column of layers.csv, in its order. The one place that knows the columns.
template <class Statistics, class Visit>
void for_each_column(Statistics& s, Visit&& visit) {
  visit("step", s.step), visit("epoch", s.epoch), visit("layer", s.layer), visit("name", s.name), visit("units", s.units);
  visit("z_mean", s.z_mean), visit("z_std", s.z_std);
  visit("h_mean", s.h_mean), visit("h_std", s.h_std), visit("h_min", s.h_min), visit("h_max", s.h_max);
  visit("zero_share", s.zero_share), visit("saturated_share", s.saturated_share), visit("dead_share", s.dead_share);
  visit("delta_rms", s.delta_rms), visit("weight_rms", s.weight_rms);
  visit("weight_grad_rms", s.weight_grad_rms), visit("bias_grad_rms", s.bias_grad_rms);
  visit("update_ratio", s.update_ratio), visit("sign_coherence", s.sign_coherence);
  visit("nan_count", s.nan_count), visit("inf_count", s.inf_count);
}

/// By what RMS delta is multiplied a layer on the way back, as the geometric mean from the last hidden layer to the first:
/// (delta_1 / delta_L)^(1 / (L - 1)). Layers without an activation do not take part. NaN with fewer than two hidden layers.
double delta_factor(std::span<const LayerStatistics> layers);

/// The same factor from a straight line fitted to log RMS delta against depth: one odd layer at an end weighs less.
double fitted_delta_factor(std::span<const LayerStatistics> layers);

}  // namespace seegrad::observe
