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

/// The passes over one layer's tensors: where each one's result is found among the requests, or -1 for a tensor that is not there.
struct Passes {
  int z = -1, h = -1, delta = -1, weight = -1, weight_gradient = -1, bias_gradient = -1;
};

/// Collects what is to be measured, so that one call of the backend does it all.
class Requests {
 public:
  int add(const Tensor& x, const FormulaArguments& f = {}, double saturation = 0, bool signs = false) {
    if (!x) return -1;
    device_ = x.device();
    list_.push_back({x.array(), f, saturation, signs});
    return static_cast<int>(list_.size()) - 1;
  }
  /// The totals of all, on their device.
  Tensor run() const {
    Tensor totals({static_cast<std::int64_t>(list_.size()), total_count}, {DType::float64, device_});
    if (!list_.empty()) totals.backend().statistics(list_, totals.array_to_fill());
    return totals;
  }
  std::vector<std::int64_t> counts() const {
    std::vector<std::int64_t> all;
    for (const StatisticsRequest& request : list_) all.push_back(request.x.shape.count());
    return all;
  }

 private:
  std::vector<StatisticsRequest> list_;
  Device device_;
};

/// What a layer's row needs besides numbers.
struct Layer {
  std::string name, activation;
  std::int64_t units = 0, weights = 0;
  bool elementwise = false;
  Passes pass;
  std::int64_t update = -1, update_row = -1;  // which of the tensors of update sizes, and where in it
};

/// The place of a tensor among those seen so far; a new one is added.
std::int64_t place_among(std::vector<Tensor>& seen, const Tensor& tensor) {
  if (!tensor) return -1;
  const auto found = std::find_if(seen.begin(), seen.end(), [&](const Tensor& other) { return other.same_as(tensor); });
  const std::int64_t place = std::distance(seen.begin(), found);
  if (found == seen.end()) seen.push_back(tensor);
  return place;
}

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

void fill_backward(LayerStatistics& row, const Passes& pass, const std::vector<Statistics>& all) {
  const auto found = [&](int i) -> const Statistics& { return all[static_cast<std::size_t>(i)]; };
  if (pass.delta >= 0) {
    row.delta_rms = found(pass.delta).rms;
    count_not_finite(row, found(pass.delta));
  }
  if (pass.weight_gradient >= 0) {
    row.weight_grad_rms = found(pass.weight_gradient).rms;
    row.sign_coherence = found(pass.weight_gradient).sign_coherence;
    count_not_finite(row, found(pass.weight_gradient));
  }
  if (pass.bias_gradient >= 0) row.bias_grad_rms = found(pass.bias_gradient).rms;
}

std::vector<double> doubles(std::span<const std::byte> bytes) {
  std::vector<double> values(bytes.size() / sizeof(double));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace

struct LayerReadings::Content {
  std::vector<Layer> layers;
  std::vector<std::int64_t> counts;  // elements of each request
  Tensor totals;
  std::vector<Tensor> update_sizes;  // one of each optimiser

  std::vector<LayerStatistics> rows(std::span<const double> found, const std::vector<std::vector<double>>& sizes) const;
};

std::vector<LayerStatistics> LayerReadings::Content::rows(std::span<const double> found,
                                                          const std::vector<std::vector<double>>& sizes) const {
  std::vector<Statistics> all;
  all.reserve(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) all.push_back(statistics_of(found.subspan(i * total_count, total_count), counts[i]));
  std::vector<LayerStatistics> rows(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    LayerStatistics& row = rows[i];
    row.layer = static_cast<std::int64_t>(i) + 1;
    row.name = layer.name;
    row.units = layer.units;
    row.activation = layer.activation;
    fill_forward(row, layer.elementwise, all[static_cast<std::size_t>(layer.pass.z)], all[static_cast<std::size_t>(layer.pass.h)]);
    fill_backward(row, layer.pass, all);
    const auto rms = [&](std::int64_t column) {
      if (layer.update < 0) return not_measured;
      const std::vector<double>& of_optimiser = sizes[static_cast<std::size_t>(layer.update)];
      return std::sqrt(of_optimiser[static_cast<std::size_t>(2 * layer.update_row + column)] / static_cast<double>(layer.weights));
    };
    row.weight_rms = layer.pass.weight >= 0 ? all[static_cast<std::size_t>(layer.pass.weight)].rms : rms(0);
    row.update_ratio = rms(1) / row.weight_rms;
  }
  return rows;
}

std::vector<LayerStatistics> LayerReadings::rows() const { return rows_later()(); }

std::function<std::vector<LayerStatistics>()> LayerReadings::rows_later() const {
  const std::shared_ptr<Transfer> totals = content_->totals.read_later();
  std::vector<std::shared_ptr<Transfer>> sizes;
  for (const Tensor& tensor : content_->update_sizes) sizes.push_back(tensor.read_later());
  return [content = content_, totals, sizes] {
    std::vector<std::vector<double>> found;
    found.reserve(sizes.size());
    for (const auto& transfer : sizes) found.push_back(doubles(transfer->wait()));
    return content->rows(doubles(totals->wait()), found);
  };
}

void LayerWatch::update(const UpdateEvent& event) {
  updates_.resize(layers().size());
  for (std::size_t i = 0; i < updates_.size(); ++i)
    if (event.parameter.same_as(layers()[i].weight)) updates_[i] = {event.sizes, event.row};
}

LayerReadings LayerWatch::read() {
  updates_.resize(layers().size());
  auto content = std::make_shared<LayerReadings::Content>();
  Requests requests;
  std::vector<std::vector<ConstArray>> learned(layers().size());
  for (std::size_t i = 0; i < layers().size(); ++i) {
    const TracedLayer& layer = layers()[i];
    const LayerGradients& back = gradients()[i];
    const Update& update = updates_[i];
    const double saturation = layer.activation ? saturation_threshold(*layer.activation) : 0;
    Passes pass;
    pass.z = requests.add(layer.z, layer.formula(learned[i]), saturation);
    pass.h = layer.h.same_as(layer.z) ? pass.z : requests.add(layer.h);
    pass.delta = requests.add(back.delta);
    pass.weight = update.row < 0 ? requests.add(layer.weight) : -1;  // nobody changed it, so it can be read now
    pass.weight_gradient = requests.add(back.weight, {}, 0, true);
    pass.bias_gradient = requests.add(back.bias);
    content->layers.push_back({layer.name, layer.nonlinearity, layer.units(), layer.weight.count(), layer.activation.has_value(), pass,
                               place_among(content->update_sizes, update.sizes), update.row});
  }
  content->counts = requests.counts();
  content->totals = requests.run();
  clear();
  updates_.clear();
  LayerReadings readings;
  readings.content_ = std::move(content);
  return readings;
}

}  // namespace seegrad::observe
