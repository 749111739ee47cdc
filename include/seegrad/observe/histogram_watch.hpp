// Watches one training step like LayerWatch and asks how the numbers of each layer's z, h and delta are spread. A histogram says what
// a mean cannot: that half of the units sit at an end of tanh, or that a gradient has shrunk by ten octaves.
//
// Filling bins costs more than the other statistics, so a run does it some dozens of times, not at every step.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "seegrad/observe/run_observer.hpp"
#include "seegrad/observe/step_trace.hpp"

namespace seegrad::observe {

/// Where a watched step left its histograms. A step that is replayed leaves new ones in the same place.
class HistogramReadings {
 public:
  /// Takes the numbers as they will be when all that was asked of the device is done; the function waits and makes histograms of them,
  /// layer by layer z, h, delta; step and epoch are left to the caller. A layer without activation has no h of its own.
  std::function<std::vector<LayerHistogram>()> later() const;

 private:
  friend class HistogramWatch;
  struct Content;
  std::shared_ptr<const Content> content_;
};

class HistogramWatch : public StepTrace {
 public:
  /// Asks the backend for the histograms of everything that was seen, and lets go of all tensors.
  HistogramReadings read();
};

}  // namespace seegrad::observe
