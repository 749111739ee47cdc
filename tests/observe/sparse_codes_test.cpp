// Zeros and overlaps that can be counted on paper, and a network of relu whose zeros follow from its formula.
#include "seegrad/observe/sparse_codes.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/mlp.hpp"

namespace seegrad::observe {
namespace {

using Labels = std::vector<std::uint8_t>;

/// What the layers of an MLP from 2 inputs to 3 outputs give for two samples; `weights` are set in order, biases stay 0.
LayerTrace trace_of(const char* activation, std::int64_t depth, const std::vector<std::vector<double>>& weights, const Tensor& x) {
  Random random(1);
  nn::Sequential network =
      nn::mlp({.inputs = 2, .outputs = 3, .depth = depth, .width = 2, .activation = Activation::parse(activation)}, random);
  std::size_t next = 0;
  for (Tensor& parameter : network.parameter_tensors())
    if (parameter.shape().rank() == 2) parameter.assign(weights.at(next++));
  LayerTrace trace;
  const NoGrad no_tape;
  const Listening listening(trace);
  static_cast<void>(network(x));
  return trace;
}

const std::vector<double> straight{1, 0, 0, 1}, last{1, 1, 1, 1, 1, 1};

}  // namespace

TEST_CASE("zeros are counted layer by layer, and a product counts as often as units follow", "[observe][sparse]") {
  // z1 = x. relu leaves one zero of four; then (1, -1; 0, 1) makes z2 = (1 - 2, 2), (3, 0): two zeros of four.
  const LayerTrace trace = trace_of("relu", 2, {straight, {1, -1, 0, 1}, last}, Tensor::from({1, 2, 3, -4}, {2, 2}));
  const SparseCodes codes = sparse_codes(trace, Labels{0, 0});
  CHECK(codes.zero_share == std::vector<double>{0.25, 0.5});
  CHECK(codes.mean_zero_share() == 0.375);
  CHECK(codes.skipped_products == Approx((1 * 2 + 2 * 3) / double(4 * 2 + 4 * 3)));  // 2 and 3 units follow
  CHECK(codes.overlap.same_class == Approx((0.25 + 0.25) / (0.75 + 0.75)));          // each unit is used by one image of two
  CHECK(std::isnan(codes.overlap.other_class));                                      // there is one class
}

TEST_CASE("an activation without exact zeros has none, however small its outputs are", "[observe][sparse]") {
  for (const char* smooth : {"softplus", "gelu", "tanh"}) {
    CAPTURE(smooth);
    const SparseCodes codes = sparse_codes(trace_of(smooth, 1, {straight, last}, Tensor::from({1, 2, 3, -4}, {2, 2})), Labels{0, 1});
    CHECK(codes.mean_zero_share() == 0);
    CHECK(codes.skipped_products == 0);
    CHECK(codes.overlap.same_class == 1);
    CHECK(codes.overlap.other_class == 1);
  }
}

TEST_CASE("images of one class may share all of their units and images of two classes none", "[observe][sparse]") {
  const Tensor h = Tensor::from({1, 2, 0, 0, 3, 4, 0, 0, 0, 0, -5, 6}, {3, 4});
  const CodeOverlap found = code_overlap(h, Labels{7, 7, 255});
  CHECK(found.same_class == 1);
  CHECK(found.other_class == 0);
}

TEST_CASE("the overlap is that of two images drawn from their classes independently", "[observe][sparse]") {
  // Class 0: units used by 1/2 and 1 of its images; class 1: by 1 and 0.
  const Tensor h = Tensor::from({1, 1, 0, 1, 1, 0}, {3, 2});
  const CodeOverlap found = code_overlap(h, Labels{0, 0, 1});
  CHECK(found.same_class == Approx((0.25 + 1 + 1 + 0) / (0.75 + 1 + 1 + 0)));
  CHECK(found.other_class == Approx((0.5 + 0) / (1 + 1)));
}

TEST_CASE("independent codes that use a unit with probability p overlap by p / (2 - p)", "[observe][sparse]") {
  constexpr std::int64_t samples = 400, units = 50;
  Random random(5);
  std::vector<double> h(samples * units);
  for (double& value : h) value = random.chance(0.3) ? random.normal() : 0;
  Labels labels;
  for (std::int64_t i = 0; i < samples; ++i) labels.push_back(static_cast<std::uint8_t>(i % 2));
  const CodeOverlap found = code_overlap(Tensor::from(h, {samples, units}), labels);
  CHECK(found.same_class == Approx(0.3 / 1.7).margin(0.01));
  CHECK(found.other_class == Approx(0.3 / 1.7).margin(0.01));
}

TEST_CASE("half of what relu gives at the start of a wide network is zero", "[observe][sparse]") {
  Random random(3);
  nn::Sequential network =
      nn::mlp({.inputs = 64, .outputs = 10, .depth = 3, .width = 200, .activation = Activation::parse("relu")}, random);
  std::vector<double> x(32 * 64);
  for (double& value : x) value = random.normal();
  LayerTrace trace;
  {
    const Listening listening(trace);
    static_cast<void>(network(Tensor::from(x, {32, 64})));
  }
  const SparseCodes codes = sparse_codes(trace, Labels(32, 0));
  REQUIRE(codes.zero_share.size() == 3);
  for (const double share : codes.zero_share) CHECK(share == Approx(0.5).margin(0.06));
}

TEST_CASE("NaN is not zero; nothing to compare is NaN; a wrong number of labels is refused", "[observe][sparse]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(code_overlap(Tensor::from({nan, nan}, {2, 1}), Labels{0, 1}).other_class == 1);
  CHECK(std::isnan(code_overlap(Tensor::zeros({2, 3}), Labels{0, 1}).same_class));
  CHECK_THROWS_AS(code_overlap(Tensor::zeros({2, 3}), Labels{0}), Error);
  CHECK_THROWS_AS(sparse_codes(LayerTrace(), Labels{}), Error);
}

}  // namespace seegrad::observe
