#include "seegrad/observe/layer_watch.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "seegrad/observe/saturation.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::observe {
namespace {

double share(std::int64_t part, std::int64_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

void count_not_finite(LayerStatistics& row, const Statistics& s) {
  row.nan_count += s.nans;
  row.inf_count += s.infinities;
}

/// Where the numbers about one tensor are found: a row of one of the tables that the device left.
struct Place {
  std::int64_t table = -1, row = 0;  // no table: there is no such tensor
  std::int64_t count = 0;            // elements of the tensor
  explicit operator bool() const { return table >= 0; }
};

/// Collects what is to be measured, so that one call of the backend does it all; its result is the first table.
class Requests {
 public:
  Place add(const Tensor& x, const StatisticsRequest& what = {}) {
    if (!x) return {};
    device_ = x.device();
    list_.push_back(what);
    list_.back().x = x.array();
    return {0, static_cast<std::int64_t>(list_.size()) - 1, x.count()};
  }
  /// The totals of all, on their device.
  Tensor run() const {
    Tensor totals({static_cast<std::int64_t>(list_.size()), total_count}, {DType::float64, device_});
    if (!list_.empty()) totals.backend().statistics(list_, totals.array_to_fill());
    return totals;
  }

 private:
  std::vector<StatisticsRequest> list_;
  Device device_;
};

/// What a layer's row needs besides numbers, and where they are.
struct Layer {
  std::string name, activation;
  std::int64_t units = 0;
  bool elementwise = false;
  Place z = {}, h = {}, delta = {}, weight = {}, weight_gradient = {}, bias_gradient = {};
  Place update = {};  // in a table of update sizes
};

std::vector<double> doubles(std::span<const std::byte> bytes) {
  std::vector<double> values(bytes.size() / sizeof(double));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

using Tables = std::vector<std::vector<double>>;

Statistics statistics_at(const Place& place, const Tables& tables) {
  return statistics_of(std::span(tables[static_cast<std::size_t>(place.table)]).subspan(place.row * total_count, total_count), place.count);
}

void fill_forward(LayerStatistics& row, const Layer& layer, const Tables& tables) {
  const Statistics z = statistics_at(layer.z, tables);
  const bool alone = layer.h.row == layer.z.row;
  const Statistics h = alone ? z : statistics_at(layer.h, tables);
  row.z_mean = z.mean;
  row.z_std = z.std;
  row.h_mean = h.mean;
  row.h_std = h.std;
  row.h_min = h.min;
  row.h_max = h.max;
  row.zero_share = share(h.zeros, h.count);
  row.saturated_share = layer.elementwise ? share(z.saturated, z.count) : 0;
  count_not_finite(row, z);
  if (!alone) count_not_finite(row, h);
}

void fill_backward(LayerStatistics& row, const Layer& layer, const Tables& tables) {
  if (layer.delta) {
    const Statistics delta = statistics_at(layer.delta, tables);
    row.delta_rms = delta.rms;
    count_not_finite(row, delta);
  }
  if (layer.weight_gradient) {
    const Statistics gradient = statistics_at(layer.weight_gradient, tables);
    row.weight_grad_rms = gradient.rms;
    row.sign_coherence = gradient.sign_coherence;
    count_not_finite(row, gradient);
  }
  if (layer.bias_gradient) row.bias_grad_rms = statistics_at(layer.bias_gradient, tables).rms;
}

void fill_update(LayerStatistics& row, const Layer& layer, const Tables& tables) {
  const auto rms = [&](std::int64_t column) {
    if (!layer.update) return not_measured;
    const std::vector<double>& sizes = tables[static_cast<std::size_t>(layer.update.table)];
    return std::sqrt(sizes[static_cast<std::size_t>(2 * layer.update.row + column)] / static_cast<double>(layer.update.count));
  };
  row.weight_rms = layer.weight ? statistics_at(layer.weight, tables).rms : rms(0);
  row.update_ratio = rms(1) / row.weight_rms;
}

}  // namespace

struct LayerReadings::Content {
  std::vector<Layer> layers;
  std::vector<Tensor> tables{Tensor{}};  // float64: totals of what was asked for; then what optimisers left

  /// Where that table stands; a new one is added.
  std::int64_t table(const Tensor& tensor) {
    const auto found = std::find_if(tables.begin(), tables.end(), [&](const Tensor& other) { return other.same_as(tensor); });
    const std::int64_t place = std::distance(tables.begin(), found);
    if (found == tables.end()) tables.push_back(tensor);
    return place;
  }
};

std::vector<LayerStatistics> LayerReadings::rows() const { return rows_later()(); }

std::function<std::vector<LayerStatistics>()> LayerReadings::rows_later() const {
  std::vector<std::shared_ptr<Transfer>> transfers;
  for (const Tensor& table : content_->tables) transfers.push_back(table.read_later());
  return [content = content_, transfers] {
    Tables tables;
    for (const auto& transfer : transfers) tables.push_back(doubles(transfer->wait()));
    std::vector<LayerStatistics> rows(content->layers.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Layer& layer = content->layers[i];
      rows[i].layer = static_cast<std::int64_t>(i) + 1;
      rows[i].name = layer.name;
      rows[i].units = layer.units;
      rows[i].activation = layer.activation;
      fill_forward(rows[i], layer, tables);
      fill_backward(rows[i], layer, tables);
      fill_update(rows[i], layer, tables);
    }
    return rows;
  };
}

void LayerWatch::update(const UpdateEvent& event) {
  updates_.resize(layers().size());
  for (std::size_t i = 0; i < updates_.size(); ++i) {
    const bool of_weight = event.parameter.same_as(layers()[i].weight);
    if (!of_weight && !(layers()[i].bias && event.parameter.same_as(layers()[i].bias))) continue;
    (of_weight ? updates_[i].weight : updates_[i].bias) = {event.gradient, event.sizes, event.gradient_totals, event.row};
  }
}

LayerReadings LayerWatch::read() {
  updates_.resize(layers().size());
  auto content = std::make_shared<LayerReadings::Content>();
  Requests requests;
  const StatisticsRequest squares{.x = {}, .only_squares = true};
  // The optimiser has looked at the gradient that it used; another one that came back is looked at now.
  const auto of_gradient = [&](const Tensor& gradient, const Update& update) -> Place {
    if (!gradient || update.row < 0 || !gradient.same_as(update.gradient))
      return requests.add(gradient, {.x = {}, .signs = true, .only_squares = true});
    return {content->table(update.gradient_totals), update.row, gradient.count()};
  };
  std::vector<std::vector<ConstArray>> learned(layers().size());
  for (std::size_t i = 0; i < layers().size(); ++i) {
    const TracedLayer& traced = layers()[i];
    const LayerGradients& back = gradients()[i];
    const Update& update = updates_[i].weight;
    Layer layer{traced.name, traced.nonlinearity, traced.units(), traced.activation.has_value()};
    layer.z = requests.add(
        traced.z,
        {.x = {}, .f = traced.formula(learned[i]), .saturation = traced.activation ? saturation_threshold(*traced.activation) : 0});
    layer.h = traced.h.same_as(traced.z) ? layer.z : requests.add(traced.h);
    layer.delta = requests.add(back.delta, squares);
    layer.weight_gradient = of_gradient(back.weight, update);
    layer.bias_gradient = of_gradient(back.bias, updates_[i].bias);
    if (update.row < 0)
      layer.weight = requests.add(traced.weight, squares);  // nobody changed it, so it can be read now
    else
      layer.update = {content->table(update.sizes), update.row, traced.weight.count()};
    content->layers.push_back(std::move(layer));
  }
  content->tables.front() = requests.run();
  clear();
  updates_.clear();
  LayerReadings readings;
  readings.content_ = std::move(content);
  return readings;
}

}  // namespace seegrad::observe
