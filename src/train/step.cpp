#include "seegrad/train/step.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "seegrad/math/error.hpp"

namespace seegrad::train {

/// The work for batches of one size, with or without watching.
struct Step::Variant {
  Tensor indices;                         // the samples of the batch, where the recorded work finds them
  bool tried = false, recordable = true;  // the first time shows what kernels it needs and whether the host has a hand in it
  std::unique_ptr<Recording> recording;
  Outcome outcome;  // of the recorded work: the same tensors every time
};

Step::Step(const Samples& samples, optim::Optimizer& optimizer, Body body)
    : samples_(samples), optimizer_(optimizer), body_(std::move(body)) {}
Step::~Step() = default;

Outcome Step::operator()(const Batch& batch, Watching watching) {
  optimizer_.begin_step();
  const Device device = samples_.tensor().device;
  if (!backend_of(device).can_record()) return run(batch.images(), batch.labels(), watching);
  std::unique_ptr<Variant>& variant = variants_[{batch.size(), watching}];
  if (!variant) variant = std::make_unique<Variant>();
  if (!variant->indices) variant->indices = Tensor({batch.size()}, {DType::int32, device});
  backend_of(device).upload(variant->indices.array_for_update().data, batch.indices.data(), batch.indices.size_bytes());
  return run_on_device(*variant, watching);
}

Outcome Step::run(const Tensor& images, const Tensor& labels, Watching watching) {
  if (watching == Watching::nothing) return body_(images, labels);
  observe::LayerWatch layers;
  observe::HistogramWatch histograms;
  std::optional<Listening> to_layers(layers), to_histograms;
  if (watching == Watching::histograms) to_histograms.emplace(histograms);
  Outcome outcome = body_(images, labels);
  to_histograms.reset();
  to_layers.reset();
  outcome.layers = layers.read();
  if (watching == Watching::histograms) outcome.histograms = histograms.read();
  return outcome;
}

Outcome Step::run_on_device(Variant& variant, Watching watching) {
  Backend& backend = variant.indices.backend();
  if (variant.tried && variant.recordable && !variant.recording) record(variant, watching);
  if (variant.recording) {
    variant.recording->replay();
    ++replays_;
    return variant.outcome;
  }
  // Gathered before the count begins: the first time, the data set itself has to be put there.
  const Tensor images = samples_.images(variant.indices), labels = samples_.labels(variant.indices);
  const std::uint64_t before = backend.host_accesses();
  Outcome outcome = run(images, labels, watching);
  if (!variant.tried) variant.recordable = backend.host_accesses() == before;
  variant.tried = true;
  return outcome;
}

void Step::record(Variant& variant, Watching watching) {
  try {
    variant.recording = variant.indices.backend().record(
        [&] { variant.outcome = run(samples_.images(variant.indices), samples_.labels(variant.indices), watching); });
    // The tape of the recorded step has done its work; the numbers stay where the recording writes them.
    variant.outcome.loss = variant.outcome.loss.detach();
    variant.outcome.logits = variant.outcome.logits.detach();
  } catch (const Error& error) {
    variant.recordable = false;
    variant.outcome = {};
    fmt::print(stderr, "steps are not recorded and run one kernel after the other: {}\n", error.what());
  }
}

}  // namespace seegrad::train
