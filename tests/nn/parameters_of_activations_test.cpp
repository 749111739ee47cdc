// Parameters of activations that are not constants: learned by training, or drawn at random while it lasts.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "../ops/op_table.hpp"
#include "seegrad/activation/catalogue.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/activation_layer.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/nn/row_layers.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/random.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/tensor/threads.hpp"

using namespace seegrad;
using namespace seegrad::nn;
using Catch::Matchers::Contains;
using seegrad::testing::numbers;

namespace {

const TensorOptions float64{DType::float64, {}};

/// A leaky relu whose slope is drawn, beside a parameter that is learned: with all kinds of parameters at once.
struct Noisy {
  static constexpr std::string_view name = "noisy", mathematics = "gain*x if x > 0 else slope*x";
  static constexpr std::array parameters{seegrad::Parameter{"gain", 1, true}, seegrad::Parameter{"slope", 0.25, false, 0.125, 0.5, true},
                                         seegrad::Parameter{"shift", 0}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T gain, T slope, T shift) const {
    return select(x > T(0), gain * x, slope * x) + shift;
  }
};

const Activation noisy(formula_of<Noisy>());

/// All that learn, with the gates that do.
std::vector<Nonlinearity> learners() {
  std::vector<Nonlinearity> all = Nonlinearity::all();
  all.push_back(noisy);
  for (const Activation& f : Activation::all())
    if (f.learnable()) all.push_back(Nonlinearity::parse("gated(" + f.to_string() + ")"));
  std::erase_if(all, [](const Nonlinearity& f) { return !f.function() || !f.function()->learnable(); });
  return all;
}

/// d sum(w y) / d parameter by a central difference.
double difference(Module& layer, const Tensor& x, const Tensor& w, std::size_t parameter, std::size_t index) {
  Tensor tensor = layer.parameters()[parameter].tensor;
  const std::vector<double> before = tensor.to_vector();
  std::vector<double> moved = before;
  const double step = 6e-6;
  const auto at = [&](double value) {
    moved[index] = value;
    tensor.assign(moved);
    return sum(w * layer(x)).item();
  };
  const double slope = (at(before[index] + step) - at(before[index] - step)) / (2 * step);
  tensor.assign(before);
  return slope;
}

std::vector<double> slopes_of(const Tensor& y, const Tensor& x) {
  std::vector<double> slopes = y.to_vector();
  const std::vector<double> at = x.to_vector();
  for (std::size_t i = 0; i < slopes.size(); ++i) slopes[i] /= at[i];
  return slopes;
}

}  // namespace

TEST_CASE("everything that activations can learn gets its gradient, one for the layer or one for each unit", "[nn][activation]") {
  REQUIRE(learners().size() >= 5);
  for (const Nonlinearity& f : learners()) {
    for (const bool per_channel : {false, true}) {
      INFO(f.to_string() << (per_channel ? ", one for each unit" : ", one for the layer"));
      Random random(1);
      const std::unique_ptr<Module> layer = f.make(3, random, {.per_channel = per_channel, .tensor = float64});
      layer->train(false);
      const Tensor x = numbers({4, f.width_in(3)}), w = numbers({4, f.width_out(3)}, 1);
      const std::vector<Tensor> parameters = layer->parameter_tensors();
      REQUIRE_FALSE(parameters.empty());
      const std::vector<Tensor> found = gradients(sum(w * (*layer)(x)), parameters);
      for (std::size_t p = 0; p < parameters.size(); ++p) {
        CHECK(parameters[p].count() == (per_channel ? 3 : 1));
        const std::vector<double> gradient = found[p].to_vector();
        for (std::size_t i = 0; i < gradient.size(); ++i)
          CHECK(gradient[i] == Approx(difference(*layer, x, w, p, i)).epsilon(1e-6).margin(1e-7));
      }
    }
  }
}

TEST_CASE("no optimiser's weight decay touches what an activation learns", "[nn][optim]") {
  for (const Nonlinearity& f : learners()) {
    for (const char* rule : {"sgd(weight_decay=0.5)", "adamw(weight_decay=0.5)", "adam(weight_decay=0.5)", "rmsprop(weight_decay=0.5)"}) {
      INFO(f.to_string() << ", " << rule);
      Random random(1);
      const Sequential network =
          mlp({.inputs = 3, .outputs = 2, .depth = 1, .width = 4, .activation = f, .activation_per_channel = true}, random);
      optim::Optimizer optimizer = optim::make_optimizer(optim::OptimizerOptions::parse(rule), network.parameters());
      std::vector<std::vector<double>> before;
      std::vector<Tensor> zeros;
      for (const nn::Parameter& parameter : network.parameters()) {
        before.push_back(parameter.tensor.to_vector());
        zeros.push_back(Tensor::zeros(parameter.tensor.shape()));
      }
      optimizer.step(zeros);
      int undecayed = 0;
      for (std::size_t i = 0; i < before.size(); ++i) {
        const nn::Parameter parameter = network.parameters()[i];
        const bool still = parameter.tensor.to_vector() == before[i];
        const bool is_weight = parameter.name.ends_with(".weight");
        INFO(parameter.name);
        if (is_weight) CHECK_FALSE(still);
        if (!parameter.decay) CHECK(still);
        undecayed += !parameter.decay;
      }
      CHECK(undecayed > 0);
    }
  }
}

