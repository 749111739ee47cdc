// Gradient clipping, above all of gradients that are not finite.
#include "seegrad/optim/clip.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/optim/optimizer.hpp"

using namespace seegrad;
using namespace seegrad::optim;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

std::vector<Tensor> gradients_of(TensorOptions options = {}) {
  return {Tensor::from({3, 0, 0}, {3}, options), Tensor::from({0, -4}, {2, 1}, options)};
}

}  // namespace

TEMPLATE_TEST_CASE("clipping by norm scales the whole gradient in the optimiser's step", "[optim][clip]", float, double) {
  const TensorOptions options{dtype_of<TestType>(), {}};
  const auto slopes = gradients_of(options);
  CHECK(gradient_norm(slopes) == Approx(5).epsilon(1e-7));
  const NormClip clip = clip_by_norm(slopes, 1);
  CHECK(clip.norm == Approx(5).epsilon(1e-7));
  CHECK(clip.scale == Approx(0.2).epsilon(1e-7));
  CHECK(clip_by_norm(slopes, 6).scale == 1);
  CHECK(gradient_norm({}) == 0);

  Tensor a = Tensor::zeros({3}, options), b = Tensor::zeros({2, 1}, options);
  Optimizer optimizer(OptimizerOptions::parse("sgd(lr=1)"), {{"a", a}, {"b", b}});
  optimizer.step(slopes, clip.scale);
  CHECK(a.to_vector()[0] == Approx(-0.6).epsilon(1e-6));
  CHECK(b.to_vector()[1] == Approx(0.8).epsilon(1e-6));
}

TEST_CASE("a norm that is not finite is reported and not papered over", "[optim][clip]") {
  auto slopes = gradients_of();
  slopes.push_back(Tensor::from({1, infinity}, {2}));
  NormClip clip = clip_by_norm(slopes, 1);
  CHECK(clip.norm == infinity);
  CHECK(clip.scale == 1);
  slopes.push_back(Tensor::from({not_a_number}, {1}));
  clip = clip_by_norm(slopes, 1);
  CHECK(std::isnan(clip.norm));
  CHECK(clip.scale == 1);
}

TEMPLATE_TEST_CASE("clipping by value bounds each element and keeps NaN", "[optim][clip]", float, double) {
  const TensorOptions options{dtype_of<TestType>(), {}};
  std::vector<Tensor> slopes{Tensor::from({-7, -0.5, 0, 0.25, 0.5, 3, infinity, -infinity, not_a_number}, {9}, options)};
  clip_by_value(slopes, 0.5);
  const auto values = slopes[0].to_vector();
  CHECK(std::vector<double>(values.begin(), values.end() - 1) == std::vector<double>{-0.5, -0.5, 0, 0.25, 0.5, 0.5, 0.5, -0.5});
  CHECK(std::isnan(values.back()));
}

TEST_CASE("limits must be positive", "[optim][clip][errors]") {
  auto slopes = gradients_of();
  for (const double limit : {0.0, -1.0, not_a_number, infinity}) {
    CHECK_THROWS_AS(clip_by_norm(slopes, limit), UsageError);
    CHECK_THROWS_AS(clip_by_value(slopes, limit), UsageError);
  }
}
