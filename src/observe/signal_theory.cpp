#include "seegrad/observe/signal_theory.hpp"

#include <algorithm>
#include <cmath>

#include "seegrad/math/quadrature.hpp"

namespace seegrad::observe {
namespace {

double square(double v) { return v * v; }

/// E g(sqrt(q) Z)^2; NaN where g is not finite where it matters.
template <class G>
double mean_square(G g, double q) {
  if (q == 0) return square(g(0));
  if (!std::isfinite(q) || q < 0) return not_measured;
  const double value = gaussian_expectation([&](double x) { return square(g(x)); }, std::sqrt(q));
  return std::isfinite(value) ? value : not_measured;
}

/// n W^2: by how much a layer's weights multiply the mean square of what `count` terms sum up to.
double weight_factor(double count, const LayerStatistics& layer) { return count * square(layer.weight_rms); }

}  // namespace

std::optional<SignalTheory> signal_theory(const Activation& f, std::span<const LayerStatistics> layers) {
  const auto parameters = f.formula().parameters();
  const bool random = std::any_of(parameters.begin(), parameters.end(), [](const Parameter& p) { return p.drawn; });
  if (layers.size() < 2 || random) return std::nullopt;
  const std::size_t last = layers.size() - 1;
  SignalTheory theory;
  theory.z_std.assign(layers.size(), not_measured);
  theory.delta_rms.assign(layers.size(), not_measured);

  std::vector<double> q(layers.size());
  q[0] = square(layers[0].z_std) + square(layers[0].z_mean);
  for (std::size_t l = 0; l < last; ++l) {
    const double passed_on = mean_square([&](double x) { return f.at(x); }, q[l]);
    q[l + 1] = weight_factor(static_cast<double>(layers[l].units), layers[l + 1]) * passed_on;
  }
  std::transform(q.begin(), q.end(), theory.z_std.begin(), [](double v) { return std::sqrt(v); });

  theory.delta_rms[last] = layers[last].delta_rms;
  for (std::size_t l = last; l-- > 0;) {
    const double slope = mean_square([&](double x) { return f.derivative(x); }, q[l]);
    const double factor = weight_factor(static_cast<double>(layers[l + 1].units), layers[l + 1]) * slope;
    theory.delta_rms[l] = std::sqrt(factor) * theory.delta_rms[l + 1];
  }
  if (last >= 2) theory.factor = std::pow(theory.delta_rms[0] / theory.delta_rms[last - 1], 1.0 / static_cast<double>(last - 1));
  return theory;
}

}  // namespace seegrad::observe
