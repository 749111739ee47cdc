// Samples per second of a whole training step: forward, cross-entropy, gradients, SGD with momentum; with nobody watching, and with
// every column of layers.csv measured at every step. Networks are named as "784-256x8-10": inputs, hidden layers, outputs.
//
//   build/release/benchmarks/training_step                            a table
//   build/release/benchmarks/training_step --benchmark_format=json    what compare.py reads
//   ... --benchmark_filter=784-256x8-10/batch:128/relu                one network
//   ... --device=cuda [--precision=fp32|tf32|bf16]                    on a GPU: each step as it is written, and recorded
//
// On the CPU every step sees the same batch. On a GPU the data set lies in its memory and each step gathers a batch of its own, as
// training does; the host waits once in 50 steps. What is logged is fetched in the background, a few steps late.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "seegrad/data/digits.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/tensor/threads.hpp"
#include "seegrad/train/step.hpp"

namespace {

using namespace seegrad;

struct Case {
  std::int64_t width, depth, batch;
  std::string activation;
  bool logging;
  bool recorded = false;  ///< on a GPU: whether the step is recorded and replayed
  std::string name() const {
    return fmt::format("training_step/784-{}x{}-10/batch:{}/{}/logging:{}", width, depth, batch, activation, logging ? "on" : "off");
  }
};

nn::Sequential network_for(const Case& shape, TensorOptions tensor, Random& random) {
  return nn::mlp({.inputs = 784,
                  .outputs = 10,
                  .depth = shape.depth,
                  .width = shape.width,
                  .activation = Activation::parse(shape.activation),
                  .init = nn::Initializer::parse("he"),
                  .tensor = tensor},
                 random);
}

optim::Optimizer optimizer_for(const nn::Module& network) {
  return {optim::OptimizerOptions::parse("sgd(lr=0.001, momentum=0.9)"), network.parameters()};
}

// --- on the CPU ---

Tensor random_images(std::int64_t batch, Random& random) {
  std::vector<double> values(static_cast<std::size_t>(batch) * 784);
  for (double& value : values) value = random.normal();
  return Tensor::from(values, {batch, 784});
}

Tensor random_labels(std::int64_t batch, Random& random) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(batch));
  for (std::int32_t& value : values) value = static_cast<std::int32_t>(random.below(10));
  return Tensor::indices(values);
}

void training_step(benchmark::State& state, const Case& shape) {
  Random random(1);
  const Tensor images = random_images(shape.batch, random), labels = random_labels(shape.batch, random);
  nn::Sequential network = network_for(shape, {}, random);
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer = optimizer_for(network);
  observe::LayerWatch watch;
  double seen = 0;
  const auto step = [&] {
    std::optional<Listening> listening;
    if (shape.logging) listening.emplace(watch);
    const Tensor loss = cross_entropy(network(images), labels);
    optimizer.step(gradients(loss, parameters));
    listening.reset();
    if (shape.logging) seen += watch.collect().front().delta_rms;
    return loss;
  };
  for (int warm_up = 0; warm_up < 10; ++warm_up) step();
  const std::int64_t allocations = images.backend().memory().system_allocations;
  for (auto _ : state) benchmark::DoNotOptimize(step());
  benchmark::DoNotOptimize(seen);
  state.SetItemsProcessed(state.iterations() * shape.batch);
  state.counters["allocations"] = static_cast<double>(images.backend().memory().system_allocations - allocations);
}

// --- on a GPU ---

/// Drawn digits in a folder of their own, which is gone when the program ends. A multiple of every batch: all batches are whole.
class Digits {
 public:
  static const std::string& folder() {
    static const Digits digits;
    return digits.path_;
  }

 private:
  Digits() : path_((std::filesystem::temp_directory_path() / fmt::format("seegrad-training-step-{}", getpid())).string()) {
    save_dataset(digits_dataset(8192, 16), path_, false);
  }
  ~Digits() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path_;
};

/// The batches of one epoch after another, for ever.
class Batches {
 public:
  explicit Batches(train::Samples& samples) : samples_(samples), walk_(samples.epoch(1)), next_(walk_.begin()) {}
  train::Batch next() {
    if (next_ == walk_.end()) {
      walk_ = samples_.epoch(++epoch_);
      next_ = walk_.begin();
    }
    const train::Batch batch = *next_;
    ++next_;
    return batch;
  }

 private:
  train::Samples& samples_;
  std::int64_t epoch_ = 1;
  train::Samples::Epoch walk_;
  train::Samples::Epoch::Iterator next_;
};

/// What was logged, on its way; read as the run folder's writer does it, a few steps later.
class Log {
 public:
  void add(const train::Outcome& outcome) {
    if (!outcome.layers) return;
    pending_.push_back(outcome.layers->rows_later());
    while (pending_.size() > most_pending) read();
  }
  void finish() {
    while (!pending_.empty()) read();
  }

