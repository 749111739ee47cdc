// A training loop stops asking the system for memory after its first step: the pool serves all later ones.
#include <catch2/catch.hpp>
#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/optim/clip.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"

namespace seegrad {
namespace {

/// How often each step of a training run asked the system for memory.
std::vector<std::int64_t> allocations_of_steps(const char* optimizer_text, nn::Normalisation normalisation, bool watched) {
  constexpr std::int64_t inputs = 37, classes = 10, rows = 29;
  Random random(1);
  nn::Sequential network = nn::mlp({.inputs = inputs,
                                    .outputs = classes,
                                    .depth = 3,
                                    .width = 53,
                                    .activation = Activation::parse("prelu"),
                                    .dropout = 0.2,
                                    .normalisation = normalisation},
                                   random);
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer = optim::make_optimizer(optim::OptimizerOptions::parse(optimizer_text), network.parameters());
  observe::LayerWatch watch;
  std::vector<std::int64_t> asked;
  for (int step = 1; step <= 30; ++step) {
    Tensor images({rows, inputs});
    for (float& pixel : std::span(images.array_to_fill().as<float>(), images.array().count())) pixel = static_cast<float>(random.normal());
    const Tensor labels = Tensor::indices(std::vector<std::int32_t>(rows, step % classes));
    std::optional<Listening> listening;
    if (watched) listening.emplace(watch);
    const Tensor logits = network(images), loss = cross_entropy(logits, labels);
    CHECK(std::isfinite(loss.item()));
    const std::vector<Tensor> slopes = gradients(loss, parameters);
    optimizer.step(slopes, optim::clip_by_norm(slopes, 1).scale);
    if (watched) CHECK(watch.collect().size() == 4);
    asked.push_back(images.backend().memory().system_allocations);
  }
  return asked;
}

}  // namespace

TEST_CASE("after the first step training asks the system for no more memory", "[train][memory]") {
  for (const auto* optimizer : {"sgd(momentum=0.9)", "adam"}) {
    for (const nn::Normalisation normalisation : {nn::Normalisation::none, nn::Normalisation::batch, nn::Normalisation::layer}) {
      for (const bool watched : {false, true}) {
        INFO(optimizer << ", normalisation " << nn::name_of(normalisation) << (watched ? ", watched" : ""));
        const std::vector<std::int64_t> asked = allocations_of_steps(optimizer, normalisation, watched);
        CHECK(std::vector<std::int64_t>(asked.size(), asked.front()) == asked);
      }
    }
  }
}

}  // namespace seegrad
