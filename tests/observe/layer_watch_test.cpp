// Layer statistics against a second computation: plain loops in double precision that know nothing of tensors.
#include "seegrad/observe/layer_watch.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/saturation.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/gradients.hpp"

using namespace seegrad;
using observe::LayerStatistics;

namespace {

using Vector = std::vector<double>;

struct Moments {
  double mean = 0, std = 0, rms = 0, min = 0, max = 0, zeros = 0;
};

Moments moments_of(const Vector& values) {
  Moments m;
  const double n = static_cast<double>(values.size());
  m.min = m.max = values.front();
  for (const double v : values) {
    m.mean += v / n;
    m.rms += v * v / n;
    m.min = std::min(m.min, v);
    m.max = std::max(m.max, v);
    m.zeros += (v == 0) / n;
  }
  for (const double v : values) m.std += (v - m.mean) * (v - m.mean) / n;
  m.std = std::sqrt(m.std);
  m.rms = std::sqrt(m.rms);
  return m;
}

/// Row-major products of plain loops: a [n, k] times b [m, k] transposed, and so on.
Vector times_transposed(const Vector& a, const Vector& b, std::size_t n, std::size_t k, std::size_t m) {
  Vector c(n * m, 0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < m; ++j)
      for (std::size_t l = 0; l < k; ++l) c[i * m + j] += a[i * k + l] * b[j * k + l];
  return c;
}

double naive_coherence(const Vector& gradient, std::size_t rows) {
  const std::size_t columns = gradient.size() / rows;
  double sum = 0, counted = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    double up = 0, down = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      up += gradient[i * columns + j] > 0;
      down += gradient[i * columns + j] < 0;
    }
    if (up + down == 0) continue;
    sum += std::abs(up - down) / (up + down);
    counted += 1;
  }
  return counted == 0 ? 0 : sum / counted;
}

struct Setup {
  std::size_t samples = 24, inputs = 7, outputs = 4;
  std::int64_t depth = 3, width = 9;
  std::string activation, init = "he";
  double rate = 0.1;
};

/// Everything about one step of an MLP of linear layers and one activation, by hand.
std::vector<LayerStatistics> naive_statistics(const Setup& s, const Vector& images, const std::vector<std::int32_t>& labels,
                                              const std::vector<Vector>& parameters) {
  const Activation f = Activation::parse(s.activation);
  const std::size_t layers = static_cast<std::size_t>(s.depth) + 1, width = static_cast<std::size_t>(s.width);
  std::vector<Vector> z(layers), h(layers), input(layers);
  std::vector<std::size_t> in(layers), out(layers);
  for (std::size_t l = 0; l < layers; ++l) {
    in[l] = l == 0 ? s.inputs : width;
    out[l] = l + 1 == layers ? s.outputs : width;
    input[l] = l == 0 ? images : h[l - 1];
    z[l] = times_transposed(input[l], parameters[2 * l], s.samples, in[l], out[l]);
    for (std::size_t i = 0; i < z[l].size(); ++i) z[l][i] += parameters[2 * l + 1][i % out[l]];
    h[l] = z[l];
    if (l + 1 < layers)
      for (double& value : h[l]) value = f.at(value);
  }
  Vector delta = z.back();
  for (std::size_t i = 0; i < s.samples; ++i) {
    double sum = 0;
    for (std::size_t c = 0; c < s.outputs; ++c) sum += std::exp(z.back()[i * s.outputs + c]);
    for (std::size_t c = 0; c < s.outputs; ++c)
      delta[i * s.outputs + c] =
          (std::exp(z.back()[i * s.outputs + c]) / sum - (labels[i] == static_cast<std::int32_t>(c))) / static_cast<double>(s.samples);
  }
  std::vector<LayerStatistics> rows(layers);
  for (std::size_t l = layers; l-- > 0;) {
    Vector gradient(in[l] * out[l], 0), bias_gradient(out[l], 0);
    for (std::size_t i = 0; i < s.samples; ++i)
      for (std::size_t o = 0; o < out[l]; ++o) {
        bias_gradient[o] += delta[i * out[l] + o];
        for (std::size_t k = 0; k < in[l]; ++k) gradient[o * in[l] + k] += delta[i * out[l] + o] * input[l][i * in[l] + k];
      }
    LayerStatistics& row = rows[l];
    const bool hidden = l + 1 < layers;
    const Moments mz = moments_of(z[l]), mh = moments_of(h[l]);
    row.layer = static_cast<std::int64_t>(l) + 1;
    row.name = std::to_string(2 * l);
    row.units = static_cast<std::int64_t>(out[l]);
    row.z_mean = mz.mean, row.z_std = mz.std;
    row.h_mean = mh.mean, row.h_std = mh.std, row.h_min = mh.min, row.h_max = mh.max, row.zero_share = mh.zeros;
    if (hidden)
      for (const double value : z[l])
        row.saturated_share += (std::abs(f.derivative(value)) < 0.01 * observe::largest_slope(f)) / static_cast<double>(z[l].size());
    row.delta_rms = moments_of(delta).rms;
    row.weight_rms = moments_of(parameters[2 * l]).rms;
    row.weight_grad_rms = moments_of(gradient).rms;
    row.bias_grad_rms = moments_of(bias_gradient).rms;
    row.update_ratio = s.rate * row.weight_grad_rms / row.weight_rms;
    row.sign_coherence = naive_coherence(gradient, out[l]);
    if (l == 0) break;
    Vector below(s.samples * in[l], 0);
    for (std::size_t i = 0; i < s.samples; ++i)
      for (std::size_t k = 0; k < in[l]; ++k)
        for (std::size_t o = 0; o < out[l]; ++o)
          below[i * in[l] + k] += delta[i * out[l] + o] * parameters[2 * l][o * in[l] + k] * f.derivative(z[l - 1][i * in[l] + k]);
    delta = below;
  }
  return rows;
}

