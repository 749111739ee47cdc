// What lessons that train by themselves would otherwise each spell out: the network that the flags ask for, and the loop over the batches.
// train_mlp.cpp has both in full.
#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "seegrad/optim/clip.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad {

/// The network that the flags ask for, but with this activation. What it learns is learned a unit only where there is something to learn.
inline nn::Sequential network_of(train::TrainOptions knobs, const nn::Nonlinearity& f, const train::Samples& samples) {
  knobs.activation = f;
  knobs.activation_per_channel = knobs.activation_per_channel && f.function() && f.function()->learnable();
  return train::network_for(samples, knobs);
}

/// Trains as the flags say. `loss_of` gives the loss of a batch; `before` is told each batch before its step. Returns whether the last
/// loss was finite: after one that was not, nothing changes any more.
template <class LossOf, class Before>
bool train_network(const train::TrainOptions& knobs, train::Samples& samples, nn::Sequential& network, LossOf loss_of, Before before) {
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer = optim::make_optimizer(knobs.optimizer_options(), network.parameters());
  const optim::Schedule schedule = knobs.full_schedule();
  const double base_rate = optimizer.learning_rate();
  const std::int64_t per_epoch = samples.steps_per_epoch();
  Tensor loss;
  for (std::int64_t epoch = 1; epoch <= knobs.epochs; ++epoch) {
    for (const train::Batch& batch : samples.epoch(epoch)) {
      before(batch);
      optimizer.set_learning_rate(schedule.rate(base_rate, {batch.step, knobs.epochs * per_epoch, per_epoch}));
      loss = loss_of(batch);
      const std::vector<Tensor> slopes = gradients(loss, parameters);
      optimizer.step(slopes, knobs.clip > 0 ? optim::clip_by_norm(slopes, knobs.clip).scale : 1, loss);
    }
  }
  return std::isfinite(loss.item());
}

}  // namespace seegrad
