#include "seegrad/nn/gaussian_mlp.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"

using namespace seegrad;

namespace {

nn::Sequential drawn(double sigma_w2, double sigma_b2, nn::MlpOptions options = {.activation = Activation::parse("tanh")},
                     std::uint64_t seed = 5) {
  options.inputs = 300, options.outputs = 10, options.depth = 3, options.width = 200;
  Random random(seed);
  return nn::gaussian_mlp(options, sigma_w2, sigma_b2, random);
}

double mean_square(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v * v;
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("weights and biases have the variances that were asked for", "[nn][init]") {
  const nn::Sequential network = drawn(3, 0.05);
  std::vector<double> biases;
  for (const Tensor& parameter : network.parameter_tensors()) {
    const std::vector<double> values = parameter.to_vector();
    if (parameter.shape().rank() == 1) {
      biases.insert(biases.end(), values.begin(), values.end());
      continue;
    }
    // Of n numbers the mean square strays by sqrt(2/n) of itself; four of that.
    const double tolerance = 4 * std::sqrt(2 / static_cast<double>(values.size()));
    CHECK(mean_square(values) == Approx(3 / static_cast<double>(parameter.shape()[1])).epsilon(tolerance));
  }
  REQUIRE(biases.size() == 610);
  CHECK(mean_square(biases) == Approx(0.05).epsilon(4 * std::sqrt(2 / 610.0)));
}

TEST_CASE("one seed gives one network, and a larger variance the same one scaled", "[nn][init]") {
  const auto one = drawn(1, 1).parameter_tensors(), four = drawn(4, 0.25).parameter_tensors(),
             other = drawn(1, 1, {.activation = Activation::parse("tanh")}, 6).parameter_tensors();
  REQUIRE(one.size() == 8);
  for (std::size_t i = 0; i < one.size(); ++i) {
    const std::vector<double> a = one[i].to_vector(), b = four[i].to_vector();
    const double factor = one[i].shape().rank() == 2 ? 2 : 0.5;
    for (std::size_t j = 0; j < a.size(); ++j) REQUIRE(b[j] == factor * a[j]);
    CHECK(other[i].to_vector() != a);
  }
}

TEST_CASE("nothing but the linear maps is drawn", "[nn][init]") {
  const nn::MlpOptions options{.activation = Activation::parse("prelu"), .normalisation = nn::Normalisation::batch};
  Random random(1);
  nn::MlpOptions same = options;
  same.inputs = 300, same.outputs = 10, same.depth = 3, same.width = 200;
  const auto usual = nn::mlp(same, random).parameters(), found = drawn(0, 0, options).parameters();
  REQUIRE(usual.size() == found.size());
  int others = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool linear = found[i].decay;  // what is not of a linear map does not decay
    others += !linear;
    const std::vector<double> values = found[i].tensor.to_vector();
    CHECK(values == (linear ? std::vector<double>(values.size(), 0.0) : usual[i].tensor.to_vector()));
  }
  CHECK(others == 9);  // gain, shift and slope of each hidden layer
}

TEST_CASE("a variance that is none is refused", "[nn][init]") {
  CHECK_THROWS_AS(drawn(-1, 0), Error);
  CHECK_THROWS_AS(drawn(1, std::numeric_limits<double>::infinity()), Error);
  CHECK_THROWS_AS(drawn(std::numeric_limits<double>::quiet_NaN(), 0), Error);
}
