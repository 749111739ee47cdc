// Laws over everything that may stand between two linear layers, elementwise or not, and what each kind promises.
#include "seegrad/nn/nonlinearity.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "../ops/op_table.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/observe/unit_ledger.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"

using namespace seegrad;
using namespace seegrad::nn;
using Catch::Matchers::Contains;
using seegrad::testing::numbers;

namespace {

const TensorOptions float64{DType::float64, {}};

/// All kinds, and some with parameters of their own.
std::vector<Nonlinearity> everything() {
  std::vector<Nonlinearity> all = Nonlinearity::all();
  for (const char* text : {"maxout(k=3)", "maxout(k=1)", "gated(leaky_relu(0.2))", "gated(swish)", "gated(step)", "leaky_relu(0.2)"})
    all.push_back(Nonlinearity::parse(text));
  return all;
}

std::vector<Nonlinearity> row_kinds() {
  std::vector<Nonlinearity> kinds;
  for (Nonlinearity& f : everything())
    if (!f.elementwise()) kinds.push_back(std::move(f));
  return kinds;
}

Tensor gaussian(const Shape& shape, std::uint64_t seed, TensorOptions options = {}) {
  Random random(seed);
  std::vector<double> values(std::size_t(shape.count()));
  for (double& value : values) value = random.normal();
  return Tensor::from(values, shape, options);
}

double rms(const Tensor& x) { return x.backend().measure(x.array()).rms; }

/// By what the RMS of dLoss/dz grows from one hidden layer to the one before, both of `width` units: z ~ N(0, 1), weights by `auto`.
double delta_factor(const Nonlinearity& f, std::int64_t width) {
  constexpr std::int64_t rows = 400;
  Random random(7);
  const Tensor z = gaussian({rows, f.width_in(width)}, 1).requires_grad(true), delta = gaussian({rows, f.width_in(width)}, 2);
  const Linear next(f.width_out(width), f.width_in(width), Initializer(), random, {.following = f});
  const Tensor h = (*f.make(width, random))(z);
  return rms(gradients(sum(delta * linear(h, next.weight())), {z})[0]) / rms(delta);
}

}  // namespace

TEST_CASE("parse undoes print for every nonlinearity", "[nn][nonlinearity]") {
  const auto all = everything();
  REQUIRE(all.size() > Activation::all().size() + 10);
  for (const Nonlinearity& f : all) {
    INFO(f.to_string());
    CHECK(Nonlinearity::parse(f.to_string()) == f);
    CHECK(Nonlinearity::parse(f.to_string()).to_string() == f.to_string());
    CHECK_FALSE(f.mathematics().empty());
    CHECK_THAT(f.to_string(), Catch::StartsWith(std::string(f.name())));
  }
}

TEST_CASE("every activation is a nonlinearity that works element by element", "[nn][nonlinearity]") {
  for (const Activation& f : Activation::all()) {
    const Nonlinearity same = f;
    REQUIRE(same.elementwise());
    CHECK(*same.elementwise() == f);
    CHECK(Nonlinearity::parse(f.to_string()) == same);
    CHECK(same.width_in(5) == 5);
    CHECK(same.width_out(5) == 5);
  }
  for (const Nonlinearity& f : row_kinds()) CHECK(f.elementwise() == nullptr);
}

TEST_CASE("case, hyphens and spaces in names do not matter, and a gate with a name of its own gets it", "[nn][nonlinearity]") {
  for (const char* text : {"SwiGLU", " swi-glu ", "gated(silu)", "gated( SiLU )", "siglu", "Gated(swish_1)"})
    CHECK(Nonlinearity::parse(text) == Nonlinearity::parse("swiglu"));
  CHECK(Nonlinearity::parse("gated(identity)").to_string() == "bilinear");
  CHECK(Nonlinearity::parse("gated(leaky_relu(0.2))").to_string() == "gated(leaky_relu(slope=0.2))");
  CHECK(Nonlinearity::parse("Max-Out(3)").to_string() == "maxout(k=3)");
  CHECK(Nonlinearity::parse("maxout(2)").to_string() == "maxout");
}

TEST_CASE("every layer takes rows as wide as it says and gives rows as wide as it says", "[nn][nonlinearity]") {
  Random random(1);
  for (const Nonlinearity& f : everything()) {
    for (const DType dtype : {DType::float32, DType::float64}) {
      INFO(f.to_string());
      const std::unique_ptr<Module> layer = f.make(3, random, {.tensor = {dtype, {}}});
      const Tensor y = (*layer)(gaussian({2, 5, f.width_in(3)}, 1, {dtype, {}}));
      CHECK(y.shape() == Shape{2, 5, f.width_out(3)});
      CHECK(y.dtype() == dtype);
      CHECK(layer->kind() == "activation");
      CHECK_THAT(layer->describe(), Catch::StartsWith(f.to_string()));
      CHECK((*layer)(Tensor::zeros({0, f.width_in(3)}, {dtype, {}})).shape() == Shape{0, f.width_out(3)});
    }
  }
}

