#include "seegrad/observe/not_finite_search.hpp"

#include "seegrad/tensor/backend.hpp"

namespace seegrad::observe {

std::optional<NotFiniteSearch::Place> NotFiniteSearch::first() const {
  std::vector<Place> places;
  std::vector<StatisticsRequest> requests;
  const auto add = [&](std::size_t i, const char* tensor, const Tensor& x) {
    if (!x) return;
    places.push_back({static_cast<std::int64_t>(i) + 1, tensor});
    requests.push_back({.x = x.array()});
  };
  for (std::size_t i = 0; i < layers().size(); ++i) {
    const TracedLayer& layer = layers()[i];
    add(i, "weight", layer.weight);
    add(i, "bias", layer.bias);
    add(i, "z", layer.z);
    if (!layer.h.same_as(layer.z)) add(i, "h", layer.h);
  }
  for (std::size_t i = layers().size(); i-- > 0;) {
    add(i, "delta", gradients()[i].delta);
    add(i, "weight gradient", gradients()[i].weight);
  }
  if (requests.empty()) return std::nullopt;
  const std::vector<Statistics> found = layers().front().weight.backend().measure(requests);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i].nans + found[i].infinities > 0) return places[i];
  return std::nullopt;
}

}  // namespace seegrad::observe
