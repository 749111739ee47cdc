// The GPU's memory, and what happens when something cannot be: no growth after the first step, a clear line when memory runs out or a
// number is wrong, and a program that goes on afterwards.
#include <catch2/catch.hpp>
#include <functional>
#include <optional>

#include "compare.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"

namespace seegrad::testing {
namespace {

const TensorOptions there{DType::float32, gpu_device};

void check_goes_on() { CHECK((Tensor::full({3}, 2, there) * 3.0).to_vector() == Numbers(3, 6)); }

/// The message of the Error that `work` throws; an empty one when it throws none.
template <class Work>
std::string message_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<std::int64_t> allocations_of_steps(const char* optimizer_text, nn::Normalisation normalisation, bool watched) {
  Random random(1);
  nn::Sequential network = nn::mlp({.inputs = 37,
                                    .outputs = 10,
                                    .depth = 3,
                                    .width = 53,
                                    .activation = Activation::parse("prelu"),
                                    .dropout = 0.2,
                                    .normalisation = normalisation,
                                    .tensor = there},
                                   random);
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer(optim::OptimizerOptions::parse(optimizer_text), network.parameters());
  std::vector<std::int64_t> asked;
  for (int step = 1; step <= 12; ++step) {
    Numbers pixels(std::size_t{29} * 37);
    for (double& pixel : pixels) pixel = random.normal();
    const Tensor images = Tensor::from(pixels, {29, 37}, there),
                 labels = Tensor::indices(std::vector<std::int32_t>(29, step % 10), gpu_device);
    observe::LayerWatch watch;
    std::optional<Listening> listening;
    if (watched) listening.emplace(watch);
    const Tensor loss = cross_entropy(network(images), labels);
    optimizer.step(gradients(loss, parameters), 1, loss);
    listening.reset();
    if (watched) CHECK(watch.collect().size() == 4);
    CHECK(std::isfinite(loss.item()));
    asked.push_back(loss.backend().memory().system_allocations);
  }
  return asked;
}

}  // namespace

TEST_CASE("after the first step training on the GPU asks the system for no more memory", "[gpu][memory]") {
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

TEST_CASE("what tensors gave back is in use no more", "[gpu][memory]") {
  const Backend& backend = backend_of(gpu_device);
  const std::size_t before = backend.memory().bytes_in_use;
  {
    const Tensor x = Tensor::full({1 << 20}, 1, there);
    CHECK(backend.memory().bytes_in_use >= before + (std::size_t{4} << 20));
    CHECK(backend.memory().device_free < backend.memory().device_total);
  }
  CHECK(backend.memory().bytes_in_use == before);
}

TEST_CASE("more memory than there is: one line with what was asked for and what is free, and the program goes on", "[gpu][memory]") {
  const Backend& backend = backend_of(gpu_device);
  const auto floats = static_cast<std::int64_t>(backend.memory().device_total / 2);  // four bytes each: twice what there is
  const std::string text = message_of([&] { Tensor({floats}, there).array_to_fill(); });
  CHECK_THAT(text,
             Catch::Contains("out of memory") && Catch::Contains("MiB asked for") && Catch::Contains("free") && Catch::Contains("--batch"));
  CHECK(text.find('\n') == std::string::npos);
  check_goes_on();
}

TEST_CASE("memory that was filled up is there again when the tensors are gone", "[gpu][memory]") {
  Backend& backend = backend_of(gpu_device);
  const std::size_t free = backend.memory().device_free;
  for (int round = 0; round < 2; ++round) {
    std::vector<Tensor> filling;
    const std::string text = message_of([&] {
      for (int i = 0; i < 100; ++i) {
        filling.emplace_back(Shape{static_cast<std::int64_t>(free / 4 / 7)}, there);  // a seventh of what is free
        filling.back().array_to_fill();
      }
    });
    CHECK_THAT(text, Catch::Contains("out of memory"));
    CHECK(filling.size() >= 5);
    CHECK(filling.size() <= 9);
    filling.clear();
    check_goes_on();
  }
  // Blocks of one size lie idle now; a large one of another size finds room all the same.
  CHECK_NOTHROW(Tensor({static_cast<std::int64_t>(free / 4 / 2)}, there).array_to_fill());
}

TEST_CASE("a GPU that does not exist is named in one line", "[gpu][memory]") {
  const std::string text = message_of([] { backend_of({Device::Kind::cuda, 4096}); });
  CHECK_THAT(text, Catch::Contains("cuda:4096") && Catch::Contains("no such GPU"));
  CHECK(text.find('\n') == std::string::npos);
  CHECK(Device::parse("auto") == gpu_device);
  CHECK(Device::parse("cuda") == gpu_device);
  check_goes_on();
}

// A kernel cannot throw: what it found is said when the host next waits.
TEST_CASE("a wrong label or index gives the CPU's error, once, and the program goes on", "[gpu][memory]") {
  const auto logits = [](Device device) { return Tensor::full({3, 4}, 1, {DType::float32, device}); };
  const auto of = [](std::vector<std::int32_t> values, Device device) { return Tensor::indices(values, device); };
  const std::vector<std::pair<std::string, std::function<double(Device)>>> wrong{
      {"label too large",
       [&](Device d) {
         return cross_entropy(logits(d), of({0, 7, 1}, d)).item();
       }},
      {"label below 0",
       [&](Device d) {
         return cross_entropy(logits(d), of({0, 1, -1}, d)).item();
       }},
      {"label that is counted",
       [&](Device d) {
         return count_correct(logits(d), of({4, 0, 0}, d)).item();
       }},
      {"row to gather",
       [&](Device d) {
         return gather_rows(logits(d), of({0, 2, 3, 1}, d)).to_vector()[0];
       }},
      {"row to gather below 0", [&](Device d) { return gather_rows(logits(d), of({-5}, d)).to_vector()[0]; }},
      {"row to scatter",
       [&](Device d) {
         return scatter_rows(logits(d), of({0, 1, 9}, d), 5).to_vector()[0];
       }},
  };
  for (const auto& [what, work] : wrong) {
    INFO(what);
    const std::string expected = message_of([&] { work(cpu_device); }), found = message_of([&] { work(gpu_device); });
    CHECK(expected != "");
    CHECK(found == expected);
    check_goes_on();
  }
}

}  // namespace seegrad::testing
