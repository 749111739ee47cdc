#include "seegrad/observe/not_finite_search.hpp"

#include "seegrad/tensor/backend.hpp"

namespace seegrad::observe {

void NotFiniteSearch::forward(const ForwardEvent& event) {
  trace_.forward(event);
  backward_.resize(trace_.layers().size());
  if (backward_.empty()) return;
  trace_.layers().back().z.watch();
  trace_.layers().back().weight.watch();
}

void NotFiniteSearch::gradient(const Tensor& watched, const Tensor& gradient) {
  for (std::size_t i = 0; i < backward_.size(); ++i) {
    if (watched.same_as(trace_.layers()[i].z)) backward_[i].delta = gradient;
    if (watched.same_as(trace_.layers()[i].weight)) backward_[i].weight_gradient = gradient;
  }
}

std::optional<NotFiniteSearch::Place> NotFiniteSearch::first() const {
  std::vector<Place> places;
  std::vector<StatisticsRequest> requests;
  const auto add = [&](std::size_t i, const char* tensor, const Tensor& x) {
    if (!x) return;
    places.push_back({static_cast<std::int64_t>(i) + 1, tensor});
    requests.push_back({.x = x.array()});
  };
  for (std::size_t i = 0; i < backward_.size(); ++i) {
    const TracedLayer& layer = trace_.layers()[i];
    add(i, "weight", layer.weight);
    add(i, "bias", layer.bias);
    add(i, "z", layer.z);
    if (!layer.h.same_as(layer.z)) add(i, "h", layer.h);
  }
  for (std::size_t i = backward_.size(); i-- > 0;) {
    add(i, "delta", backward_[i].delta);
    add(i, "weight gradient", backward_[i].weight_gradient);
  }
  if (requests.empty()) return std::nullopt;
  const std::vector<Statistics> found = trace_.layers().front().weight.backend().measure(requests);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i].nans + found[i].infinities > 0) return places[i];
  return std::nullopt;
}

}  // namespace seegrad::observe
