// The losses of one neuron against losses that are known in closed form.
#include "seegrad/nn/neuron_line.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/math/error.hpp"

namespace seegrad::nn {
namespace {

constexpr TensorOptions exact{.dtype = DType::float64};

/// Two samples whose z starts at 0.5 and -1 and goes by 2 and -0.5.
NeuronLine two_samples(std::int64_t points) {
  std::vector<double> t;
  for (std::int64_t i = 0; i < points; ++i) t.push_back(-2 + 4 * static_cast<double>(i) / static_cast<double>(points - 1));
  return {Tensor::from({0.5, -1}, {2}, exact), Tensor::from({2, -0.5}, {2}, exact), Tensor::from(t, {points}, exact)};
}

const Tensor targets = Tensor::from({0.75, 0.25}, {2}, exact);

/// The matching loss of one sample, up to a constant.
template <class Loss>
void check_matching(const char* name, double margin, Loss loss) {
  const NeuronLine line = two_samples(2001);
  const std::vector<double> found = matching_losses(Activation::parse(name), line, targets), t = line.t.to_vector();
  const auto expected = [&](double way) { return (loss(0.5 + 2 * way, 0.75) + loss(-1 - 0.5 * way, 0.25)) / 2; };
  CAPTURE(name);
  REQUIRE(found.size() == 2001);
  for (std::size_t i = 0; i < t.size(); i += 100) CHECK(found[i] == Approx(expected(t[i]) - expected(t[0])).margin(margin));
}

}  // namespace

TEST_CASE("the path of a line is z + t dz/dt for each point and sample", "[nn][neuron]") {
  const Tensor path = two_samples(3).path();
  CHECK(path.shape() == Shape{3, 2});
  CHECK(path.to_vector() == std::vector<double>{0.5 - 4, -1 + 1, 0.5, -1, 0.5 + 4, -1 - 1});
}

TEST_CASE("squared errors along a line are those written down by hand", "[nn][neuron]") {
  const std::vector<double> found = squared_errors(Activation::parse("relu"), two_samples(3), targets);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == Approx((0.75 * 0.75 + 0.25 * 0.25) / 2));
  CHECK(found[1] == Approx((0.25 * 0.25 + 0.25 * 0.25) / 2));
  CHECK(found[2] == Approx((3.75 * 3.75 + 0.25 * 0.25) / 2));
}

TEST_CASE("the matching loss is half the squared error for the identity and the cross-entropy for sigmoid", "[nn][neuron]") {
  check_matching("identity", 1e-12, [](double z, double y) { return (z - y) * (z - y) / 2; });
  check_matching("sigmoid", 1e-6, [](double z, double y) { return std::log1p(std::exp(z)) - y * z; });
  check_matching("tanh", 1e-5, [](double z, double y) { return std::log(std::cosh(z)) - y * z; });
  check_matching("sine(1)", 1e-5, [](double z, double y) { return -std::cos(z) - y * z; });
}

TEST_CASE("a random line has z and dz/dt of mean square 1 for samples of mean square 1", "[nn][neuron]") {
  const std::int64_t samples = 4, inputs = 20000;
  Random numbers(3), random(5);
  std::vector<double> x(static_cast<std::size_t>(samples * inputs));
  for (double& value : x) value = numbers.normal();
  double z = 0, direction = 0;
  for (int line = 0; line < 40; ++line) {
    const NeuronLine found = random_neuron_line(Tensor::from(x, {samples, inputs}, exact), 10, 5, random);
    REQUIRE(found.z.shape() == Shape{samples});
    CHECK(found.t.to_vector() == std::vector<double>{-10, -5, 0, 5, 10});
    for (const double v : found.z.to_vector()) z += v * v / 160;
    for (const double v : found.direction.to_vector()) direction += v * v / 160;
  }
  CHECK(z == Approx(1).margin(0.4));  // 160 squares of deviation 1.4: 0.11
  CHECK(direction == Approx(1).margin(0.4));
}

TEST_CASE("a neuron's line refuses one point and targets of another shape", "[nn][neuron]") {
  Random random(1);
  CHECK_THROWS_AS(random_neuron_line(Tensor::zeros({2, 3}, exact), 1, 1, random), Error);
  CHECK_THROWS_AS(squared_errors(Activation::parse("relu"), two_samples(3), Tensor::zeros({3}, exact)), Error);
  CHECK_THROWS_AS(matching_losses(Activation::parse("relu"), two_samples(3), Tensor::zeros({2, 1}, exact)), Error);
}

}  // namespace seegrad::nn
