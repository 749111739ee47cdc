#include "seegrad/observe/layer_watch.hpp"

#include <cmath>

#include "seegrad/observe/saturation.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::observe {
namespace {

double share(std::int64_t part, std::int64_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

void count_not_finite(LayerStatistics& row, const Statistics& s) {
  row.nan_count += s.nans;
  row.inf_count += s.infinities;
}

/// The passes over one layer's tensors: where each one's result is found among the requests, or -1 for a tensor that is not there.
struct Passes {
  int z = -1, h = -1, delta = -1, weight = -1, weight_gradient = -1, bias_gradient = -1;
};

/// Collects what is to be measured, so that one call of the backend does it all.
class Requests {
 public:
  int add(const Tensor& x, const FormulaArguments& f = {}, double saturation = 0, bool signs = false) {
    if (!x) return -1;
    backend_ = &x.backend();
    list_.push_back({x.array(), f, saturation, signs});
    return static_cast<int>(list_.size()) - 1;
  }
  void run() {
    if (backend_) backend_->statistics(list_);
  }
  const Statistics& operator[](int i) const { return list_[static_cast<std::size_t>(i)].result; }

 private:
  std::vector<StatisticsRequest> list_;
  Backend* backend_ = nullptr;
};

void fill_forward(LayerStatistics& row, bool elementwise, const Statistics& z, const Statistics& h) {
  row.z_mean = z.mean;
  row.z_std = z.std;
  row.h_mean = h.mean;
  row.h_std = h.std;
  row.h_min = h.min;
  row.h_max = h.max;
  row.zero_share = share(h.zeros, h.count);
  row.saturated_share = elementwise ? share(z.saturated, z.count) : 0;
  count_not_finite(row, z);
  if (&z != &h) count_not_finite(row, h);
}

void fill_backward(LayerStatistics& row, const Passes& pass, const Requests& found) {
  if (pass.delta >= 0) {
    row.delta_rms = found[pass.delta].rms;
    count_not_finite(row, found[pass.delta]);
  }
  if (pass.weight_gradient >= 0) {
    row.weight_grad_rms = found[pass.weight_gradient].rms;
    row.sign_coherence = found[pass.weight_gradient].sign_coherence;
    count_not_finite(row, found[pass.weight_gradient]);
  }
  if (pass.bias_gradient >= 0) row.bias_grad_rms = found[pass.bias_gradient].rms;
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
    if (watched.same_as(layer.weight)) backward_[i].weight_gradient = gradient;
    if (layer.bias && watched.same_as(layer.bias)) backward_[i].bias_gradient = gradient;
  }
}

void LayerWatch::update(const UpdateEvent& event) {
  for (std::size_t i = 0; i < backward_.size(); ++i) {
    if (!event.parameter.same_as(trace_.layers()[i].weight)) continue;
    backward_[i].weight_rms = event.before_rms;
    backward_[i].change_rms = event.change_rms;
  }
}

std::vector<LayerStatistics> LayerWatch::collect() {
  const std::vector<TracedLayer>& layers = trace_.layers();
  Requests requests;
  std::vector<Passes> passes(layers.size());
  std::vector<std::vector<ConstArray>> learned(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const TracedLayer& layer = layers[i];
    const Backward& back = backward_[i];
    const double saturation = layer.activation ? saturation_threshold(*layer.activation) : 0;
    passes[i].z = requests.add(layer.z, layer.formula(learned[i]), saturation);
    passes[i].h = layer.h.same_as(layer.z) ? passes[i].z : requests.add(layer.h);
    passes[i].delta = requests.add(back.delta);
    passes[i].weight = std::isnan(back.weight_rms) ? requests.add(layer.weight) : -1;  // nobody changed it, so it can be read now
    passes[i].weight_gradient = requests.add(back.weight_gradient, {}, 0, true);
    passes[i].bias_gradient = requests.add(back.bias_gradient);
  }
  requests.run();

  std::vector<LayerStatistics> rows(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const TracedLayer& layer = layers[i];
    LayerStatistics& row = rows[i];
    row.layer = static_cast<std::int64_t>(i) + 1;
    row.name = layer.name;
    row.units = layer.units();
    row.activation = layer.nonlinearity;
    fill_forward(row, layer.activation.has_value(), requests[passes[i].z], requests[passes[i].h]);
    fill_backward(row, passes[i], requests);
    row.weight_rms = passes[i].weight >= 0 ? requests[passes[i].weight].rms : backward_[i].weight_rms;
    row.update_ratio = backward_[i].change_rms / row.weight_rms;
  }
  trace_.clear();
  backward_.clear();
  return rows;
}

}  // namespace seegrad::observe
