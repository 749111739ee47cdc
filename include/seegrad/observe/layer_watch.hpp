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
// after the step: one pass a tensor, all tensors in one call of the backend.
#pragma once
#include <vector>

#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/observe/layer_trace.hpp"

namespace seegrad::observe {

class LayerWatch : public Observer {
 public:
  void forward(const ForwardEvent& event) override;
  void gradient(const Tensor& watched, const Tensor& gradient) override;
  void update(const UpdateEvent& event) override;

  /// The statistics of the step, from the first layer to the last; step, epoch and dead_share are left to the caller. Lets go
  /// of all tensors. What was not seen (no walk back, no update, no bias) is NaN.
  std::vector<LayerStatistics> collect();

 private:
  struct Backward {
    Tensor delta, weight_gradient, bias_gradient;
    double weight_rms = not_measured, change_rms = not_measured;  // as the optimiser found the weight and left it
  };

  LayerTrace trace_;
  std::vector<Backward> backward_;  // one for each layer of trace_
};

}  // namespace seegrad::observe
