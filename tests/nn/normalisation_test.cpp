// BatchNorm and LayerNorm against the formulas written out, and their gradients against differences.
#include "seegrad/nn/normalisation.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/gradient_check.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/tensor/gradients.hpp"

using namespace seegrad;
using namespace seegrad::nn;
using Catch::Matchers::Contains;

namespace {

constexpr std::size_t rows = 7, features = 4;

std::vector<double> random_values(std::size_t count, std::uint64_t seed, double mean = 0, double deviation = 1) {
  Random random(seed);
  std::vector<double> values(count);
  for (double& value : values) value = random.normal(mean, deviation);
  return values;
}

TensorOptions options_of(DType dtype) { return {dtype, {}}; }

struct MeanVariance {
  double mean = 0, variance = 0;  // biased
};

MeanVariance moments_of(const std::vector<double>& x, std::size_t first, std::size_t stride, std::size_t count) {
  MeanVariance found;
  for (std::size_t i = 0; i < count; ++i) found.mean += x[first + i * stride] / double(count);
  for (std::size_t i = 0; i < count; ++i) found.variance += std::pow(x[first + i * stride] - found.mean, 2) / double(count);
  return found;
}

/// Random gain and shift instead of 1 and 0.
void disturb(Module& layer) {
  std::uint64_t seed = 50;
  for (const nn::Parameter& parameter : layer.parameters()) {
    Tensor tensor = parameter.tensor;
    tensor.assign(random_values(std::size_t(tensor.count()), ++seed));
  }
}

void check_close(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO(i);
    CHECK(found[i] == Approx(expected[i]).epsilon(tolerance).margin(tolerance));
  }
}

/// Gradients of sum(w y) for the layer's own parameters, against central differences.
void check_parameter_gradients(Module& layer, const Tensor& x) {
  const Tensor w = Tensor::from(random_values(std::size_t(x.count()), 3), x.shape(), x.options());
  const auto loss = [&] { return sum(layer(x) * w); };
  const auto parameters = layer.parameter_tensors();
  const auto found = gradients(loss(), parameters);
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    Tensor parameter = parameters[p];
    const std::vector<double> at = parameter.to_vector();
    std::vector<double> numeric;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const auto shifted = [&](double by) {
        std::vector<double> moved = at;
        moved[i] += by;
        parameter.assign(moved);
        return loss().item();
      };
      numeric.push_back((shifted(1e-5) - shifted(-1e-5)) / 2e-5);
    }
    parameter.assign(at);
    check_close(found[p].to_vector(), numeric, 1e-8);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("batch normalisation is the formula, and remembers as PyTorch does", "[nn]", float, double) {
  const TensorOptions options = options_of(dtype_of<TestType>());
  const double tolerance = sizeof(TestType) == 4 ? 2e-6 : 1e-13;
  BatchNorm layer(features, {.tensor = options});
  disturb(layer);
  const auto gain = layer.parameters()[0].tensor.to_vector(), shift = layer.parameters()[1].tensor.to_vector();
  std::vector<double> mean(features, 0), variance(features, 1);
  for (std::uint64_t step = 0; step < 3; ++step) {
    const Tensor x = Tensor::from(random_values(rows * features, step, 2, 3), {rows, features}, options);
    const auto values = x.to_vector();
    std::vector<double> expected(values.size());
    for (std::size_t j = 0; j < features; ++j) {
      const auto [m, v] = moments_of(values, j, features, rows);
      for (std::size_t i = j; i < values.size(); i += features) expected[i] = (values[i] - m) / std::sqrt(v + 1e-5) * gain[j] + shift[j];
      mean[j] = 0.9 * mean[j] + 0.1 * m;
      variance[j] = 0.9 * variance[j] + 0.1 * v * double(rows) / double(rows - 1);
    }
    check_close(layer(x).to_vector(), expected, tolerance);
  }
  check_close(layer.buffers()[0].tensor.to_vector(), mean, tolerance);
  check_close(layer.buffers()[1].tensor.to_vector(), variance, tolerance);

  layer.train(false);
  const Tensor x = Tensor::from(random_values(features, 9), {1, features}, options);
  std::vector<double> expected = x.to_vector();
  for (std::size_t j = 0; j < features; ++j) expected[j] = (expected[j] - mean[j]) / std::sqrt(variance[j] + 1e-5) * gain[j] + shift[j];
  check_close(layer(x).to_vector(), expected, tolerance);
  check_close(layer.buffers()[0].tensor.to_vector(), mean, tolerance);  // evaluation changes nothing
}

