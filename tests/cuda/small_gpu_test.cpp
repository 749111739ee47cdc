// A little of everything, on arrays of odd sizes: what a memory or race checker can go through in seconds (scripts/gpu_check.sh). Also
// checked: the results.
#include <catch2/catch.hpp>

#include "compare.hpp"
#include "seegrad/math/histogram_bin.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/dropout.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/random.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/row_activations.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/ops/softmax.hpp"
#include "training_course.hpp"

namespace seegrad::testing {
namespace {

/// Every kind of kernel at least once, on arrays whose ends are no ends of packets, warps or tiles.
std::vector<Numbers> a_little_of_everything(Device device, DType dtype) {
  const TensorOptions options{dtype, device};
  const Tensor x = uniform({37, 67}, -2, 3, 1, 1, options), w = uniform({29, 67}, -0.3, 0.3, 2, 1, options);
  const Tensor b = uniform({29}, -1, 1, 3, 1, options), shift = uniform({67}, -1, 1, 4, 1, options);
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < 37; ++i) labels.push_back(i * 5 % 29);
  const Tensor y = Tensor::indices(labels, device), z = linear(x, w, b);
  const Activation swish = Activation::parse("swish");
  const std::vector<Tensor> by_column{uniform({67}, 0.5, 2, 5, 1, options)};
  std::vector<Tensor> results{x + shift,
                              x * x,
                              activate(Activation::parse("gelu"), z),
                              activate(swish, x, by_column),
                              apply_formula(swish, x, by_column, {1}),
                              transpose(x),
                              sum(x, 0),
                              sum(x, 1),
                              sum(x),
                              max(x, 0),
                              max(x, 1),
                              softmax(x),
                              log_softmax(x),
                              cross_entropy(z, y),
                              count_correct(z, y),
                              slice(x, 1, 5, 33),
                              expand(shift, 0, 3),
                              gather_rows(x, y),
                              scatter_rows(x, y, 31),
                              dropout(x, 0.3, 7, 1)};
  std::vector<Numbers> numbers;
  for (const Tensor& result : results) numbers.push_back(result.to_vector());
  return numbers;
}

/// With steps that are watched, recorded and replayed.
const Course few_steps{.activation = "prelu", .normalisation = nn::Normalisation::batch, .steps = 6, .watch_every = 2};

}  // namespace

TEST_CASE("a little of everything is the same on both devices", "[gpu][small]") {
  for (const DType dtype : {DType::float32, DType::float64})
    CHECK(differences_in_size(a_little_of_everything(cpu_device, dtype), a_little_of_everything(gpu_device, dtype), dtype, 32, 1) == "");
}

TEST_CASE("a look at a few arrays of odd sizes", "[gpu][small]") {
  const auto look = [](Device device) {
    const Tensor x = uniform({33, 17}, -1, 1, 1, 1, {DType::float32, device}),
                 bins = Tensor::indices(std::vector<std::int32_t>(histogram_bins), device);
    const Activation tanh = Activation::parse("tanh");
    Tensor totals({2, total_count}, {DType::float64, device}), counted = bins;
    const StatisticsRequest requests[] = {{.x = x.array(), .f = {&tanh.formula(), {}, {}}, .saturation = 0.6},
                                          {.x = x.array(), .signs = true, .histogram = counted.array_for_update()}};
    x.backend().statistics(requests, totals.array_to_fill());
    std::vector<std::uint8_t> alive(17, 0);
    x.backend().mark_alive(x.array(), alive);
    return std::vector<Numbers>{totals.to_vector(), counted.to_vector(), Numbers(alive.begin(), alive.end())};
  };
  CHECK(differences(look(cpu_device), look(gpu_device), DType::float64, {64, 1}) == "");
}

TEST_CASE("a few steps of training, as written and recorded", "[gpu][small]") {
  for (const char* optimizer : {"sgd(momentum=0.9)", "adam"}) {
    Course course = few_steps;
    course.optimizer = optimizer;
    const Trace written = train_along(course, gpu_device, Way::as_written), replayed = train_along(course, gpu_device, Way::by_step);
    CHECK(replayed.replays > 0);
    CHECK(bit_difference(written, replayed) == "");
  }
  // (Adam would make whole steps of the biases' gradients, which before a batch normalisation are rounding errors.)
  const Trace gpu = train_along(few_steps, gpu_device, Way::by_step);
  const Trace cpu = train_along(few_steps, cpu_device, Way::as_written);
  for (std::size_t i = 0; i < cpu.losses.size(); ++i) CHECK(gpu.losses[i] == Approx(cpu.losses[i]).epsilon(1e-4));
}

}  // namespace seegrad::testing
