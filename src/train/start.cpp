#include "seegrad/train/start.hpp"

#include <cmath>

#include "seegrad/nn/gaussian_mlp.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/lesson.hpp"

namespace seegrad::train {
namespace {

/// `delta_of(l)` of the hidden layers 0 .. hidden - 1.
template <class DeltaOf>
std::vector<records::Point> path(std::size_t hidden, DeltaOf delta_of) {
  std::vector<records::Point> points;
  for (std::size_t l = 0; l < hidden; ++l) points.push_back({static_cast<double>(l + 1), delta_of(l) / delta_of(hidden - 1)});
  return points;
}

}  // namespace

std::vector<records::Point> Start::measured_path() const {
  return path(layers.empty() ? 0 : layers.size() - 1, [&](std::size_t l) { return layers[l].delta_rms; });
}

std::vector<records::Point> Start::predicted_path() const {
  return path(theory ? theory->delta_rms.size() - 1 : 0, [&](std::size_t l) { return theory->delta_rms[l]; });
}

Start start_of(const Samples& samples, const TrainOptions& knobs, const Batch& batch) {
  nn::Sequential network = network_for(samples, knobs);
  observe::LayerWatch watch;
  observe::GradientLedger ledger;
  {
    const Listening statistics(watch), steps(ledger);
    static_cast<void>(gradients(cross_entropy(network(batch.images()), batch.labels()), network.parameter_tensors()));
  }
  Start start;
  start.layers = watch.collect();
  start.account = ledger.account();
  start.factor = std::fabs(observe::delta_factor(start.layers));  // 0/0 has a sign that nobody wants to read
  const bool plain = knobs.normalisation == nn::Normalisation::none && knobs.dropout == 0;
  if (const Activation* f = knobs.activation.elementwise(); f && plain) start.theory = observe::signal_theory(*f, start.layers);
  if (start.theory) start.predicted = std::fabs(start.theory->factor);
  return start;
}

std::string start_label(const TrainOptions& knobs) { return knobs.activation.to_string() + ", " + knobs.init.to_string(); }

std::string start_key(const TrainOptions& knobs) { return key_of(knobs.activation.to_string()) + "." + key_of(knobs.init.to_string()); }

nn::Sequential gaussian_network_for(const Samples& samples, const TrainOptions& knobs, double sigma_w2, double sigma_b2) {
  Random random(knobs.seed);
  return nn::gaussian_mlp({.inputs = samples.inputs(),
                           .outputs = samples.classes(),
                           .depth = knobs.depth,
                           .width = knobs.width,
                           .activation = knobs.activation,
                           .activation_per_channel = knobs.activation_per_channel,
                           .tensor = samples.tensor()},
                          sigma_w2, sigma_b2, random);
}

std::vector<double> learning_speeds(const Samples& samples, const TrainOptions& knobs, const Batch& batch) {
  nn::Sequential network = gaussian_network_for(samples, knobs, 1, 1);
  observe::GradientLedger ledger;
  {
    const Listening listening(ledger);
    const Tensor targets = one_hot(batch.labels(), samples.classes(), samples.tensor().dtype);
    const Tensor loss = bce_with_logits(network(batch.images()), targets) * static_cast<double>(samples.classes());
    static_cast<void>(gradients(loss, network.parameter_tensors()));
  }
  std::vector<double> speeds;
  for (const observe::GradientStep& step : ledger.account().steps) speeds.insert(speeds.begin(), step.bias);
  return speeds;
}

}  // namespace seegrad::train