void compare(const LayerStatistics& seen, const LayerStatistics& expected, double tolerance) {
  std::vector<std::pair<std::string, double>> numbers;
  const auto collect = [&]<class T>(const char* name, const T& value) {
    if constexpr (std::is_arithmetic_v<T>) numbers.emplace_back(name, static_cast<double>(value));
  };
  observe::for_each_column(seen, collect);
  const auto got = std::exchange(numbers, {});
  observe::for_each_column(expected, collect);
  CHECK(seen.name == expected.name);
  REQUIRE(got.size() == 21);
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(seen.layer, got[i].first, got[i].second, numbers[i].second);
    CHECK(std::abs(got[i].second - numbers[i].second) <= tolerance * std::max(std::abs(numbers[i].second), 1e-2));
  }
}

std::vector<LayerStatistics> watch_a_step(nn::Sequential& network, const Tensor& images, const Tensor& labels, double rate = 0.1) {
  optim::OptimizerOptions how;
  how.learning_rate = rate;
  optim::Optimizer optimizer = optim::make_optimizer(how, network.parameters());
  observe::LayerWatch watch;
  const Listening listening(watch);
  const Tensor loss = cross_entropy(network(images), labels);
  optimizer.step(gradients(loss, network.parameter_tensors()));
  return watch.collect();
}

Vector random_images(std::size_t count) {
  Random random(5);
  Vector images(count);
  for (double& value : images) value = random.normal();
  return images;
}

nn::Sequential small_network(const std::string& activation, nn::Normalisation normalisation = nn::Normalisation::none) {
  Random random(3);
  return nn::mlp(
      {.inputs = 4, .outputs = 3, .depth = 2, .width = 6, .activation = Activation::parse(activation), .normalisation = normalisation},
      random);
}

}  // namespace

TEST_CASE("layer statistics agree with plain loops in double precision", "[observe]") {
  const auto [activation, init] = GENERATE(
      table<std::string, std::string>({{"relu", "he"}, {"tanh", "normal(1.5)"}, {"sigmoid", "normal(4)"}, {"elu(0.5)", "xavier"}}));
  const DType dtype = GENERATE(DType::float64, DType::float32);
  CAPTURE(activation, name_of(dtype));
  const Setup setup{.activation = activation, .init = init};
  Random random(11);
  nn::Sequential network = nn::mlp({.inputs = 7,
                                    .outputs = 4,
                                    .depth = setup.depth,
                                    .width = setup.width,
                                    .activation = Activation::parse(activation),
                                    .init = nn::Initializer::parse(init),
                                    .tensor = {dtype, {}}},
                                   random);
  const Tensor images = Tensor::from(random_images(setup.samples * setup.inputs), {24, 7}, {dtype, {}});
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < 24; ++i) labels.push_back(i * 7 % 4);
  std::vector<Vector> parameters;
  for (const Tensor& parameter : network.parameter_tensors()) parameters.push_back(parameter.to_vector());

  const auto expected = naive_statistics(setup, images.to_vector(), labels, parameters);
  const auto seen = watch_a_step(network, images, Tensor::indices(labels), setup.rate);
  REQUIRE(seen.size() == expected.size());
  for (std::size_t i = 0; i < seen.size(); ++i) compare(seen[i], expected[i], dtype == DType::float64 ? 1e-9 : 2e-3);
}