TEMPLATE_TEST_CASE("layer normalisation is the formula in both modes", "[nn]", float, double) {
  const TensorOptions options = options_of(dtype_of<TestType>());
  LayerNorm layer(features, {.tensor = options});
  disturb(layer);
  const auto gain = layer.parameters()[0].tensor.to_vector(), shift = layer.parameters()[1].tensor.to_vector();
  const Tensor x = Tensor::from(random_values(rows * features, 1, 2, 3), {rows, features}, options);
  const auto values = x.to_vector();
  std::vector<double> expected(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto [m, v] = moments_of(values, i / features * features, 1, features);
    expected[i] = (values[i] - m) / std::sqrt(v + 1e-5) * gain[i % features] + shift[i % features];
  }
  const double tolerance = sizeof(TestType) == 4 ? 2e-6 : 1e-13;
  check_close(layer(x).to_vector(), expected, tolerance);
  layer.train(false);
  check_close(layer(x).to_vector(), expected, tolerance);
}

TEST_CASE("normalisation treats leading dimensions as rows", "[nn]") {
  const auto values = random_values(2 * 3 * features, 1);
  const Tensor flat = Tensor::from(values, {6, features}), deep = Tensor::from(values, {2, 3, features});
  BatchNorm batch(features), twin(features);
  CHECK(batch(flat).to_vector() == twin(deep).to_vector());
  LayerNorm layer(features);
  CHECK(layer(flat).to_vector() == layer(deep).to_vector());
  CHECK(layer(deep).shape() == deep.shape());
}

TEST_CASE("gradients through normalisation agree with differences, twice", "[nn][gradient]") {
  const Tensor x = Tensor::from(random_values(rows * features, 1, 1, 2), {rows, features}, options_of(DType::float64));
  const auto check = [&](Module& layer) {
    disturb(layer);
    const auto function = [&](std::span<const Tensor> inputs) { return layer(inputs[0]); };
    CHECK(gradient_check(function, {x}, {.second_order = true}));
    check_parameter_gradients(layer, x);
  };
  const NormalisationOptions options{.tensor = options_of(DType::float64)};
  SECTION("batch, training") {
    BatchNorm layer(features, options);
    check(layer);
  }
  SECTION("batch, evaluating") {
    BatchNorm layer(features, options);
    layer(x);
    layer.train(false);
    check(layer);
  }
  SECTION("layer") {
    LayerNorm layer(features, options);
    check(layer);
  }
}

TEST_CASE("normalisation refuses what it cannot normalise", "[nn][errors]") {
  BatchNorm layer(features);
  CHECK_THROWS_WITH(layer(Tensor::zeros({1, features})), Contains("at least 2 rows, got 1"));
  CHECK_THROWS_WITH(layer(Tensor::zeros({3, 5})), Contains("[3, 5]") && Contains("needs 4 features"));
  CHECK_THROWS_AS(LayerNorm(features)(Tensor::zeros({})), Error);
  CHECK_THROWS_AS(BatchNorm(0), UsageError);
  CHECK_THROWS_AS(BatchNorm(3, {.momentum = 1.5}), UsageError);
  CHECK_THROWS_AS(LayerNorm(3, {.epsilon = 0}), UsageError);
}
