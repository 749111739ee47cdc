// A training run that leaves behind everything it computed, for laws that compare two of them: the loss of every step, what was watched,
// and at the end all parameters, running statistics and memories of the optimiser.
#pragma once
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "compare.hpp"
#include "data/temporary_folder.hpp"
#include "seegrad/data/digits.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/step.hpp"

namespace seegrad::testing {

struct Course {
  std::string activation = "relu", optimizer = "sgd(momentum=0.9)";
  nn::Normalisation normalisation = nn::Normalisation::none;
  double dropout = 0;
  bool per_channel = false;
  int steps = 55;       ///< of 11 batches an epoch: ten of 32, one of 10
  int watch_every = 0;  ///< 0: nobody watches
  bool watch_all = false;
  bool watch_histograms = true;  ///< of every second step that is watched
  bool reads_at_once = true;     ///< the loss of each step, before the next one; else all of them at the end
  std::string precision = "fp32";

  std::string to_string() const {
    return activation + ", " + optimizer + ", " + std::string(nn::name_of(normalisation)) + ", dropout " + std::to_string(dropout) +
           (per_channel ? ", per channel" : "") + ", watched every " + std::to_string(watch_all ? 1 : watch_every) +
           (reads_at_once ? "" : ", read at the end") + ", " + precision;
  }
  train::Watching watching(int step) const {
    if (!watch_all && (watch_every == 0 || step % watch_every != 0)) return train::Watching::nothing;
    return watch_histograms && step % 2 == 0 ? train::Watching::histograms : train::Watching::layers;
  }
};

struct Trace {
  Numbers losses, test_losses;
  std::vector<Numbers> layers;      // of each watched step, all columns of all layers
  std::vector<Numbers> histograms;  // of those watched so closely, all bins
  std::vector<Numbers> state;       // parameters, buffers, the optimiser's memories
  std::int64_t replays = 0;
};

/// 330 drawn digits to learn from and 100 to be tested on, in a folder, drawn once for the whole program.
inline std::string few_digits() {
  static const test::TemporaryFolder folder;
  static const bool drawn = [] {
    save_dataset(digits_dataset(330, 100), folder / "few");
    return true;
  }();
  static_cast<void>(drawn);
  return (folder / "few").string();
}

inline Numbers columns_of(const std::vector<observe::LayerStatistics>& layers) {
  Numbers all;
  for (const observe::LayerStatistics& layer : layers)
    observe::for_each_column(layer, [&](std::string_view name, const auto& value) {
      if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>)
        if (name != "step" && name != "epoch" && name != "dead_share") all.push_back(static_cast<double>(value));
    });
  return all;
}

inline Numbers bins_of(const std::vector<observe::LayerHistogram>& histograms) {
  Numbers all;
  for (const observe::LayerHistogram& histogram : histograms) all.insert(all.end(), histogram.counts.begin(), histogram.counts.end());
  return all;
}

/// How a step is done: by train::Step, or kernel by kernel as it is written.
enum class Way { by_step, as_written };

