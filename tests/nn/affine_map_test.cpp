// Networks that are one affine map, networks that are not, and how near the best such map comes.
#include "seegrad/nn/affine_map.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/dropout.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/nn/normalisation.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/reduce.hpp"

using namespace seegrad;
using namespace seegrad::nn;
using Catch::Matchers::Contains;

namespace {

const TensorOptions float64{DType::float64, {}};

Tensor random_tensor(const Shape& shape, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> values(static_cast<std::size_t>(shape.count()));
  for (double& value : values) value = random.normal();
  return Tensor::from(values, shape, float64);
}

double largest(const Tensor& x) { return max(abs(x)).item(); }

/// Three hidden layers of 6 units, whose biases are not zero.
Sequential network_with(const char* activation) {
  Random random(3);
  Sequential network = mlp({.inputs = 5,
                            .outputs = 2,
                            .depth = 3,
                            .width = 6,
                            .activation = Nonlinearity::parse(activation),
                            .init = Initializer::parse("he"),
                            .tensor = float64},
                           random);
  for (const nn::Parameter& p : network.parameters()) {
    std::vector<double> values = p.tensor.to_vector();
    for (double& value : values) value += 0.2 * random.normal();
    Tensor(p.tensor).assign(values);
  }
  return network;
}

}  // namespace

TEST_CASE("two layers fold into the product of their matrices", "[nn][affine]") {
  Random random(1);
  Linear first(2, 2, Initializer(), random), second(2, 1, Initializer(), random);
  Tensor(first.weight()).assign(std::vector<double>{1, 2, 3, 4});
  Tensor(first.bias()).assign(std::vector<double>{5, 6});
  Tensor(second.weight()).assign(std::vector<double>{7, 8});
  Tensor(second.bias()).assign(std::vector<double>{9});
  Sequential network;
  network.add(std::move(first)).add(std::move(second));
  const AffineMap map = folded(network);
  CHECK(map.matrix.to_vector() == std::vector<double>{31, 46});
  CHECK(map.shift.to_vector() == std::vector<double>{92});
  CHECK(map.count() == 3);
  CHECK(map(Tensor::from({1, 1, 0, 0}, {2, 2})).to_vector() == std::vector<double>{169, 92});
}

TEST_CASE("a network whose activation is a straight line is its folded map, and one that bends is not", "[nn][affine]") {
  const Tensor x = random_tensor({40, 5}, 8);
  for (const char* activation : {"identity", "0.5*x + 1", "3 - 2*x"}) {
    CAPTURE(activation);
    Sequential network = network_with(activation);
    const Tensor y = network(x);
    CHECK(largest(folded(network, best_line(Activation::parse(activation)))(x) - y) < 1e-9 * largest(y));
  }
  Sequential bent = network_with("relu");
  const Tensor y = bent(x);
  CHECK(largest(folded(bent, best_line(Activation::parse("relu")))(x) - y) > 0.05 * largest(y));
}

TEST_CASE("folding goes into parts, leaves out dropout, and takes layers without bias", "[nn][affine]") {
  Random random(2);
  Sequential inner, network;
  inner.add(Linear(4, 3, Initializer(), random, {.bias = false, .tensor = float64})).add(Dropout(0.5, random));
  network.add(std::move(inner)).add(Linear(3, 2, Initializer(), random, {.tensor = float64}));
  network.train(false);
  const Tensor x = random_tensor({9, 4}, 5);
  CHECK(largest(folded(network)(x) - network(x)) < 1e-12);
}

TEST_CASE("what is not affine, and what has no linear layer, does not fold", "[nn][affine][errors]") {
  Random random(2);
  Sequential normalised, headless;
  normalised.add(Linear(4, 3, Initializer(), random)).add(LayerNorm(3));
  CHECK_THROWS_WITH(folded(normalised), Contains("layer") && Contains("cannot be folded"));
  headless.add(Nonlinearity::parse("relu").make(3, random)).add(Linear(3, 2, Initializer(), random));
  CHECK_THROWS_WITH(folded(headless), Contains("no linear layer before it"));
  CHECK_THROWS_WITH(folded(Sequential()), Contains("no linear layer"));
  CHECK_THROWS_AS(folded(network_with("crelu")), Error);  // twice as wide behind it
}

TEST_CASE("the line through an activation is the one of least squares under a Gaussian", "[nn][affine]") {
  const auto check_line = [](const char* activation, double slope, double height) {
    CAPTURE(activation);
    const Line found = best_line(Activation::parse(activation));
    CHECK(found.slope == Approx(slope).margin(1e-9));
    CHECK(found.height == Approx(height).margin(1e-9));
  };
  const double pi = std::acos(-1);
  check_line("identity", 1, 0);
  check_line("0.5*x + 1", 0.5, 1);
  check_line("relu", 0.5, 1 / std::sqrt(2 * pi));
  check_line("abs", 0, std::sqrt(2 / pi));
  check_line("step", 1 / std::sqrt(2 * pi), 0.5);
  check_line("x^3", 3, 0);  // E z^4
}

