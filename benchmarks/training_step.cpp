// Samples per second of a whole training step: forward, cross-entropy, gradients, SGD with momentum; with nobody watching, and with
// every column of layers.csv measured at every step. Networks are named as "784-256x8-10": inputs, hidden layers, outputs.
//
//   build/release/benchmarks/training_step                            a table
//   build/release/benchmarks/training_step --benchmark_format=json    what compare.py reads
//   ... --benchmark_filter=784-256x8-10/batch:128/relu                one network
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <optional>

#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/tensor/threads.hpp"

namespace {

using namespace seegrad;

struct Case {
  std::int64_t width, depth, batch;
  std::string activation;
  bool logging;
  std::string name() const {
    return fmt::format("training_step/784-{}x{}-10/batch:{}/{}/logging:{}", width, depth, batch, activation, logging ? "on" : "off");
  }
};

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
  nn::Sequential network = nn::mlp({.inputs = 784,
                                    .outputs = 10,
                                    .depth = shape.depth,
                                    .width = shape.width,
                                    .activation = Activation::parse(shape.activation),
                                    .init = nn::Initializer::parse("he")},
                                   random);
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer(optim::OptimizerOptions::parse("sgd(lr=0.001, momentum=0.9)"), network.parameters());
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

void add(const Case& shape) {
  benchmark::RegisterBenchmark(shape.name().c_str(), [shape](benchmark::State& state) { training_step(state, shape); })
      ->Unit(benchmark::kMicrosecond)
      ->UseRealTime();
}

void add_all() {
  for (const char* activation : {"relu", "gelu"}) {
    for (bool logging : {false, true}) {
      for (std::int64_t batch : {32, 128, 512}) {
        add({256, 8, batch, activation, logging});
        add({128, 1, batch, activation, logging});
      }
      add({1024, 3, 128, activation, logging});
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::AddCustomContext("seegrad_threads", fmt::format("{}", thread_count()));
  add_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
