// Where a number that is not finite came from: listens to one step and looks through all its tensors in the order in which they were
// computed.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "seegrad/observe/layer_trace.hpp"

namespace seegrad::observe {

class NotFiniteSearch : public Observer {
 public:
  struct Place {
    std::int64_t layer = 0;  ///< counted from 1
    std::string tensor;      ///< "weight", "bias", "z", "h", "delta" or "weight gradient"
  };

  void forward(const ForwardEvent& event) override;
  void gradient(const Tensor& watched, const Tensor& gradient) override;

  /// The first tensor that holds NaN or infinity: forward through the layers (weight, bias, z, h), then back (delta, weight gradient).
  std::optional<Place> first() const;

 private:
  LayerTrace trace_;
  struct Backward {
    Tensor delta, weight_gradient;
  };
  std::vector<Backward> backward_;  // one for each layer of trace_
};

}  // namespace seegrad::observe