 private:
  static constexpr std::size_t most_pending = 8;
  void read() {
    benchmark::DoNotOptimize(pending_.front()().front().delta_rms);
    pending_.pop_front();
  }
  std::deque<std::function<std::vector<observe::LayerStatistics>()>> pending_;
};

void training_step_on_gpu(benchmark::State& state, const Case& shape, const train::TrainOptions& machine) {
  constexpr int steps_between_waits = 50;
  train::TrainOptions knobs = machine;
  knobs.data = Digits::folder();
  knobs.batch = shape.batch;
  train::Samples samples(knobs);
  Random random(1);
  nn::Sequential network = network_for(shape, samples.tensor(), random);
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer = optimizer_for(network);
  const train::Step::Body body = [&](const Tensor& images, const Tensor& labels) {
    const Tensor logits = network(images), loss = cross_entropy(logits, labels);
    optimizer.step(gradients(loss, parameters), 1, loss);
    return train::Outcome{loss, logits};
  };
  train::Step recorded(samples, optimizer, body);
  const auto as_written = [&](const train::Batch& batch) {
    observe::LayerWatch layers;
    std::optional<Listening> listening;
    if (shape.logging) listening.emplace(layers);
    train::Outcome outcome = body(batch.images(), batch.labels());
    listening.reset();
    if (shape.logging) outcome.layers = layers.read();
    return outcome;
  };
  Backend& backend = backend_of(samples.tensor().device);
  Batches batches(samples);
  Log log;
  const auto steps = [&] {
    for (int step = 0; step < steps_between_waits; ++step) {
      const train::Batch batch = batches.next();
      log.add(shape.recorded ? recorded(batch, shape.logging ? train::Watching::layers : train::Watching::nothing) : as_written(batch));
    }
    log.finish();
    backend.synchronize();
  };
  static_cast<void>(samples.probe());  // the data set goes to the GPU
  steps();
  const std::int64_t allocations = backend.memory().system_allocations, replays = recorded.replays();
  for (auto _ : state) steps();
  const auto done = state.iterations() * steps_between_waits;
  if (shape.recorded && recorded.replays() - replays != done) state.SkipWithError("the step could not be recorded");
  state.SetItemsProcessed(done * shape.batch);
  state.counters["allocations"] = static_cast<double>(backend.memory().system_allocations - allocations);
}

// --- the list ---

void add(const Case& shape, const std::optional<train::TrainOptions>& gpu) {
  if (!gpu) {
    benchmark::RegisterBenchmark(shape.name().c_str(), [shape](benchmark::State& state) { training_step(state, shape); })
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
    return;
  }
  for (const bool recorded : {false, true}) {
    Case one = shape;
    one.recorded = recorded;
    const std::string name = fmt::format("{}/{}/{}", shape.name(), name_of(gpu->precision), recorded ? "recorded" : "as_written");
    benchmark::RegisterBenchmark(name.c_str(), [one, gpu](benchmark::State& state) { training_step_on_gpu(state, one, *gpu); })
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
  }
}

void add_all(const std::optional<train::TrainOptions>& gpu) {
  for (const char* activation : {"relu", "gelu"}) {
    for (bool logging : {false, true}) {
      for (std::int64_t batch : {32, 128, 512}) {
        add({256, 8, batch, activation, logging}, gpu);
        add({128, 1, batch, activation, logging}, gpu);
      }
      add({1024, 3, 128, activation, logging}, gpu);
      if (gpu) add({1024, 3, 512, activation, logging}, gpu);
    }
  }
}

train::Precision precision_of(std::string_view text) {
  try {
    return train::parse_precision(text);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("--precision={}: {}", text, error.what()));
  }
}

/// Takes --device=... and --precision=... off the command line; what is left belongs to Google Benchmark. Nothing for the CPU.
std::optional<train::TrainOptions> gpu_in(int& argc, char** argv) {
  train::TrainOptions options;
  options.device = "cpu";
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i], device = "--device=", precision = "--precision=";
    if (flag.starts_with(device))
      options.device = flag.substr(device.size());
    else if (flag.starts_with(precision))
      options.precision = precision_of(flag.substr(precision.size()));
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  const Device device = Device::parse(options.device);
  const Backend& backend = backend_of(device);
  benchmark::AddCustomContext("seegrad_device", backend.description());
  if (device.kind != Device::Kind::cpu) return options;
  if (options.precision != train::Precision::fp32) throw UsageError("--precision: goes with --device=cuda");
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    benchmark::AddCustomContext("seegrad_threads", fmt::format("{}", thread_count()));
    add_all(gpu_in(argc, argv));
  } catch (const Error& error) {
    fmt::print(stderr, "training_step: {}\n", error.what());
    return dynamic_cast<const UsageError*>(&error) ? 2 : 1;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