/// Trains; between two steps it calls `disturb` (step), which may use the device for something else.
inline Trace train_along(const Course& course, Device device, Way way, const std::function<void(int)>& disturb = {}) {
  train::TrainOptions knobs;
  knobs.data = few_digits();
  knobs.batch = 32;
  knobs.device = device.to_string();
  knobs.precision = train::parse_precision(course.precision);
  train::Samples samples(knobs);
  Random random(3);
  nn::Sequential network = nn::mlp({.inputs = samples.inputs(),
                                    .outputs = samples.classes(),
                                    .depth = 3,
                                    .width = 48,
                                    .activation = nn::Nonlinearity::parse(course.activation),
                                    .dropout = course.dropout,
                                    .normalisation = course.normalisation,
                                    .activation_per_channel = course.per_channel,
                                    .tensor = samples.tensor()},
                                   random);
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer(optim::OptimizerOptions::parse(course.optimizer), network.parameters());
  const train::Step::Body body = [&](const Tensor& images, const Tensor& labels) {
    const Tensor logits = network(images), loss = cross_entropy(logits, labels);
    optimizer.step(gradients(loss, parameters), 1, loss);
    return train::Outcome{loss, logits};
  };
  train::Step step(samples, optimizer, body);
  const auto as_written = [&](const train::Batch& batch, train::Watching watching) {
    optimizer.begin_step();
    observe::LayerWatch layers;
    observe::HistogramWatch histograms;
    std::optional<Listening> to_layers, to_histograms;
    if (watching != train::Watching::nothing) to_layers.emplace(layers);
    if (watching == train::Watching::histograms) to_histograms.emplace(histograms);
    train::Outcome outcome = body(batch.images(), batch.labels());
    to_histograms.reset();
    to_layers.reset();
    if (watching != train::Watching::nothing) outcome.layers = layers.read();
    if (watching == train::Watching::histograms) outcome.histograms = histograms.read();
    return outcome;
  };

  Trace trace;
  std::vector<std::unique_ptr<Transfer>> losses;
  std::vector<std::function<std::vector<observe::LayerStatistics>()>> rows;
  std::vector<std::function<std::vector<observe::LayerHistogram>()>> histograms;
  int done = 0;
  for (std::int64_t epoch = 1; done < course.steps; ++epoch) {
    for (const train::Batch& batch : samples.epoch(epoch)) {
      if (done == course.steps) break;
      if (disturb) disturb(done);
      const train::Watching watching = course.watching(done);
      optimizer.set_learning_rate(optimizer.options().learning_rate * (0.6 + 0.4 * std::cos(0.3 * done)));
      const train::Outcome outcome = way == Way::by_step ? step(batch, watching) : as_written(batch, watching);
      losses.push_back(outcome.loss.read_later());
      if (outcome.layers) rows.push_back(outcome.layers->rows_later());
      if (outcome.histograms) histograms.push_back(outcome.histograms->later());
      if (course.reads_at_once) static_cast<void>(losses.back()->wait());
      ++done;
    }
    trace.test_losses.push_back(samples.evaluate_test(network).loss);
  }
  for (const auto& transfer : losses) {
    const std::span<const std::byte> bytes = transfer->wait();
    double value = 0;
    float single = 0;
    if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
    if (bytes.size() == sizeof single) std::memcpy(&single, bytes.data(), sizeof single), value = single;
    trace.losses.push_back(value);
  }
  for (const auto& of_step : rows) trace.layers.push_back(columns_of(of_step()));
  for (const auto& of_step : histograms) trace.histograms.push_back(bins_of(of_step()));
  for (const Tensor& parameter : parameters) trace.state.push_back(parameter.to_vector());
  for (const nn::NamedTensor& buffer : network.buffers()) trace.state.push_back(buffer.tensor.to_vector());
  for (const nn::NamedTensor& memory : optimizer.state()) trace.state.push_back(memory.tensor.to_vector());
  trace.replays = step.replays();
  return trace;
}

/// Empty when the two are the same to the last bit; else the first thing that is not.
inline std::string bit_difference(const Trace& expected, const Trace& found) {
  const auto named = [](const std::string& what, const std::string& text) { return text.empty() ? text : what + ": " + text; };
  if (std::string text = named("losses", bit_difference(expected.losses, found.losses)); !text.empty()) return text;
  if (std::string text = named("test losses", bit_difference(expected.test_losses, found.test_losses)); !text.empty()) return text;
  for (const auto& [what, a, b] :
       {std::tuple("watched step", &expected.layers, &found.layers), std::tuple("histogram", &expected.histograms, &found.histograms),
        std::tuple("state", &expected.state, &found.state)}) {
    if (a->size() != b->size())
      return std::string(what) + "s: " + std::to_string(a->size()) + " expected, " + std::to_string(b->size()) + " found";
    for (std::size_t i = 0; i < a->size(); ++i)
      if (std::string text = named(std::string(what) + " " + std::to_string(i), bit_difference((*a)[i], (*b)[i])); !text.empty())
        return text;
  }
  return "";
}

}  // namespace seegrad::testing