TEST_CASE("drawn numbers are uniform between their bounds, and each stream has its own", "[ops]") {
  const Tensor u = uniform({1000, 30}, -1, 3, 5, 2);
  const Statistics s = u.backend().measure(u.array());
  CHECK(s.min >= -1);
  CHECK(s.max <= 3);
  CHECK(s.min < -0.99);
  CHECK(s.max > 2.99);
  CHECK(std::abs(s.mean - 1) < 5 * std::sqrt(16.0 / 12 / 30000));
  CHECK(s.std * s.std == Approx(16.0 / 12).epsilon(5 * std::sqrt(0.8 / 30000)));
  CHECK((u.to_vector() == uniform({1000, 30}, -1, 3, 5, 2).to_vector()));
  CHECK((u.to_vector() != uniform({1000, 30}, -1, 3, 5, 3).to_vector()));
  CHECK((u.to_vector() != uniform({1000, 30}, -1, 3, 6, 2).to_vector()));
  CHECK((u.to_vector() == uniform({1000, 30}, -1, 3, 5, 2, float64).to(DType::float32).to_vector()));
  CHECK(uniform({2}, 4, 4, 1, 1).to_vector() == std::vector<double>{4, 4});
  CHECK_THROWS_WITH(uniform({2}, 2, 1, 0, 0), Contains("[2, 1]"));
  CHECK_THROWS_AS(uniform({2}, 0, INFINITY, 0, 0), Error);
}

TEST_CASE("a drawn parameter is drawn for each element in training, and is a constant otherwise", "[nn][activation]") {
  Random a(4), b(4);
  ActivationLayer layer(noisy, float64, &a), twin(noisy, float64, &b);
  CHECK(a == b);
  CHECK_FALSE(a == Random(4));
  const Tensor x = Tensor::full({50, 40}, -2, float64);
  const Tensor first = layer(x), second = layer(x);
  const std::vector<double> slopes = slopes_of(first, x);
  CHECK(*std::min_element(slopes.begin(), slopes.end()) >= 0.125);
  CHECK(*std::max_element(slopes.begin(), slopes.end()) <= 0.5);
  double mean = 0;
  for (const double slope : slopes) mean += slope / double(slopes.size());
  CHECK(std::abs(mean - 0.3125) < 5 * 0.375 / std::sqrt(12.0 * double(slopes.size())));
  CHECK((first.to_vector() != second.to_vector()));
  CHECK((first.to_vector() == twin(x).to_vector()));
  // The count of draws is all that a checkpoint needs.
  REQUIRE(layer.buffers().size() == 1);
  CHECK(layer.buffers()[0].name == "draws");
  CHECK(layer.buffers()[0].tensor.item() == 2);
  twin.buffers()[0].tensor.assign(std::vector<double>{1});
  CHECK((twin(x).to_vector() == second.to_vector()));
  layer.train(false);
  CHECK((layer(x).to_vector() == std::vector<double>(2000, -0.5)));
  CHECK(layer.buffers()[0].tensor.item() == 2);
  CHECK(layer.parameters().size() == 1);
  CHECK(ActivationLayer(Activation::parse("prelu")).buffers().empty());
}

TEST_CASE("the walk back uses the numbers that the way forward drew", "[nn][activation]") {
  for (const bool per_channel : {false, true}) {
    Random random(4);
    ActivationLayer layer =
        per_channel ? ActivationLayer::per_channel(noisy, 7, float64, &random) : ActivationLayer(noisy, float64, &random);
    Tensor x = numbers({30, 7});
    x.requires_grad(true);
    const Tensor y = layer(x);
    const std::vector<double> slopes = slopes_of(y, x), found = gradients(sum(y), {x})[0].to_vector();
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(slopes[i]).epsilon(1e-14));
  }
}