TEST_CASE("z of a normalised layer is what the normalisation hands to the activation", "[observe]") {
  nn::Sequential network = small_network("tanh", nn::Normalisation::layer);
  const auto rows = watch_a_step(network, Tensor::from(random_images(40), {10, 4}), Tensor::indices(std::vector<std::int32_t>(10, 1)));
  REQUIRE(rows.size() == 3);
  CHECK(std::abs(rows[0].z_mean) < 1e-5);
  CHECK(rows[0].z_std == Approx(1).epsilon(1e-3));
  CHECK(rows[0].delta_rms > 0);
  CHECK(rows[0].activation == "tanh");
  CHECK(rows[2].activation.empty());
  CHECK(rows[2].z_mean == rows[2].h_mean);
}

TEST_CASE("NaN and Inf are counted in every tensor of a layer and drop out of its moments", "[observe]") {
  nn::Sequential network = small_network("identity");
  Vector weights = network.parameter_tensors()[0].to_vector();
  weights[0] = std::nan("");  // unit 0 reads pixel 0
  network.parameter_tensors()[0].assign(weights);
  const auto rows = watch_a_step(network, Tensor::from(random_images(40), {10, 4}), Tensor::indices(std::vector<std::int32_t>(10, 1)));
  // z and h of unit 0 for 10 samples; delta: everything; the gradient of the weights: everything.
  CHECK(rows[0].nan_count == 10 + 10 + 60 + 24);
  CHECK(std::isfinite(rows[0].z_mean));
  CHECK(rows[2].nan_count == 30 + 30 + 18);
}

TEST_CASE("what a layer does not have is not a number", "[observe]") {
  Random random(1);
  nn::Sequential network;
  network.add(nn::Linear(3, 2, nn::Initializer(), random, {.bias = false}));
  observe::LayerWatch watch;
  const Listening listening(watch);
  static_cast<void>(network(Tensor::zeros({5, 3})));
  const auto rows = watch.collect();
  REQUIRE(rows.size() == 1);
  CHECK(std::isnan(rows[0].delta_rms));
  CHECK(std::isnan(rows[0].bias_grad_rms));
  CHECK(std::isnan(rows[0].update_ratio));
  CHECK(rows[0].zero_share == 1);
  CHECK(watch.collect().empty());
}

TEST_CASE("the largest slope of an activation is found from the activation", "[observe]") {
  const auto slope = [](const char* name) { return observe::largest_slope(Activation::parse(name)); };
  CHECK(slope("sigmoid") == Approx(0.25).epsilon(1e-12));
  CHECK(slope("tanh") == Approx(1).epsilon(1e-12));
  CHECK(slope("relu") == 1);
  CHECK(slope("leaky_relu(3)") == 3);
  CHECK(slope("step") == 0);
  CHECK(slope("silu") == Approx(1.0998393201).epsilon(1e-9));
  CHECK(slope("gelu") == Approx(1.1289042).epsilon(1e-6));
  CHECK(observe::saturation_threshold(Activation::parse("step")) == 0);
}

TEST_CASE("the delta factor is the geometric mean over the hidden layers", "[observe]") {
  std::vector<LayerStatistics> layers(4);
  for (std::size_t i = 0; i < 4; ++i) {
    layers[i].activation = i < 3 ? "relu" : "";
    layers[i].delta_rms = std::pow(10, static_cast<double>(i));
  }
  CHECK(observe::delta_factor(layers) == Approx(0.1));
  CHECK(observe::fitted_delta_factor(layers) == Approx(0.1));
  layers[0].delta_rms = 0;
  CHECK(observe::delta_factor(layers) == 0);
  CHECK(observe::fitted_delta_factor(layers) < 1e-100);
  layers.erase(layers.begin(), layers.begin() + 2);
  CHECK(std::isnan(observe::delta_factor(layers)));
}
