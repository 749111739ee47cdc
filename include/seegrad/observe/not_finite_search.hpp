// Where a number that is not finite came from: listens to one step and looks through all its tensors in the order in which they were
// computed.
#pragma once
#include <optional>
#include <string>

#include "seegrad/observe/step_trace.hpp"

namespace seegrad::observe {

class NotFiniteSearch : public StepTrace {
 public:
  struct Place {
    std::int64_t layer = 0;  ///< counted from 1
    std::string tensor;      ///< "weight", "bias", "z", "h", "delta" or "weight gradient"
  };

  /// The first tensor that holds NaN or infinity: forward through the layers (weight, bias, z, h), then back (delta, weight gradient).
  std::optional<Place> first() const;
};

}  // namespace seegrad::observe
