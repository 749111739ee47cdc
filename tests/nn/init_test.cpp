// Initialisers: laws over all of them, then what each one promises. Seeds are fixed; limits are five standard errors or more.
#include "seegrad/nn/init.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/activation_layer.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/ops/matmul.hpp"

using namespace seegrad;
using namespace seegrad::nn;
using Catch::Matchers::Contains;

namespace {

const LayerSize wide{300, 200};

std::vector<double> draw(std::string_view init, LayerSize size = wide, const std::optional<Activation>& following = {},
                         std::uint64_t seed = 7) {
  Random random(seed);
  return Initializer::parse(init).weights(size, following, random);
}

double mean_of(const std::vector<double>& x) { return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size()); }

double variance_of(const std::vector<double>& x) {
  double squares = 0;
  for (const double value : x) squares += value * value;
  return squares / static_cast<double>(x.size()) - mean_of(x) * mean_of(x);
}

double largest(const std::vector<double>& x) {
  double most = 0;
  for (const double value : x) most = std::max(most, std::abs(value));
  return most;
}

/// The largest difference between the Gram matrix of the rows (or columns) and scale * I.
double distance_from_orthogonal(const std::vector<double>& w, LayerSize size, double scale) {
  const std::int64_t in = size.in, out = size.out, count = std::min(in, out), length = std::max(in, out);
  const auto at = [&](std::int64_t i, std::int64_t k) { return out <= in ? w[std::size_t(i * in + k)] : w[std::size_t(k * in + i)]; };
  double worst = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t j = 0; j < count; ++j) {
      double product = 0;
      for (std::int64_t k = 0; k < length; ++k) product += at(i, k) * at(j, k);
      worst = std::max(worst, std::abs(product - (i == j ? scale : 0)));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("every initialiser reads what it prints, and is deterministic by seed", "[nn][init]") {
  const auto all = Initializer::all();
  REQUIRE(all.size() == 13);
  for (const Initializer& init : all) {
    INFO(init.to_string());
    CHECK(Initializer::parse(init.to_string()) == init);
    CHECK(!init.mathematics().empty());
    for (const LayerSize size : {LayerSize{5, 3}, LayerSize{3, 5}, LayerSize{1, 1}, LayerSize{1, 4}, LayerSize{4, 1}}) {
      Random a(3), b(3), c(4);
      const auto first = init.weights(size, Activation::parse("tanh"), a);
      CHECK(first.size() == std::size_t(size.in * size.out));
      CHECK(first == init.weights(size, Activation::parse("tanh"), b));
      CHECK(a == b);
      CHECK(std::all_of(first.begin(), first.end(), [](double w) { return std::isfinite(w); }));
      // A 1 x 1 orthogonal matrix is +-1, which two seeds may share.
      const bool may_be_equal = init.name() == "zeros" || (size.in == 1 && size.out == 1);
      if (!may_be_equal) CHECK(first != init.weights(size, Activation::parse("tanh"), c));
      CHECK(init.biases(size, a).size() == std::size_t(size.out));
    }
  }
}

TEST_CASE("parameters of initialisers survive printing, and aliases mean the same", "[nn][init]") {
  for (const char* text : {"normal(std=0.02)", "uniform(bound=0.25)", "orthogonal(gain=1.4142135623730951)"}) {
    CHECK(Initializer::parse(text).to_string() == text);
  }
  CHECK(Initializer::parse("normal(0.01)").to_string() == "normal");
  CHECK(Initializer::parse(" Kaiming-Uniform ") == Initializer::parse("he_uniform"));
  CHECK(Initializer::parse("glorot") == Initializer::parse("xavier_normal"));
  CHECK(Initializer() == Initializer::parse("auto"));
}

TEST_CASE("initialisers have the mean and variance of their formula", "[nn][init]") {
  struct Expected {
    const char* init;
    double variance;
  };
  const double in = 300, out = 200;
  for (const auto& [init, variance] : {Expected{"he", 2 / in},
                                       {"he_uniform", 2 / in},
                                       {"xavier", 2 / (in + out)},
                                       {"xavier_uniform", 2 / (in + out)},
                                       {"lecun", 1 / in},
                                       {"lecun_uniform", 1 / in},
                                       {"normal(0.3)", 0.09},
                                       {"uniform(0.3)", 0.03},
                                       {"orthogonal(2)", 4 / in},
                                       {"pytorch", 1 / (3 * in)},
                                       {"lsuv", 1 / in},
                                       {"auto", 1 / in}}) {
    INFO(init);
    const auto w = draw(init);
    const double n = in * out;
    CHECK(std::abs(mean_of(w)) < 5 * std::sqrt(variance / n));
    CHECK(variance_of(w) == Approx(variance).epsilon(5 * std::sqrt(2 / n)));
  }
  CHECK(largest(draw("zeros")) == 0);
}

TEST_CASE("uniform initialisers fill their interval and never leave it", "[nn][init]") {
  for (const auto& [init, bound] : {std::pair{"he_uniform", std::sqrt(6 / 300.0)},
                                    {"xavier_uniform", std::sqrt(6 / 500.0)},
                                    {"lecun_uniform", std::sqrt(3 / 300.0)},
                                    {"uniform(0.3)", 0.3},
                                    {"pytorch", 1 / std::sqrt(300.0)}}) {
    INFO(init);
    CHECK(largest(draw(init)) <= bound);
    CHECK(largest(draw(init)) > 0.999 * bound);
  }
}

TEST_CASE("orthogonal matrices are orthonormal in their rows or columns", "[nn][init]") {
  for (const LayerSize size : {LayerSize{60, 40}, LayerSize{40, 60}, LayerSize{50, 50}, LayerSize{1, 9}, LayerSize{9, 1}}) {
    CHECK(distance_from_orthogonal(draw("orthogonal", size), size, 1) < 1e-14);
    CHECK(distance_from_orthogonal(draw("orthogonal(3)", size), size, 9) < 1e-13);
    CHECK(distance_from_orthogonal(draw("lsuv", size), size, 1) < 1e-14);
  }
}

TEST_CASE("only pytorch draws biases, within the bound of its weights", "[nn][init]") {
  for (const Initializer& init : Initializer::all()) {
    Random random(5);
    const auto biases = init.biases({100, 400}, random);
    INFO(init.to_string());
    CHECK((largest(biases) > 0) == (init.name() == "pytorch"));
    CHECK(largest(biases) <= 0.1);
  }
}

TEST_CASE("auto takes the gain that keeps the gradient", "[nn][init]") {
  CHECK(auto_gain(Activation::parse("relu")) == Approx(std::sqrt(2.0)).epsilon(1e-7));
  CHECK(auto_gain(Activation::parse("identity")) == Approx(1).epsilon(1e-7));
  CHECK(auto_gain(Activation::parse("leaky_relu(0.2)")) == Approx(std::sqrt(2 / 1.04)).epsilon(1e-7));
  const auto w = draw("auto", wide, Activation::parse("relu"));
  CHECK(variance_of(w) == Approx(2.0 / 300).epsilon(0.03));
  // With no activation to follow, and with one whose slope is 0 everywhere, it is lecun, number for number.
  CHECK((draw("auto") == draw("lecun")));
  CHECK((draw("auto", wide, Activation::parse("step")) == draw("lecun")));
  CHECK_THAT(Initializer().remark(Activation::parse("step")), Contains("no slope"));
  CHECK(Initializer().remark(Activation::parse("relu")).empty());
  CHECK(!Initializer::parse("zeros").remark(Activation::parse("relu")).empty());
}

TEST_CASE("the first weights of a seed are fixed numbers", "[nn][init]") {
  // Any change here breaks everybody's recorded runs.
  Random random(1), again(1);
  const auto w = Initializer::parse("lecun").weights({4, 1}, {}, random);
  for (const double weight : w) CHECK(weight == 0.5 * again.normal());
}

TEST_CASE("lsuv gives every linear layer an output of variance 1", "[nn][init]") {
  Random random(11);
  std::vector<double> values(64 * 30);
  for (double& value : values) value = random.normal(0.3, 2);
  for (const char* name : {"tanh", "relu", "sigmoid"}) {
    for (const auto normalisation : {Normalisation::none, Normalisation::batch}) {
      INFO(name);
      const Tensor batch = Tensor::from(values, {64, 30});
      Sequential network = mlp({.inputs = 30,
                                .outputs = 10,
                                .depth = 5,
                                .width = 40,
                                .activation = Activation::parse(name),
                                .init = Initializer::parse("lsuv"),
                                .normalisation = normalisation},
                               random);
      REQUIRE(Initializer::parse("lsuv").needs_batch());
      scale_to_unit_variance(network, batch);
      Tensor x = batch;
      for (std::size_t i = 0; i < network.size(); ++i) {
        const Tensor y = network[i](x);
        if (network[i].kind() == "linear") CHECK(variance_of(y.to_vector()) == Approx(1).margin(0.01));
        x = y;
      }
    }
  }
}

TEST_CASE("lsuv refuses a layer that is constant or not finite, by name", "[nn][init]") {
  Random random(1);
  Sequential network;
  network.add(Linear(3, 4, Initializer::parse("lsuv"), random)).add(ActivationLayer(Activation::parse("relu")));
  CHECK_THROWS_WITH(scale_to_unit_variance(network, Tensor::zeros({5, 3})), Contains("layer 0") && Contains("constant"));
  CHECK_THROWS_AS(scale_to_unit_variance(network, Tensor::full({5, 3}, NAN)), Error);
  CHECK_THROWS_AS(scale_to_unit_variance(network, Tensor::full({5, 3}, 1), 0), UsageError);
}

TEST_CASE("wrong initialisers are refused in one line that helps", "[nn][init][errors]") {
  CHECK_THROWS_WITH(Initializer::parse("xavir"), Contains("'xavir'") && Contains("did you mean 'xavier'?") && Contains("known are"));
  for (const char* text : {"",
                           "()",
                           "he(1)",
                           "normal(",
                           "normal)",
                           "normal(0)",
                           "normal(-1)",
                           "normal(nan)",
                           "normal(inf)",
                           "normal(1e999)",
                           "normal(x)",
                           "normal(0.1,0.2)",
                           "normal(std=1,std=2)",
                           "normal(sd=1)",
                           "uniform(0)",
                           "orthogonal(0)",
                           "normal(,)",
                           "normal(0.1)x",
                           "normal((0.1))",
                           "normal(0.1,)"}) {
    INFO(text);
    CHECK_THROWS_AS(Initializer::parse(text), UsageError);
    try {
      Initializer::parse(text);
    } catch (const UsageError& error) {
      CHECK_THAT(error.what(), !Contains("\n"));
    }
  }
  CHECK_THROWS_AS(Initializer::parse(std::string(5000, 'a')), UsageError);
}
