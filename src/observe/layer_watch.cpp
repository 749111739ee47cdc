#include "seegrad/observe/layer_watch.hpp"

#include "seegrad/observe/saturation.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::observe {
namespace {

Statistics measure(const Tensor& x, const FormulaArguments& f = {}, double saturation = 0) {
  return x.backend().statistics(x.array(), f, saturation);
}

double share(std::int64_t part, std::int64_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

void count_not_finite(LayerStatistics& row, const Statistics& s) {
  row.nan_count += s.nans;
  row.inf_count += s.infinities;
}

void fill_forward(LayerStatistics& row, const TracedLayer& layer) {
  std::vector<ConstArray> arrays;
  const Statistics z = measure(layer.z, layer.formula(arrays), layer.activation ? saturation_threshold(*layer.activation) : 0);
  const bool one = layer.h.same_as(layer.z);
  const Statistics h = one ? z : measure(layer.h);
  row.z_mean = z.mean;
  row.z_std = z.std;
  row.h_mean = h.mean;
  row.h_std = h.std;
  row.h_min = h.min;
  row.h_max = h.max;
  row.zero_share = share(h.zeros, h.count);
  row.saturated_share = layer.activation ? share(z.saturated, z.count) : 0;
  count_not_finite(row, z);
  if (!one) count_not_finite(row, h);
}

}  // namespace

void LayerWatch::forward(const ForwardEvent& event) {
  trace_.forward(event);
  backward_.resize(trace_.layers().size());
  if (backward_.empty()) return;
  // An activation that follows moves z on, so a normalised layer's product may be watched in vain: it costs nothing.
  const TracedLayer& layer = trace_.layers().back();
  layer.z.watch();
  layer.weight.watch();
  if (layer.bias) layer.bias.watch();
}

void LayerWatch::gradient(const Tensor& watched, const Tensor& gradient) {
  for (std::size_t i = 0; i < backward_.size(); ++i) {
    const TracedLayer& layer = trace_.layers()[i];
    if (watched.same_as(layer.z)) backward_[i].delta = gradient;
    if (watched.same_as(layer.weight)) {
      backward_[i].weight_gradient = gradient;
      backward_[i].weight_rms = measure(layer.weight).rms;
    }
    if (layer.bias && watched.same_as(layer.bias)) backward_[i].bias_gradient = gradient;
  }
}

void LayerWatch::update(const Tensor& parameter, double change_rms) {
  for (std::size_t i = 0; i < backward_.size(); ++i)
    if (parameter.same_as(trace_.layers()[i].weight)) backward_[i].change_rms = change_rms;
}

LayerStatistics LayerWatch::statistics_of(const TracedLayer& layer, const Backward& back) const {
  LayerStatistics row;
  row.name = layer.name;
  row.units = layer.units();
  if (layer.activation) row.activation = layer.activation->to_string();
  fill_forward(row, layer);
  row.weight_rms = back.weight_gradient ? back.weight_rms : measure(layer.weight).rms;
  row.update_ratio = back.change_rms / row.weight_rms;
  if (back.delta) {
    const Statistics delta = measure(back.delta);
    row.delta_rms = delta.rms;
    count_not_finite(row, delta);
  }
  if (back.weight_gradient) {
    const Statistics gradient = measure(back.weight_gradient);
    row.weight_grad_rms = gradient.rms;
    row.sign_coherence = back.weight_gradient.backend().sign_coherence(back.weight_gradient.array());
    count_not_finite(row, gradient);
  }
  if (back.bias_gradient) row.bias_grad_rms = measure(back.bias_gradient).rms;
  return row;
}

std::vector<LayerStatistics> LayerWatch::collect() {
  std::vector<LayerStatistics> rows;
  for (std::size_t i = 0; i < backward_.size(); ++i) {
    rows.push_back(statistics_of(trace_.layers()[i], backward_[i]));
    rows.back().layer = static_cast<std::int64_t>(i) + 1;
  }
  trace_.clear();
  backward_.clear();
  return rows;
}

}  // namespace seegrad::observe
