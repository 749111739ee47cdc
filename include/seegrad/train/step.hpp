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

#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

/// What a step leaves behind; the next step may overwrite it.
struct Outcome {
  Tensor loss;
  Tensor logits;
  std::optional<observe::LayerReadings> layers = {};  ///< of a step that was watched
};

class Step {
 public:
  using Body = std::function<Outcome(const Tensor& images, const Tensor& labels)>;
  /// `samples`, `optimizer` and what the body refers to must outlive the step.
  Step(const Samples& samples, optim::Optimizer& optimizer, Body body);
  ~Step();
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  /// Does the step. When it is watched, the layers' statistics are part of the work.
  Outcome operator()(const Batch& batch, bool watch = false);

  /// How many steps were replayed.
  std::int64_t replays() const { return replays_; }

 private:
  struct Variant;
  Outcome run(const Tensor& images, const Tensor& labels, bool watch);
  Outcome run_on_device(Variant& variant, bool watch);
  void record(Variant& variant, bool watch);

  const Samples& samples_;
  optim::Optimizer& optimizer_;
  Body body_;
  std::map<std::pair<std::int64_t, bool>, std::unique_ptr<Variant>> variants_;  // by batch size, and whether it is watched
  std::int64_t replays_ = 0;
};

}  // namespace seegrad::train
