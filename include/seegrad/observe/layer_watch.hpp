// Watches one training step of a network and turns what it saw into a row of statistics for each layer.
//
//   LayerWatch watch;
//   {
//     const Listening listening(watch);
//     Tensor loss = cross_entropy(network(images), labels);
//     optimizer.step(gradients(loss, parameters));
//   }
//   for (const LayerStatistics& layer : watch.collect()) ...
//
// While the step runs it only keeps handles (reading would undo the fusing of a product with its activation). Everything is read
// after the step: one pass a tensor, all tensors in one call of the backend. What the pass finds stays on the device, in a few hundred
// numbers, until somebody asks; so a step that a device replays can be watched without stopping it.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/observe/step_trace.hpp"

namespace seegrad::observe {

/// Where a watched step left its numbers, and whose they are. A step that is replayed leaves new ones in the same place.
class LayerReadings {
 public:
  /// The statistics of the step, from the first layer to the last; step, epoch and dead_share are left to the caller. What was not seen
  /// (no walk back, no update, no bias) is NaN. Waits for the device.
  std::vector<LayerStatistics> rows() const;
  /// Takes the numbers as they will be when all that was asked of the device is done; the function waits and makes rows of them.
  std::function<std::vector<LayerStatistics>()> rows_later() const;

 private:
  friend class LayerWatch;
  struct Content;
  std::shared_ptr<const Content> content_;
};

class LayerWatch : public StepTrace {
 public:
  void update(const UpdateEvent& event) override;

  /// Asks the backend for the statistics of everything that was seen, and lets go of all tensors.
  LayerReadings read();
  /// The same, waited for.
  std::vector<LayerStatistics> collect() { return read().rows(); }

 private:
  /// What an optimiser said of a parameter (UpdateEvent), if it did.
  struct Update {
    Tensor gradient, sizes, gradient_totals;
    std::int64_t row = -1;
  };
  struct Updates {
    Update weight, bias;
  };
  std::vector<Updates> updates_;  // of the layers, as far as there were any
};

}  // namespace seegrad::observe
