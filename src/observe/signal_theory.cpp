#include "seegrad/observe/signal_theory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/observe/mean_field.hpp"

namespace seegrad::observe {
namespace {

double square(double v) { return v * v; }

/// n W^2: by how much a layer's weights multiply the mean square of what `count` terms sum up to.
double weight_factor(double count, const LayerStatistics& layer) { return count * square(layer.weight_rms); }

/// The absolute value is for 0/0, whose sign nobody wants to read.
double factor_per_layer(double from, double to, std::size_t layers) {
  return std::fabs(std::pow(to / from, 1.0 / (static_cast<double>(layers) - 1)));
}

}  // namespace

std::optional<SignalTheory> signal_theory(const Activation& f, std::span<const LayerStatistics> layers) {
  const auto parameters = f.formula().parameters();
  const bool random = std::any_of(parameters.begin(), parameters.end(), [](const Parameter& p) { return p.drawn; });
  if (layers.size() < 2 || random) return std::nullopt;
  const std::size_t last = layers.size() - 1;
  SignalTheory theory;
  theory.z_std.assign(layers.size(), not_measured);
  theory.delta_rms.assign(layers.size(), not_measured);

  std::vector<double> q(layers.size()), slopes(last);
  q[0] = square(layers[0].z_std) + square(layers[0].z_mean);
  for (std::size_t l = 0; l < last; ++l) {
    const MeanSquares passed_on = mean_squares(f, q[l]);
    q[l + 1] = weight_factor(static_cast<double>(layers[l].units), layers[l + 1]) * passed_on.h;
    slopes[l] = passed_on.slope;
  }
  std::transform(q.begin(), q.end(), theory.z_std.begin(), [](double v) { return std::sqrt(v); });

  theory.delta_rms[last] = layers[last].delta_rms;
  for (std::size_t l = last; l-- > 0;) {
    const double factor = weight_factor(static_cast<double>(layers[l + 1].units), layers[l + 1]) * slopes[l];
    theory.delta_rms[l] = std::sqrt(factor) * theory.delta_rms[l + 1];
  }
  if (last >= 2) theory.factor = factor_per_layer(theory.delta_rms[last - 1], theory.delta_rms[0], last);
  return theory;
}

double Signal::h_factor() const { return h_rms.size() < 2 ? not_measured : factor_per_layer(h_rms.front(), h_rms.back(), h_rms.size()); }

double Signal::delta_factor() const {
  return delta_rms.size() < 2 ? not_measured : factor_per_layer(delta_rms.back(), delta_rms.front(), delta_rms.size());
}

Signal measured_signal(std::span<const LayerStatistics> layers) {
  Signal signal;
  if (layers.empty()) return signal;
  signal.first_z = std::hypot(layers[0].z_mean, layers[0].z_std);
  for (const LayerStatistics& layer : layers.first(layers.size() - 1)) {
    signal.h_rms.push_back(std::hypot(layer.h_mean, layer.h_std));
    signal.delta_rms.push_back(layer.delta_rms);
  }
  return signal;
}

Signal geometric_mean(std::span<const Signal> signals) {
  if (signals.empty()) return {};
  const std::size_t depth = signals[0].h_rms.size();
  for (const Signal& signal : signals)
    if (signal.h_rms.size() != depth || signal.delta_rms.size() != depth)
      throw Error(fmt::format("geometric_mean: one signal has {} layers, another {}", depth, signal.h_rms.size()));
  const auto mean = [&](auto value) {
    double logarithms = 0;
    for (const Signal& signal : signals) logarithms += std::log(value(signal));
    return std::exp(logarithms / static_cast<double>(signals.size()));
  };
  Signal middle{mean([](const Signal& s) { return s.first_z; }), {}, {}};
  for (std::size_t l = 0; l < depth; ++l) {
    middle.h_rms.push_back(mean([l](const Signal& s) { return s.h_rms[l]; }));
    middle.delta_rms.push_back(mean([l](const Signal& s) { return s.delta_rms[l]; }));
  }
  return middle;
}

Signal predicted_signal(const Activation& f, double c, const Signal& start) {
  if (!(c >= 0) || !std::isfinite(c)) throw Error(fmt::format("predicted_signal: c is {}, must be finite and not negative", c));
  Signal signal = start;
  std::vector<double> slopes;
  double q = square(start.first_z);
  for (double& h : signal.h_rms) {
    const MeanSquares passed_on = mean_squares(f, q);
    h = std::sqrt(passed_on.h);
    slopes.push_back(passed_on.slope);
    q = c * passed_on.h;
  }
  for (std::size_t l = slopes.size(); l-- > 1;) signal.delta_rms[l - 1] = std::sqrt(c * slopes[l - 1]) * signal.delta_rms[l];
  return signal;
}

}  // namespace seegrad::observe
