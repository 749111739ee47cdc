#include "seegrad/train/fit.hpp"

#include <cmath>

#include "seegrad/nn/mlp.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/optim/clip.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/recorder.hpp"
#include "seegrad/train/samples.hpp"
#include "seegrad/train/step.hpp"

namespace seegrad::train {

nn::Sequential network_for(const Samples& samples, const TrainOptions& knobs) {
  Random random(knobs.seed);
  nn::Sequential network = nn::mlp({.inputs = samples.inputs(),
                                    .outputs = samples.classes(),
                                    .depth = knobs.depth,
                                    .width = knobs.width,
                                    .activation = knobs.activation,
                                    .init = knobs.init,
                                    .dropout = knobs.dropout,
                                    .normalisation = knobs.normalisation,
                                    .activation_per_channel = knobs.activation_per_channel,
                                    .tensor = samples.tensor()},
                                   random);
  if (knobs.init.needs_batch()) nn::scale_to_unit_variance(network, samples.probe());
  return network;
}

namespace {

/// Trains, and gives the recorder to `end`.
template <class End>
auto train_all(const Example& example, const TrainOptions& knobs, nn::Sequential& network, End end) {
  Samples samples(knobs);
  network = network_for(samples, knobs);
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer = optim::make_optimizer(knobs.optimizer_options(), network.parameters());
  const optim::Schedule schedule = knobs.full_schedule();
  const double base_rate = optimizer.learning_rate();
  const std::int64_t steps_per_epoch = samples.steps_per_epoch();
  Step step(samples, optimizer, [&](const Tensor& images, const Tensor& labels) {
    const Tensor logits = network(images), loss = cross_entropy(logits, labels);
    const std::vector<Tensor> slopes = gradients(loss, parameters);
    optimizer.step(slopes, knobs.clip > 0 ? optim::clip_by_norm(slopes, knobs.clip).scale : 1, loss);
    return Outcome{loss, logits};
  });
  Recorder recorder(example, knobs, samples, network, optimizer);
  for (const Batch& batch : recorder.batches()) {
    const Watching watching = recorder.begin_step(batch);
    optimizer.set_learning_rate(schedule.rate(base_rate, {batch.step, knobs.epochs * steps_per_epoch, steps_per_epoch}));
    recorder.end_step(step(batch, watching), optimizer.learning_rate());
  }
  return end(recorder);
}

}  // namespace

int fit(const Example& example, const TrainOptions& knobs) {
  nn::Sequential network;
  return train_all(example, knobs, network, [](Recorder& recorder) { return recorder.finish(); });
}

records::Summary fit(const Example& example, const TrainOptions& knobs, nn::Sequential& network) {
  return train_all(example, knobs, network, [](Recorder& recorder) { return recorder.complete(); });
}

bool fit_loss(const TrainOptions& knobs, Samples& samples, const nn::Sequential& network, const LossOf& loss_of,
              const std::function<void(const Batch&)>& before) {
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer = optim::make_optimizer(knobs.optimizer_options(), network.parameters());
  const optim::Schedule schedule = knobs.full_schedule();
  const double base_rate = optimizer.learning_rate();
  const std::int64_t steps_per_epoch = samples.steps_per_epoch();
  Tensor loss;
  for (std::int64_t epoch = 1; epoch <= knobs.epochs; ++epoch) {
    for (const Batch& batch : samples.epoch(epoch)) {
      if (before) before(batch);
      optimizer.set_learning_rate(schedule.rate(base_rate, {batch.step, knobs.epochs * steps_per_epoch, steps_per_epoch}));
      loss = loss_of(batch);
      const std::vector<Tensor> slopes = gradients(loss, parameters);
      optimizer.step(slopes, knobs.clip > 0 ? optim::clip_by_norm(slopes, knobs.clip).scale : 1, loss);
    }
  }
  return std::isfinite(loss.item());
}

}  // namespace seegrad::train
