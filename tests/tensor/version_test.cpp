// A change in place between an op and the walk back would silently give the gradients of another function: it is noticed.
#include <catch2/catch.hpp>
#include <vector>

#include "ops/op_table.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/nn/normalisation.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/optim/clip.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"

namespace seegrad {
namespace {

using Catch::Matchers::Contains;
using testing::numbers;
using testing::row_numbers;

Tensor leaf(Tensor x) { return x.requires_grad(true); }

void change(Tensor x) { static_cast<void>(x.array_for_update()); }

}  // namespace

TEST_CASE("a weight that was changed after the forward pass is an error that names the op", "[tensor][version]") {
  const Tensor x = numbers({3, 4}), w = leaf(numbers({2, 4}, 1));
  const Tensor loss = sum(linear(x, w));
  CHECK_NOTHROW(gradients(loss, {w}));
  change(w);
  CHECK_THROWS_WITH(gradients(loss, {w}), Contains("an input of linear, shape [2, 4], was changed in place after the forward pass"));
  CHECK_NOTHROW(gradients(sum(linear(x, w)), {w}));
}

TEST_CASE("inputs that need no gradient, other views of the memory, and results are looked at too", "[tensor][version]") {
  const Tensor w = leaf(numbers({2, 4}, 1));
  SECTION("a batch") {
    const Tensor x = numbers({3, 4}), loss = sum(linear(x, w));
    change(x);
    CHECK_THROWS_WITH(gradients(loss, {w}), Contains("an input of linear"));
  }
  SECTION("a detached view") {
    const Tensor loss = sum(w * w);
    change(w.detach());
    CHECK_THROWS_WITH(gradients(loss, {w}), Contains("an input of multiply"));
  }
  SECTION("a result") {
    const Tensor y = exp(w), loss = sum(y);
    change(y);
    CHECK_THROWS_AS(gradients(loss, {w}), Error);
  }
  SECTION("a scale of no further use may change") {
    Tensor loss;
    {
      const Tensor x = numbers({2, 4});
      loss = sum(w * x);
    }
    CHECK_NOTHROW(gradients(loss, {w}));
  }
}

TEST_CASE("what training does in place, in its order, is no change that anybody misses", "[tensor][version]") {
  Random random(3);
  nn::Sequential network = nn::mlp({.inputs = 6,
                                    .outputs = 3,
                                    .depth = 2,
                                    .width = 5,
                                    .activation = Activation::parse("prelu"),
                                    .dropout = 0.3,
                                    .normalisation = nn::Normalisation::batch},
                                   random);
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer = optim::make_optimizer(optim::OptimizerOptions::parse("adam"), network.parameters());
  const Tensor x = numbers({4, 6}).to(DType::float32), labels = row_numbers({0, 1, 2, 0});
  for (int step = 0; step < 3; ++step) {
    const Tensor first = cross_entropy(network(x), labels);
    const Tensor second = cross_entropy(network(x), labels);  // moves the running statistics on before the walk of the first
    std::vector<Tensor> slopes = gradients(first, parameters);
    CHECK_NOTHROW(gradients(second, parameters));
    optim::clip_by_value(slopes, 0.1);
    CHECK_NOTHROW(optimizer.step(slopes));
    CHECK_THROWS_WITH(gradients(second, parameters), Contains("was changed in place"));
  }
}

}  // namespace seegrad