TEST_CASE("least squares finds an affine map again, and a line through points that are on none", "[nn][affine]") {
  const Tensor x = random_tensor({60, 4}, 6);
  const AffineMap truth{random_tensor({3, 4}, 7), random_tensor({3}, 9)};
  const AffineMap found = best_affine_map(x, truth(x));
  CHECK(largest(found.matrix - truth.matrix) < 1e-5);  // the ridge pulls a little
  CHECK(largest(found.shift - truth.shift) < 1e-5);
  CHECK(missed_variance(found, x, truth(x)) < 1e-10);
  // Through (0, 0), (1, 0), (2, 3) goes the line 1.5 x - 0.5, with errors -0.5, 1, -0.5.
  const Tensor three = Tensor::from({0, 1, 2}, {3, 1}), heights = Tensor::from({0, 0, 3}, {3, 1});
  const AffineMap line = best_affine_map(three, heights);
  CHECK(line.matrix.item() == Approx(1.5).epsilon(1e-5));
  CHECK(line.shift.item() == Approx(-0.5).epsilon(1e-5));
  CHECK(missed_variance(line, three, heights) == Approx(1.5 / 6).epsilon(1e-5));
}

TEST_CASE("a network without a bend collapses, one with a bend does not, and one that changes its width has no product", "[nn][affine]") {
  const Tensor known = random_tensor({200, 5}, 11), fresh = random_tensor({100, 5}, 12);
  const auto collapse = [&](const char* activation) {
    Sequential network = network_with(activation);
    return collapse_of(network, Nonlinearity::parse(activation), known, fresh);
  };
  const Collapse line = collapse("0.5*x + 1"), bent = collapse("relu"), wide = collapse("crelu");
  CHECK(line.total());
  CHECK(line.difference < 1e-9);
  CHECK(line.missed < 1e-9);
  CHECK(line.product.count() == 5 * 2 + 2);
  CHECK(largest(line.outputs - network_with("0.5*x + 1")(fresh)) == 0);
  CHECK_FALSE(bent.total());
  CHECK(bent.missed > 0.01);
  CHECK(bent.difference == Approx(largest(bent.folded - bent.outputs) / largest(bent.outputs)));
  CHECK_FALSE(wide.total());
  CHECK(missed_variance(wide.product, fresh, wide.outputs) == wide.missed);
}

TEST_CASE("inputs that never change, or say the same twice, do no harm to least squares", "[nn][affine]") {
  const Tensor x = Tensor::from({0, 5, 1, 1, 0, 5, 2, 2, 0, 5, 4, 4, 0, 5, 3, 3}, {4, 4}), y = Tensor::from({1, 2, 4, 3}, {4, 1});
  CHECK(missed_variance(best_affine_map(x, y), x, y) < 1e-6);
}

TEST_CASE("samples that do not fit together are refused, and NaN stays NaN", "[nn][affine][errors]") {
  const Tensor x = random_tensor({4, 2}, 1);
  CHECK_THROWS_WITH(best_affine_map(x, random_tensor({3, 2}, 1)), Contains("[samples, in]"));
  CHECK_THROWS_AS(best_affine_map(x, random_tensor({4}, 1)), Error);
  const Tensor nan = Tensor::full({4, 1}, std::numeric_limits<double>::quiet_NaN());
  CHECK(std::isnan(missed_variance(best_affine_map(x, nan), x, nan)));
}

TEST_CASE("the rank of a matrix is the number of its independent rows", "[nn][affine]") {
  CHECK(rank_of(Tensor::from({1, 0, 0, 1}, {2, 2})) == 2);
  CHECK(rank_of(Tensor::from({1, 2, 3, 2, 4, 6, 1, 1, 1}, {3, 3})) == 2);
  CHECK(rank_of(Tensor::zeros({3, 4})) == 0);
  CHECK(rank_of(Tensor::from({1, 0, 0, 1e-5}, {2, 2}, float64)) == 2);
  CHECK(rank_of(Tensor::from({1, 0, 0, 1e-7}, {2, 2}, float64)) == 1);
  CHECK(rank_of(Tensor::from({1, 0, 0, 1e-7}, {2, 2}, float64), 1e-8) == 2);
  CHECK(rank_of(Tensor::full({2, 2}, std::numeric_limits<double>::quiet_NaN())) == 0);
  CHECK_THROWS_AS(rank_of(Tensor::zeros({3})), Error);
  // A bottleneck of 2 units stays one.
  Random random(1);
  Sequential network;
  network.add(Linear(9, 2, Initializer(), random)).add(Linear(2, 6, Initializer(), random));
  CHECK(rank_of(folded(network).matrix) == 2);
}