TEST_CASE("a gate's drawn and learned parameters are those of its layer", "[nn][activation]") {
  Random random(1);
  Sequential network;
  network.add(Nonlinearity(noisy).make(4, random)).add(GatedLayer(ActivationLayer(noisy, float64, &random), "gated(noisy)"));
  CHECK(network.parameters()[1].name == "1.gain");
  CHECK_FALSE(network.parameters()[1].decay);
  REQUIRE(network.buffers().size() == 2);
  CHECK(network.buffers()[1].name == "1.draws");
  Module& gate = network[1];
  const Tensor x = numbers({3, 8});
  CHECK((gate(x).to_vector() != gate(x).to_vector()));
  network.train(false);
  CHECK((gate(x).to_vector() == gate(x).to_vector()));
}

TEMPLATE_TEST_CASE("a value for each element is what a value for each element says, on any number of threads", "[ops][backend]", float,
                   double) {
  const TensorOptions options{dtype_of<TestType>(), {}};
  const int before = thread_count();
  // prelu has compiled loops, noisy has not; 3 columns are no whole SIMD register, 1 is not even a row.
  for (const Activation& f : {Activation::parse("prelu"), noisy}) {
    const std::size_t drawn = f == noisy ? 1 : 0;
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{700, 3}, Shape{2000, 1}, Shape{1, 9}, Shape{3, 100, 37}}) {
      for (const bool by_column : {false, true}) {
        const Tensor x = numbers(shape, 0, options.dtype), scale = numbers(shape, 1, options.dtype),
                     slope = uniform(shape, 0.1, 2, 1, 1, options);
        std::vector<Tensor> values(f.parameters().size());
        values[drawn] = slope;
        if (by_column && f == noisy)
          values[0] = shape.rank() == 0 ? Tensor::full({}, 1.5, options) : numbers({shape[-1]}, 2, options.dtype);
        for (const Derivative derivative : {Derivative{}, Derivative{0}}) {
          INFO(f.to_string() << " " << shape.to_string());
          set_thread_count(3);
          const Tensor y = apply_formula(f, x, values, derivative, scale);
          set_thread_count(1);
          CHECK((apply_formula(f, x, values, derivative, scale).to_vector() == y.to_vector()));
          const auto result = y.to_vector(), xs = x.to_vector(), ss = scale.to_vector(), slopes = slope.to_vector();
          const std::vector<double> gains = values[0] ? values[0].to_vector() : std::vector<double>{1};
          std::int64_t wrong = 0;
          for (std::size_t i = 0; i < result.size(); ++i) {
            const TestType own = TestType(slopes[i]), at = TestType(xs[i]),
                           gain = f == noisy ? TestType(gains[i % gains.size()]) : TestType(1);
            const TestType d = at > 0 ? gain : own, expected = TestType(ss[i]) * (derivative.order() == 0 ? d * at : d);
            wrong += std::abs(result[i] - double(expected)) > 1e-6 * std::abs(double(expected));
          }
          CHECK(wrong == 0);
        }
      }
    }
  }
  set_thread_count(before);
}

TEST_CASE("behind a deferred product drawn parameters meet the same numbers", "[ops][nn]") {
  const Tensor x = numbers({20, 6}), w = numbers({5, 6}, 1), slopes = uniform({20, 5}, 0.1, 0.9, 1, 1, float64);
  const std::vector<Tensor> values{Tensor(), slopes, Tensor()};
  const Tensor product = linear(x, w);
  product.to_vector();
  CHECK((activate(noisy, product, values).to_vector() == activate(noisy, linear(x, w), values).to_vector()));
  // Shapes that happen to have as many elements as the product has columns, behind a reshape.
  const Tensor row = numbers({1, 6}), five = uniform({5, 1}, 0.1, 0.9, 1, 1, float64);
  const Tensor waits = reshape(linear(row, w), {5, 1}), computed = reshape(linear(row, w), {5, 1});
  computed.to_vector();
  const std::vector<Tensor> per_element{Tensor(), five, Tensor()};
  CHECK((activate(noisy, waits, per_element).to_vector() == activate(noisy, computed, per_element).to_vector()));
}

TEST_CASE("values for each element are refused where they do not fit or would have to be learned", "[ops][errors]") {
  const Activation f = Activation::parse("prelu");
  const Tensor x = numbers({4, 3});
  CHECK_THROWS_WITH(activate(f, x, std::vector<Tensor>{numbers({3, 4})}), Contains("[3, 4]") && Contains("[4, 3]"));
  Tensor learned = numbers({4, 3});
  learned.requires_grad(true);
  CHECK_THROWS_WITH(activate(f, x, std::vector<Tensor>{learned}), Contains("when it is not learned"));
}
