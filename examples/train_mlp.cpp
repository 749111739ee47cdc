// The first lesson: train a small network to recognise pictures, and watch the gradient on its way back through the layers.
//
//   ./run.sh                                                          ReLU: about 89 % on Fashion-MNIST after some seconds
//   ./run.sh --activation sigmoid --depth 10 --init xavier            stays at 10 %: the gradient vanishes, see the bars
//   ./run.sh --activation relu    --depth 10 --init he                the same depth, and it learns
//
// Read from top to bottom: knobs, data, network, loss, gradients, step. What the table shows is explained at the end.
#include "seegrad/nn/mlp.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/optim/clip.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/recorder.hpp"
#include "seegrad/train/samples.hpp"
#include "seegrad/train/step.hpp"

using namespace seegrad;

const train::Example lesson{"train_mlp", "Trains a multi-layer perceptron and shows what its gradients do, layer by layer."};

int learn(const train::TrainOptions& knobs) {
  // Data: pictures of 28 x 28 pixels and the number of the class that each belongs to.
  train::Samples samples(knobs);

  // Network: knobs.depth times (linear, activation), then a linear layer with one output for each class.
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
  const std::vector<Tensor> parameters = network.parameter_tensors();

  // What turns gradients into steps, and how the length of the steps changes.
  optim::Optimizer optimizer = optim::make_optimizer(knobs.optimizer_options(), network.parameters());
  const optim::Schedule schedule = knobs.full_schedule();
  const double base_rate = optimizer.learning_rate();
  const std::int64_t steps_per_epoch = samples.steps_per_epoch();

  // What one step does. On a GPU it is recorded once and replayed as a whole; the network is the same either way.
  train::Step step(samples, optimizer, [&](const Tensor& images, const Tensor& labels) {
    // Forward: from pixels to one number for each class, and from those to how wrong they are.
    const Tensor logits = network(images);
    const Tensor loss = cross_entropy(logits, labels);

    // Backward: how the loss would change with each parameter.
    const std::vector<Tensor> slopes = gradients(loss, parameters);

    // Step: every parameter goes a little way downhill. (Nowhere, if the loss is no longer a number.)
    const double shrink = knobs.clip > 0 ? optim::clip_by_norm(slopes, knobs.clip).scale : 1;
    optimizer.step(slopes, shrink, loss);
    return train::Outcome{loss, logits};
  });

  // Whoever wants to know what happens inside: the run folder, the table, the report. It also knows which batches are still to do.
  train::Recorder recorder(lesson, knobs, samples, network, optimizer);

  for (const train::Batch& batch : recorder.batches()) {
    const train::Watching watching = recorder.begin_step(batch);
    optimizer.set_learning_rate(schedule.rate(base_rate, {batch.step, knobs.epochs * steps_per_epoch, steps_per_epoch}));
    recorder.end_step(step(batch, watching), optimizer.learning_rate());
  }
  return recorder.finish();
}

int main(int argc, char** argv) { return train::guarded_main(argc, argv, lesson, learn); }

// Expected output (seed 1; times differ from machine to machine):
//
//   at initialisation
//      layer         units  RMS delta (dLoss/dz)       RMS weight gradient         zero satur.   dead    mean h    std h
//    1 relu            128  █████████████▉   8.61e-04  ██████████████▎  1.27e-02  52.3%  52.3%   0.0%      0.52     0.83
//    ...
//   RMS delta changes by a factor 0.982 a layer on the way back
//
//   epoch 10/10: train loss 0.1802, test loss 0.3139, test accuracy 88.89 %, 4 s
//    ...
//   done: test accuracy 88.89 %, train accuracy 93.57 %, 9380 steps in 4 s (141991 samples/s)
//
// delta is how the loss would change with what goes into an activation. If its bars are of one length, every layer hears what it did
// wrong; if they shrink upwards (sigmoid), the first layers hear nothing and do not learn. "zero" counts exact zeros of the
// activation, "satur." where its slope is next to nothing, "dead" units that are zero on all of the first 512 training samples.