TEST_CASE("the gradient of every layer is its Jacobian, and the gradient's gradient too", "[nn][nonlinearity]") {
  Random random(1);
  for (const Nonlinearity& f : everything()) {
    INFO(f.to_string());
    const std::unique_ptr<Module> layer = f.make(2, random, {.tensor = float64});
    layer->train(false);  // what is drawn in training differs from call to call
    const auto call = [&](std::span<const Tensor> x) { return (*layer)(x[0]); };
    const GradientCheck check = gradient_check(call, {numbers({3, f.width_in(2)})}, {.step = 1e-6, .second_order = true});
    CHECK((check.passed() || !check.surrogates.empty()));
    CHECK(check.compared >= 36);
  }
}

TEST_CASE("auto keeps the size of the gradient from layer to layer for every kind but those that say so", "[nn][nonlinearity][init]") {
  for (const Nonlinearity& f : row_kinds()) {
    INFO(f.to_string());
    constexpr std::int64_t width = 256;
    const double factor = delta_factor(f, width);
    // 400 x 256 units share one matrix of weights: its own scatter is the larger error, about sqrt(2 / (256 256)) of a square.
    if (f.name() == "softmax" || f.name() == "softmin")
      CHECK(factor * width == Approx(std::sqrt(std::exp(1.0))).epsilon(0.05));
    else
      CHECK(factor == Approx(1).epsilon(0.02));
  }
  CHECK(delta_factor(Activation::parse("relu"), 256) == Approx(1).epsilon(0.02));
  CHECK(auto_gain(Nonlinearity::parse("bilinear")) == Approx(std::sqrt(0.5)).epsilon(1e-7));
  CHECK(auto_gain(Nonlinearity::parse("reglu")) == 1);
  CHECK(auto_gain(Nonlinearity::parse("crelu")) == Approx(std::sqrt(2.0)).epsilon(1e-7));
  CHECK_THAT(Initializer().remark(Nonlinearity::parse("softmax")), Contains("weaker"));
  CHECK_THAT(Initializer().remark(Nonlinearity::parse("swiglu")), Contains("--normalisation layer"));
  CHECK(Initializer().remark(Nonlinearity::parse("maxout")).empty());
  CHECK(Initializer::parse("he").remark(Nonlinearity::parse("swiglu")).empty());
}

TEST_CASE("a network is as wide between its layers as its activation wants", "[nn][nonlinearity]") {
  const auto described = [](const char* text) {
    Random random(1);
    return mlp({.inputs = 8, .outputs = 3, .depth = 2, .width = 5, .activation = Nonlinearity::parse(text)}, random).describe();
  };
  CHECK(described("swiglu") == "linear 8 -> 10, swiglu, linear 5 -> 10, swiglu, linear 5 -> 3");
  CHECK(described("maxout(k=3)") == "linear 8 -> 15, maxout(k=3), linear 5 -> 15, maxout(k=3), linear 5 -> 3");
  CHECK(described("crelu") == "linear 8 -> 5, crelu, linear 10 -> 5, crelu, linear 10 -> 3");
  CHECK(described("softmax") == "linear 8 -> 5, softmax, linear 5 -> 5, softmax, linear 5 -> 3");
}

