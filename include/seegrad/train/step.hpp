// One step of training, again and again. On a GPU the work of a step is a list of some thirty kernels that is the same every time:
// the first step runs as it is written, the second is recorded, and from then on the whole list is one request (a CUDA graph), which
// saves the host's part. What changes from step to step (which samples, the learning rate) lies where the kernels read it. On the CPU
// the body simply runs.
//
//   train::Step step(samples, optimizer, [&](const Tensor& images, const Tensor& labels) {
//     const Tensor logits = network(images), loss = cross_entropy(logits, labels);
//     optimizer.step(gradients(loss, parameters), 1, loss);
//     return train::Outcome{loss, logits};
//   });
//
// A body in which the host has a hand is never recorded and runs as it is written every time: fresh random numbers (dropout, rrelu),
// or a number that is read on the way (clipping).
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "seegrad/observe/histogram_watch.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

/// How closely a step is watched: not at all, by the statistics of its layers, or by their histograms too.
enum class Watching { nothing, layers, histograms };

/// What a step leaves behind; the next step may overwrite it.
struct Outcome {
  Tensor loss;
  Tensor logits;
  std::optional<observe::LayerReadings> layers = {};          ///< of a step that was watched
  std::optional<observe::HistogramReadings> histograms = {};  ///< of a step that was watched so closely
};

class Step {
 public:
  using Body = std::function<Outcome(const Tensor& images, const Tensor& labels)>;
  /// `samples`, `optimizer` and what the body refers to must outlive the step.
  Step(const Samples& samples, optim::Optimizer& optimizer, Body body);
  ~Step();
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  /// Does the step. What is watched is part of the work.
  Outcome operator()(const Batch& batch, Watching watching = Watching::nothing);

  /// How many steps were replayed.
  std::int64_t replays() const { return replays_; }

 private:
  struct Variant;
  Outcome run(const Tensor& images, const Tensor& labels, Watching watching);
  Outcome run_on_device(Variant& variant, Watching watching);
  void record(Variant& variant, Watching watching);

  const Samples& samples_;
  optim::Optimizer& optimizer_;
  Body body_;
  std::map<std::pair<std::int64_t, Watching>, std::unique_ptr<Variant>> variants_;  // by batch size, and how it is watched
  std::int64_t replays_ = 0;
};

}  // namespace seegrad::train
