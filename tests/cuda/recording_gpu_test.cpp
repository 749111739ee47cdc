// A step that was recorded and is replayed computes, bit for bit, what the same step computes kernel by kernel: the kernels are the same,
// in the same order, and each adds in an order of its own that does not change. Whatever differs is a number that was recorded where it
// should have been read, or memory that two took for theirs.
#include <catch2/catch.hpp>
#include <set>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "training_course.hpp"

namespace seegrad::testing {
namespace {

const TensorOptions there{DType::float32, gpu_device};

/// The kinds of steps that a course has: for each size of batch, and how it is watched. Each runs once as it is written.
std::int64_t kinds_of_steps(const Course& course) {
  std::set<std::pair<bool, train::Watching>> kinds;
  for (int step = 0; step < course.steps; ++step) kinds.insert({step % 11 == 10, course.watching(step)});
  return static_cast<std::int64_t>(kinds.size());
}

void check_recorded(const Course& course) {
  INFO(course.to_string());
  const Trace written = train_along(course, gpu_device, Way::as_written), replayed = train_along(course, gpu_device, Way::by_step);
  CHECK(bit_difference(written, replayed) == "");
  CHECK(replayed.replays == course.steps - kinds_of_steps(course));
  CHECK(replayed.losses.size() == static_cast<std::size_t>(course.steps));
}

}  // namespace

TEST_CASE("a training run on the GPU repeats itself bit for bit", "[gpu][recording]") {
  const Course course{.activation = "gelu", .optimizer = "adam", .normalisation = nn::Normalisation::layer, .steps = 30, .watch_every = 4};
  CHECK(bit_difference(train_along(course, gpu_device, Way::as_written), train_along(course, gpu_device, Way::as_written)) == "");
}

TEST_CASE("fifty recorded steps are the steps as written, with a learning rate that changes", "[gpu][recording]") {
  for (const char* optimizer : {"sgd", "sgd(momentum=0.9, nesterov=1, weight_decay=0.001)", "adam", "adamw", "rmsprop(momentum=0.5)"})
    check_recorded({.optimizer = optimizer});
}

TEST_CASE("recorded steps that are watched leave the same statistics", "[gpu][recording]") {
  for (const char* activation : {"relu", "gelu", "tanh", "swiglu", "maxout"}) {
    check_recorded({.activation = activation, .watch_every = 3});
    check_recorded({.activation = activation, .watch_all = true});
  }
}

TEST_CASE("recorded steps with normalisation and learned activations are the same", "[gpu][recording]") {
  for (const nn::Normalisation normalisation : {nn::Normalisation::batch, nn::Normalisation::layer}) {
    for (const bool per_channel : {false, true})
      check_recorded(
          {.activation = "prelu", .optimizer = "adam", .normalisation = normalisation, .per_channel = per_channel, .watch_every = 5});
  }
}

TEST_CASE("a typed formula is recorded like any other", "[gpu][recording]") {
  check_recorded({.activation = "x*sigmoid(b*x) + 0.01*sin(x); b~1.5", .watch_every = 2});
}

TEST_CASE("numbers that are read only at the end are those of their steps", "[gpu][recording]") {
  check_recorded({.optimizer = "adam", .watch_all = true, .reads_at_once = false});
  const Course at_once{.watch_every = 2};
  Course at_the_end = at_once;
  at_the_end.reads_at_once = false;
  CHECK(bit_difference(train_along(at_once, gpu_device, Way::by_step), train_along(at_the_end, gpu_device, Way::by_step)) == "");
}

TEST_CASE("steps in other precisions are recorded too", "[gpu][recording]") {
  for (const char* precision : {"tf32", "bf16", "fp64"}) check_recorded({.activation = "gelu", .watch_every = 3, .precision = precision});
  backend_of(gpu_device).set_product_precision(ProductPrecision::fp32);
}

TEST_CASE("other work between two replays does not touch what is recorded", "[gpu][recording]") {
  const Course course{.activation = "gelu", .optimizer = "adam", .watch_every = 2};
  const auto disturb = [](int step) {
    // Tensors of all sizes full of NaN: whoever reads what is not theirs will find it.
    std::vector<Tensor> all;
    for (std::int64_t size = 1; size < (std::int64_t{1} << 21); size = size * 3 / 2 + 1)
      all.push_back(Tensor::full({size + step % 7}, std::numeric_limits<double>::quiet_NaN(), there));
    for (const Tensor& tensor : all) static_cast<void>(tensor * 2.0);
  };
  CHECK(bit_difference(train_along(course, gpu_device, Way::as_written), train_along(course, gpu_device, Way::by_step, disturb)) == "");
}

TEST_CASE("two recorded runs that take turns do not disturb each other", "[gpu][recording]") {
  const Course course{.activation = "tanh", .steps = 24, .watch_every = 3};
  const Course inner{.activation = "silu", .optimizer = "adam", .steps = 13};
  const Trace alone = train_along(course, gpu_device, Way::by_step), inner_alone = train_along(inner, gpu_device, Way::by_step);
  const Trace together = train_along(course, gpu_device, Way::by_step, [&](int step) {
    if (step % 9 == 4) CHECK(bit_difference(inner_alone, train_along(inner, gpu_device, Way::by_step)) == "");
  });
  CHECK(bit_difference(alone, together) == "");
}

TEST_CASE("a step with fresh random numbers is never recorded, and runs", "[gpu][recording]") {
  for (const Course& course : {Course{.dropout = 0.2, .steps = 14}, Course{.activation = "rrelu", .steps = 14}}) {
    INFO(course.to_string());
    const Trace trace = train_along(course, gpu_device, Way::by_step);
    CHECK(trace.replays == 0);
    CHECK(bit_difference(train_along(course, gpu_device, Way::as_written), trace) == "");
  }
}

TEST_CASE("memory does not grow while steps are replayed, and comes back when they end", "[gpu][recording][memory]") {
  const Backend& backend = backend_of(gpu_device);
  const std::size_t before = backend.memory().bytes_in_use;
  std::vector<std::int64_t> asked;
  std::vector<std::size_t> in_use;
  const Course course{.steps = 80, .watch_all = true};
  static_cast<void>(train_along(course, gpu_device, Way::by_step, [&](int step) {
    if (step < 46 || step % 11 != 2) return;  // four epochs: every kind of step, also the short one with histograms, has been recorded
    asked.push_back(backend.memory().system_allocations);
    in_use.push_back(backend.memory().bytes_in_use);
  }));
  REQUIRE(asked.size() == 4);
  CHECK(asked.front() == asked.back());
  CHECK(in_use.front() == in_use.back());
  CHECK(backend.memory().bytes_in_use == before);
}

TEST_CASE("work in which the host has a hand cannot be recorded, and nothing of it is done", "[gpu][recording]") {
  Backend& backend = backend_of(gpu_device);
  Tensor x = Tensor::full({4}, 1, there);
  const auto refused = [&](const std::function<void()>& work) {
    CHECK_THROWS_WITH(backend.record([&] {
      backend.fill(x.array_to_fill(), 9);
      work();
    }),
                      Catch::Contains("cannot be recorded"));
    CHECK(x.to_vector() == Numbers(4, 1));
  };
  refused([&] { static_cast<void>(x.to_vector()); });
  refused([&] { static_cast<void>(Tensor::from(Numbers{1, 2}, {2}, there)); });
  refused([&] { static_cast<void>(x.read_later()); });
  refused([&] { backend.synchronize(); });
  refused([&] { backend.dropout_mask(x.array_to_fill(), 0.5, 1, 1); });
  refused([&] { backend.fill_uniform(x.array_to_fill(), 0, 1, 1, 1); });
  CHECK((x + 1.0).to_vector() == Numbers(4, 2));
}

TEST_CASE("what is recorded is done when it is replayed and not before, as often as one likes", "[gpu][recording]") {
  Backend& backend = backend_of(gpu_device);
  Tensor x = Tensor::full({1000}, 1, there), twice = Tensor::zeros({1000}, there);
  const Tensor zeros = Tensor::zeros({1000}, there);
  const std::unique_ptr<Recording> doubling = backend.record([&] {
    backend.binary(BinaryOp::add, x.array(), x.array(), twice.array_to_fill());
    backend.binary(BinaryOp::add, twice.array(), zeros.array(), x.array_to_fill());
  });
  CHECK(x.to_vector() == Numbers(1000, 1));
  for (int i = 0; i < 10; ++i) doubling->replay();
  CHECK(x.to_vector() == Numbers(1000, 1024));
  backend.fill(x.array_for_update(), 3);
  doubling->replay();
  CHECK(x.to_vector() == Numbers(1000, 6));
}

TEST_CASE("a wrong label in a replayed step is reported as on the CPU", "[gpu][recording]") {
  Backend& backend = backend_of(gpu_device);
  const Tensor logits = Tensor::full({3, 4}, 1, there);
  Tensor labels = Tensor::indices(std::vector<std::int32_t>{0, 1, 2}, gpu_device), loss;
  const std::unique_ptr<Recording> recorded = backend.record([&] { loss = cross_entropy(logits, labels); });
  recorded->replay();
  CHECK(loss.item() == Approx(std::log(4.0)));
  const std::vector<std::int32_t> wrong{0, 5, 2};
  backend.upload(labels.array_for_update().data, wrong.data(), wrong.size() * sizeof(std::int32_t));
  recorded->replay();
  CHECK_THROWS_WITH(loss.item(), "cross_entropy: label 5 of row 1 is not in 0..3");
  CHECK((logits + 1.0).to_vector() == Numbers(12, 2));
}

}  // namespace seegrad::testing