TEST_CASE("every nonlinearity trains in a network, watched, with every normalisation", "[nn][nonlinearity][observe]") {
  const Tensor images = gaussian({40, 6}, 3), labels = Tensor::indices(std::vector<std::int32_t>(40, 1));
  for (const Nonlinearity& f : everything()) {
    for (const Normalisation normalisation : {Normalisation::none, Normalisation::batch, Normalisation::layer}) {
      INFO(f.to_string() << ", " << name_of(normalisation));
      Random random(1);
      Sequential network = mlp({.inputs = 6,
                                .outputs = 3,
                                .depth = 2,
                                .width = 7,
                                .activation = f,
                                .dropout = 0.1,
                                .normalisation = normalisation,
                                .activation_per_channel = true},
                               random);
      optim::Optimizer optimizer = optim::make_optimizer(optim::OptimizerOptions::parse("adam"), network.parameters());
      observe::LayerWatch watch;
      observe::UnitLedger ledger;
      double first = 0, last = 0;
      for (int step = 0; step < 30; ++step) {
        const Listening listening(watch);
        const Tensor loss = cross_entropy(network(images), labels);
        optimizer.step(gradients(loss, network.parameter_tensors()));
        last = loss.item();
        if (step == 0) first = last;
        const auto rows = watch.collect();
        REQUIRE(rows.size() == 3);
        CHECK(rows[0].units == f.width_out(7));
        CHECK(rows[0].activation == f.to_string());
        CHECK(rows[2].activation.empty());
        CHECK(std::isfinite(rows[0].delta_rms));
        if (!f.elementwise()) CHECK(rows[0].saturated_share == 0);
      }
      CHECK(std::isfinite(last));
      // Behind a step the first layers hear nothing; a very steep wave (sine, sin 30x) needs small z, which normalisation undoes.
      const bool hopeless = !std::isfinite(f.gain()) || (f.gain() < 0.1 && normalisation != Normalisation::none);
      if (!hopeless) CHECK(last < first);
      ledger.probe(0, [&] { static_cast<void>(network(images)); });
      REQUIRE(ledger.layers().size() == 2);
      CHECK(ledger.layers()[0].units.size() == std::size_t(f.width_out(7)));
    }
  }
}

TEST_CASE("no layer draws from the generator but for what it has drawn in training", "[nn][nonlinearity]") {
  // Else the weights behind it, and everybody's recorded runs, would change.
  for (const Nonlinearity& f : everything()) {
    INFO(f.to_string());
    bool draws = false;
    if (f.function())
      for (const seegrad::Parameter& p : f.function()->formula().parameters()) draws = draws || p.drawn;
    Random random(5);
    static_cast<void>(f.make(4, random));
    CHECK((random == Random(5)) == !draws);
  }
}

TEST_CASE("wrong nonlinearities are refused in one line that helps", "[nn][nonlinearity][errors]") {
  CHECK_THROWS_WITH(Nonlinearity::parse("swigl"), Contains("'swigl'") && Contains("did you mean 'swiglu'?"));
  CHECK_THROWS_WITH(Nonlinearity::parse("maxot(3)"), Contains("did you mean 'maxout'?"));
  CHECK_THROWS_WITH(Nonlinearity::parse("rleu"), Contains("did you mean 'relu'?") && Contains("maxout") && Contains("gelu_tanh"));
  CHECK_THROWS_WITH(Nonlinearity::parse("maxout(0)"), Contains("at least 1"));
  CHECK_THROWS_WITH(Nonlinearity::parse("maxout(k=1.5)"), Contains("whole number"));
  CHECK_THROWS_WITH(Nonlinearity::parse("swiglu(2)"), Contains("takes no parameters"));
  CHECK_THROWS_WITH(Nonlinearity::parse("gated"), Contains("gated(tanh)"));
  CHECK_THROWS_WITH(Nonlinearity::parse("gated( )"), Contains("gated(tanh)"));
  CHECK_THROWS_WITH(Nonlinearity::parse("gated(SwiGLU)"), Contains("element by element, and swiglu does not"));
  CHECK_THROWS_WITH(Nonlinearity::parse("relu(3)"), Contains("takes no parameters"));
  for (const char* text : {"", "()", "maxout(", "maxout)", "maxout(2,3)", "maxout(nan)", "maxout(1e9)", "maxout(j=2)", "gated(swiglu)",
                           "gated(rleu)", "gated(relu", "crelu(1)", "softmax(dim=1)", "gated(leaky_relu(0.2)", "sof\x01tmax"}) {
    INFO(text);
    CHECK_THROWS_AS(Nonlinearity::parse(text), UsageError);
    try {
      Nonlinearity::parse(text);
    } catch (const UsageError& error) {
      CHECK_THAT(error.what(), !Contains("\n"));
    }
  }
  for (const char* begin : {"", "gated(", "maxout(", "relu"})
    for (const char filling : {'(', 'a', ' ', ')', ','})
      CHECK_THROWS_AS(Nonlinearity::parse(begin + std::string(1000000, filling) + ")"), UsageError);
  Random random(1);
  for (const char* text : {"glu", "maxout(k=2)"}) {
    const auto layer = Nonlinearity::parse(text).make(2, random);
    CHECK_THROWS_WITH((*layer)(Tensor::zeros({4, 3})), Contains("multiple of 2") && Contains("[4, 3]"));
    CHECK_THROWS_AS((*layer)(Tensor::scalar(1)), Error);
  }
}
