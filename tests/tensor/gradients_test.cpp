// The walk back: what it adds up, what it announces, what it refuses, and that it leaves nothing behind.
#include "seegrad/tensor/gradients.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <optional>
#include <thread>

#include "ops/op_table.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/dropout.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/ops/softmax.hpp"
#include "seegrad/tensor/observer.hpp"

namespace seegrad {
namespace {

using Catch::Matchers::Contains;
using testing::numbers;
using testing::row_numbers;

Tensor parameter(double value, DType dtype = DType::float64) {
  Tensor x = Tensor::scalar(value, {dtype});
  return x.requires_grad(true);
}

Tensor parameters_like(Tensor x) { return x.requires_grad(true); }

double slope(const Tensor& loss, const Tensor& x) { return gradients(loss, {x})[0].item(); }

}  // namespace

TEST_CASE("gradients are pure: asking twice gives the same and changes nothing", "[tensor][gradients]") {
  const Tensor x = parameters_like(numbers({3, 4})), w = parameters_like(numbers({2, 4}, 1));
  const Tensor loss = cross_entropy(activate(Activation::parse("tanh"), linear(x, w)), row_numbers({1, 0, 1}));
  const auto first = gradients(loss, {x, w}), second = gradients(loss, {x, w});
  for (int i : {0, 1}) CHECK(first[static_cast<std::size_t>(i)].to_vector() == second[static_cast<std::size_t>(i)].to_vector());
  CHECK_FALSE(first[0].requires_grad());
  CHECK(loss.requires_grad());
  CHECK(x.node()->edges.empty());
  CHECK(recording());
}

TEST_CASE("gradients that arrive by several ways add up", "[tensor][gradients]") {
  const Tensor x = parameter(3);
  CHECK(slope(x * x * x, x) == 27);
  CHECK(slope(x + x + x, x) == 3);
  CHECK(slope(x - x, x) == 0);
  CHECK(slope(x / x, x) == 0);
  const Tensor a = x * x, b = a + x, c = a * b;  // x^4 + x^3
  CHECK(slope(c, x) == 4 * 27 + 3 * 9);
  CHECK(slope(c, a) == 12 + 9);
  CHECK(slope(c, b) == 9);
}

TEST_CASE("every node is walked once, however many ways lead to it", "[tensor][gradients]") {
  const Tensor x = parameter(1);
  Tensor y = x;
  for (int i = 0; i < 60; ++i) y = y + y;
  CHECK(slope(y, x) == std::exp2(60));
}

TEST_CASE("what the loss does not depend on has gradient zero, in its own shape and dtype", "[tensor][gradients]") {
  const Tensor x = parameter(2), other = parameters_like(numbers({2, 3}, 0, DType::float32));
  const auto g = gradients(x * 2.0, {other, x});
  CHECK(g[0].shape() == Shape{2, 3});
  CHECK(g[0].dtype() == DType::float32);
  CHECK(g[0].to_vector() == std::vector<double>(6, 0.0));
  CHECK(g[1].item() == 2);
}

TEST_CASE("a parameter may be asked for twice, be the loss, or lie on the way", "[tensor][gradients]") {
  const Tensor x = parameter(2), y = x * x, loss = y * 3.0;
  const auto g = gradients(loss, {x, y, x, loss});
  CHECK(g[0].item() == 12);
  CHECK(g[1].item() == 3);
  CHECK(g[2].item() == 12);
  CHECK(g[3].item() == 1);
  CHECK(gradients(x, {x})[0].item() == 1);
  CHECK(gradients(loss, std::vector<Tensor>{}).empty());
}

TEST_CASE("a loss that cannot be walked back from is an error that says why", "[tensor][gradients]") {
  const Tensor x = parameters_like(numbers({2, 3}));
  CHECK_THROWS_WITH(gradients(x * 2.0, {x}), Contains("shape [2, 3]") && Contains("mean()"));
  CHECK_THROWS_WITH(gradients(sum(numbers({2})), {x}), Contains("depends on nothing"));
  CHECK_THROWS_WITH(gradients(sum(x.detach()), {x}), Contains("depends on nothing"));
  CHECK_THROWS_WITH(gradients(Tensor(), {x}), Contains("empty tensor"));
  CHECK_THROWS_WITH(gradients(sum(x), {x, Tensor()}), Contains("empty tensor"));
  CHECK(gradients(reshape(sum(x), {1, 1}), {x})[0].to_vector() == std::vector<double>(6, 1.0));
}

TEST_CASE("a rule that gives a wrong shape is an error that names its op, and recording goes on as before", "[tensor][gradients]") {
  const Tensor x = parameters_like(numbers({2}));
  const Tensor y = record(Tensor::scalar(1, {DType::float64}), "crooked", x, [](const Tensor& g, const Tensor&) { return g; });
  CHECK_THROWS_WITH(gradients(y, {x}), Contains("crooked") && Contains("[]") && Contains("[2]"));
  CHECK(recording());
  const NoGrad off;
  CHECK_THROWS_AS(gradients(y, {x}, {.differentiable = true}), Error);
  CHECK_FALSE(recording());
}

TEST_CASE("gradients can be differentiated again, and again", "[tensor][gradients]") {
  const Tensor x = parameter(2);
  const Tensor first = gradients(x * x * x * x, {x}, {.differentiable = true})[0];
  const Tensor second = gradients(first, {x}, {.differentiable = true})[0];
  const Tensor third = gradients(second, {x}, {.differentiable = true})[0];
  CHECK(first.item() == 32);
  CHECK(second.item() == 48);
  CHECK(third.item() == 48);
  CHECK(slope(third, x) == 24);
}

TEST_CASE("the third derivative of a formula is an error, not a wrong number", "[tensor][gradients]") {
  const Tensor x = parameter(0.5);
  const Tensor first = gradients(activate(Activation::parse("tanh"), x), {x}, {.differentiable = true})[0];
  const Tensor second = gradients(first, {x}, {.differentiable = true})[0];
  CHECK_THROWS_WITH(gradients(second, {x}), Contains("third"));
}

TEST_CASE("a gradient penalty trains: the loss may contain gradients", "[tensor][gradients]") {
  const Tensor x = parameter(0.7), w = parameter(1.3);
  const Tensor y = exp(w * x);
  const Tensor penalty = gradients(y, {x}, {.differentiable = true})[0];  // w e^wx
  CHECK(slope(penalty * penalty, w) == Approx(2 * 1.3 * std::exp(2 * 0.91) * (1 + 0.91)));
}

TEST_CASE("nothing is recorded while a NoGrad lives, also inside another one", "[tensor][gradients]") {
  const Tensor x = parameter(2);
  {
    const NoGrad outer;
    { const NoGrad inner; }
    CHECK_FALSE(recording());
    CHECK_FALSE((x * x).requires_grad());
  }
  CHECK((x * x).requires_grad());
}

TEST_CASE("detach keeps the numbers and cuts the tape", "[tensor][gradients]") {
  const Tensor x = parameter(3), cut = (x * x).detach();
  CHECK(cut.item() == 9);
  CHECK_FALSE(cut.requires_grad());
  CHECK(slope(cut * x, x) == 9);
}

TEST_CASE("a change of dtype passes gradients on in the parameter's own dtype", "[tensor][gradients]") {
  const Tensor x = parameter(2, DType::float32);
  const Tensor g = gradients(x.to(DType::float64) * 3.0, {x})[0];
  CHECK(g.dtype() == DType::float32);
  CHECK(g.item() == 3);
  CHECK_FALSE(x.to(DType::int32).requires_grad());
}

TEST_CASE("a very long chain is walked back and destroyed without recursion", "[tensor][gradients]") {
  const Tensor x = parameter(1);
  const auto chain = [&x](int length) {
    Tensor y = x;
    for (int i = 1; i < length; ++i) y = y + x;
    return y;
  };
  CHECK(slope(chain(200'000), x) == 200'000);
  const Tensor g = gradients(chain(20'000), {x}, {.differentiable = true})[0];
  CHECK(g.item() == 20'000);
}

TEST_CASE("tapes of different threads do not meet", "[tensor][gradients]") {
  const Tensor shared = parameters_like(numbers({8, 8}));
  const auto work = [&shared](int seed, std::vector<double>& result) {
    const Tensor x = numbers({4, 8}, seed);
    for (int i = 0; i < 20; ++i) {
      const Tensor h = activate(Activation::parse("gelu"), linear(x, shared));
      result = gradients(sum(h * h), {shared})[0].to_vector();
    }
  };
  std::vector<double> alone[2], together[2];
  for (int t : {0, 1}) work(t, alone[t]);
  std::thread other([&] { work(0, together[0]); });
  work(1, together[1]);
  other.join();
  for (int t : {0, 1}) CHECK(alone[t] == together[t]);
}

TEST_CASE("a tape gives back all its memory", "[tensor][gradients]") {
  Backend& backend = backend_of({});
  const Tensor warm_up = Tensor::scalar(1);
  const std::size_t before = backend.memory().bytes_in_use;
  {
    const Tensor x = parameters_like(numbers({3, 4})), w = parameters_like(numbers({5, 4}, 1)), s = parameters_like(numbers({5}, 2));
    const std::vector<Tensor> learned{s};
    const Tensor h = dropout(activate(Activation::parse("prelu"), linear(x, w), learned), 0.5, 1, 1);
    const Tensor loss = cross_entropy(softmax(h) / (max(h, 0) + 9.0), row_numbers({0, 4, 2}));
    const auto g = gradients(loss, {x, w, s}, {.differentiable = true});
    gradients(sum(g[0] * g[0]) + sum(g[1]) + sum(g[2]), {x, w, s});
  }
  CHECK(backend.memory().bytes_in_use == before);
}

TEST_CASE("training steps ask the system for no memory after the first", "[tensor][gradients]") {
  Backend& backend = backend_of({});
  Tensor w = parameters_like(numbers({16, 20}, 1, DType::float32)), b = parameters_like(numbers({16}, 2, DType::float32));
  Tensor v = parameters_like(numbers({4, 16}, 3, DType::float32));
  const Tensor x = numbers({32, 20}, 0, DType::float32);
  const std::vector<std::int32_t> classes(32, 2);
  const Tensor labels = Tensor::indices(classes);
  std::optional<std::int64_t> allocations;
  double loss_before = 0;
  for (int step = 1; step <= 20; ++step) {
    const Tensor loss = cross_entropy(linear(activate(Activation::parse("relu"), linear(x, w, b)), v), labels);
    const std::vector<Tensor> g = gradients(loss, {w, b, v});
    Tensor* parameters[] = {&w, &b, &v};
    for (std::size_t i = 0; i < 3; ++i) {
      Update update;
      update.parameter = parameters[i]->array_for_update();
      update.gradient = g[i].array();
      backend.update({.updates = std::span(&update, 1), .numbers = {.learning_rate = 0.01}});
    }
    if (step == 1) loss_before = loss.item();
    if (step == 20) CHECK(loss.item() < loss_before);
    if (!allocations) allocations = backend.memory().system_allocations;
    CHECK(backend.memory().system_allocations == *allocations);
  }
}

}  // namespace seegrad
