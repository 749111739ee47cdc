// Newton's method from many starts.
#include "seegrad/optim/newton_survey.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/shape.hpp"

using namespace seegrad;
using namespace seegrad::optim;

namespace {

std::vector<Tensor> starts_at(std::initializer_list<double> places) {
  std::vector<Tensor> starts;
  for (const double place : places) starts.push_back(Tensor::from({place}, {1}, {.dtype = DType::float64}));
  return starts;
}

}  // namespace

TEST_CASE("a grid of starts has its corners and its order", "[optim][newton]") {
  const std::vector<Tensor> starts = grid_of_starts(-3, 3, 13);
  REQUIRE(starts.size() == 169);
  CHECK(starts[0].to_vector() == std::vector<double>{-3, -3});
  CHECK(starts[1].to_vector() == std::vector<double>{-3, -2.5});
  CHECK(starts[13].to_vector() == std::vector<double>{-2.5, -3});
  CHECK(starts[168].to_vector() == std::vector<double>{3, 3});
  CHECK_THROWS_AS(grid_of_starts(0, 1, 1), Error);
}

TEST_CASE("a line is found from everywhere in one step, and nothing of its curvature comes from a bend", "[optim][newton]") {
  const Tensor inputs = Tensor::from({1, 1, 2, 1, 5, 1}, {3, 2}, {.dtype = DType::float64});
  const auto errors = [&](const Tensor& p) { return matmul(inputs, reshape(p, {2, 1})) - 4.0; };
  const NewtonSurvey found = survey_newton(errors, grid_of_starts(-2, 2, 3));
  CHECK(found.arrived == 1);
  CHECK(found.steps == 1);
  CHECK(found.from_bend < 1e-12);
  CHECK(found.flat == 0);
  CHECK(found.negative_curvature == 0);
}

TEST_CASE("of several minima the lowest counts as found, and flat places are told apart", "[optim][newton]") {
  // e = relu(p) - 1 is 0 at p = 1, and flat for p < 0.
  const auto on = [](const Tensor& p) { return activate(Activation::parse("relu"), p) - 1.0; };
  const NewtonSurvey half = survey_newton(on, starts_at({-2, -1, 0.5, 3}));
  CHECK(half.arrived == 0.5);
  CHECK(half.flat == 0.5);
  CHECK(half.searches[0].end.flat);
  CHECK_FALSE(half.searches[0].arrived);
  CHECK(half.searches[3].arrived);
  // The loss (p^4 - 2 p^2 + 0.3 p + 2)^2 has a minimum near -1, the lower, and one near 1.
  const auto two = [](const Tensor& p) { return p * p * p * p - 2.0 * (p * p) + 0.3 * p + 2.0; };
  const NewtonSurvey both = survey_newton(two, starts_at({-1.5, -0.9, 1.4}));
  CHECK(both.arrived == Approx(2.0 / 3));
  CHECK(both.searches[2].end.converged);
  CHECK_FALSE(both.searches[2].arrived);
}

TEST_CASE("the share of the curvature that comes from bends is that of a calculation by hand", "[optim][newton]") {
  // e = p^2 - 2 at p = 1: G = 2 (2p)^2 = 8, H - G = 2 e 2 = -4.
  const auto errors = [](const Tensor& p) { return p * p - 2.0; };
  const NewtonSurvey found = survey_newton(errors, starts_at({1, 0.1}));
  CHECK(found.searches[0].from_bend == Approx(4.0 / 12));
  CHECK_FALSE(found.searches[0].end.negative_curvature);
  CHECK(found.searches[1].end.negative_curvature);  // 8 * 0.01 + 4 * (0.01 - 2) < 0
  CHECK(found.negative_curvature == 0.5);
}

TEST_CASE("where no search arrives there are no medians", "[optim][newton][errors]") {
  const auto nothing = [](const Tensor& p) { return log(p); };
  const NewtonSurvey found = survey_newton(nothing, starts_at({-1}));
  CHECK(found.arrived == 0);
  CHECK(std::isnan(found.steps));
  CHECK(std::isnan(found.from_bend));
  CHECK_THROWS_WITH(survey_newton(nothing, {}), Catch::Matchers::Contains("no place"));
}
