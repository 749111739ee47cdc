// Newton's method and the second derivatives that it reads off the tape.
#include "seegrad/optim/newton.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"

using namespace seegrad;
using namespace seegrad::optim;

namespace {

const TensorOptions float64{DType::float64, {}};

Tensor vector_of(std::initializer_list<double> values) { return Tensor::from(values, {static_cast<std::int64_t>(values.size())}, float64); }
Tensor element(const Tensor& p, std::int64_t i) { return sum(slice(p, 0, i, 1)); }

/// (1 - x)^2 + 100 (y - x^2)^2, the curved valley of Rosenbrock (1960); its bottom is at (1, 1).
Tensor rosenbrock(const Tensor& p) {
  const Tensor x = element(p, 0), y = element(p, 1), a = 1.0 - x, b = y - x * x;
  return a * a + 100.0 * (b * b);
}

/// x^2 - y^2 + y^4 / 2: a saddle at 0 and minima of -1/2 at (0, +-1).
Tensor saddle(const Tensor& p) {
  const Tensor x = element(p, 0), y = element(p, 1), square = y * y;
  return x * x - square + square * square * 0.5;
}

void check_near(const Tensor& found, const std::vector<double>& expected, double margin) {
  const std::vector<double> values = found.to_vector();
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == Approx(expected[i]).margin(margin));
}

}  // namespace

TEST_CASE("two walks along the tape give the gradient and the Hessian", "[optim][newton]") {
  const SecondOrder found = second_order(rosenbrock, vector_of({-1.2, 1}));
  CHECK(found.loss == Approx(24.2));
  check_near(found.gradient, {-215.6, -88}, 1e-9);
  check_near(found.hessian, {1330, 480, 480, 200}, 1e-9);
  CHECK_FALSE(found.gradient.requires_grad());
}

TEST_CASE("a linear loss has a gradient and no curvature", "[optim][newton]") {
  const SecondOrder found = second_order([](const Tensor& p) { return sum(p * 3.0); }, vector_of({1, 2, 3}));
  check_near(found.gradient, {3, 3, 3}, 0);
  CHECK(length_of(found.hessian) == 0);
  CHECK(found.hessian.shape() == Shape({3, 3}));
}

TEST_CASE("the Hessian of a network's loss agrees with differences of its gradient", "[optim][newton]") {
  const Tensor inputs = Tensor::from({0.3, 1, -0.7, 1, 1.4, 1}, {3, 2}, float64), targets = Tensor::from({0.2, -0.4, 0.9}, {3, 1}, float64);
  const auto loss = [&](const Tensor& p) {
    const Tensor hidden = activate(Activation::parse("tanh"), matmul(inputs, reshape(slice(p, 0, 0, 4), {2, 2})));
    const Tensor error = matmul(hidden, reshape(slice(p, 0, 4, 2), {2, 1})) - targets;
    return mean(error * error);
  };
  const std::vector<double> at{0.5, -0.3, 0.8, 0.1, -0.6, 0.9};
  const std::vector<double> hessian = second_order(loss, Tensor::from(at, {6}, float64)).hessian.to_vector();
  for (std::size_t i = 0; i < 6; ++i) {
    std::vector<double> up = at, down = at;
    up[i] += 1e-5, down[i] -= 1e-5;
    const std::vector<double> high = second_order(loss, Tensor::from(up, {6}, float64)).gradient.to_vector(),
                              low = second_order(loss, Tensor::from(down, {6}, float64)).gradient.to_vector();
    for (std::size_t j = 0; j < 6; ++j) CHECK(hessian[6 * i + j] == Approx((high[j] - low[j]) / 2e-5).margin(1e-8));
  }
}

TEST_CASE("Gauss and Newton's matrix is the whole Hessian where nothing bends, and lacks the bend elsewhere", "[optim][newton]") {
  const Tensor inputs = Tensor::from({1, 2, 3, 4, 5, 7}, {3, 2}, float64);
  const auto line = [&](const Tensor& p) { return matmul(inputs, reshape(p, {2, 1})) - 1.0; };
  const auto bent = [](const Tensor& p) { return p * p - 2.0; };
  const auto loss_of = [](const FunctionOfParameters& errors) { return [errors](const Tensor& p) { return mean(errors(p) * errors(p)); }; };
  const Tensor at = vector_of({0.5, -1}), without_bend = gauss_newton(line, at);
  check_near(without_bend, second_order(loss_of(line), at).hessian.to_vector(), 1e-12);
  // e = p^2 - 2, so J = diag(2 p) and (2/2) J'J = diag(4 p^2); the Hessian of the loss is that + diag(2 e).
  check_near(gauss_newton(bent, at), {1, 0, 0, 4}, 1e-12);
  check_near(second_order(loss_of(bent), at).hessian, {1 - 3.5, 0, 0, 4 - 2}, 1e-12);
  // Errors that do not depend on the parameters at all.
  CHECK(length_of(gauss_newton([](const Tensor&) { return vector_of({1, 2}); }, at)) == 0);
}

TEST_CASE("the axes of a symmetric matrix are found", "[optim][newton]") {
  const Eigen small = eigen_of_symmetric(Tensor::from({2, 1, 1, 2}, {2, 2}, float64));
  CHECK(small.values[0] == Approx(1));
  CHECK(small.values[1] == Approx(3));
  CHECK(std::fabs(small.vectors[0][0] + small.vectors[0][1]) < 1e-14);

  constexpr std::size_t n = 7;
  Random random(4);
  std::vector<double> a(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) a[i * n + j] = a[j * n + i] = random.normal();
  const Eigen found = eigen_of_symmetric(Tensor::from(a, {n, n}, float64));
  for (std::size_t k = 0; k < n; ++k) {
    if (k > 0) CHECK(found.values[k - 1] <= found.values[k]);
    for (std::size_t i = 0; i < n; ++i) {
      double product = 0, angle = 0;
      for (std::size_t j = 0; j < n; ++j) product += a[i * n + j] * found.vectors[k][j], angle += found.vectors[k][j] * found.vectors[i][j];
      CHECK(product == Approx(found.values[k] * found.vectors[k][i]).margin(1e-12));
      CHECK(angle == Approx(i == k ? 1 : 0).margin(1e-12));
    }
  }
}

TEST_CASE("matrices that are diagonal, zero, badly scaled or not numbers have their axes too", "[optim][newton]") {
  CHECK(eigen_of_symmetric(Tensor::from({5, 0, 0, -2}, {2, 2}, float64)).values == std::vector<double>{-2, 5});
  CHECK(eigen_of_symmetric(Tensor::zeros({3, 3}, float64)).values == std::vector<double>{0, 0, 0});
  const Eigen scaled = eigen_of_symmetric(Tensor::from({1e12, 1, 1, 1e-6}, {2, 2}, float64));
  CHECK(scaled.values[1] == Approx(1e12));
  CHECK(scaled.values[0] == Approx(1e-6).epsilon(1e-3));
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(eigen_of_symmetric(Tensor::from({nan, 1, 1, 2}, {2, 2}, float64)).values[0]));
  CHECK_THROWS_WITH(eigen_of_symmetric(Tensor::zeros({2, 3}, float64)), Catch::Matchers::Contains("square"));
}

TEST_CASE("a quadratic loss takes Newton's method one step", "[optim][newton]") {
  const Tensor matrix = Tensor::from({4, 1, 1, 3}, {2, 2}, float64), goal = vector_of({2, -5});
  const auto bowl = [&](const Tensor& p) {
    const Tensor away = reshape(p - goal, {2, 1});
    return sum(away * matmul(matrix, away)) + 7.0;
  };
  const NewtonResult found = newton(bowl, Tensor::from({100, 30}, {2}));  // float32: any type will do
  CHECK(found.converged);
  CHECK(found.steps == 1);
  CHECK(found.loss == Approx(7));
  CHECK_FALSE(found.negative_curvature);
  CHECK(found.smallest_eigenvalue == Approx(7 - std::sqrt(5.0)));  // of twice the matrix
  CHECK(found.first.loss > found.loss);
  check_near(found.parameters, {2, -5}, 1e-9);
}

TEST_CASE("Newton's method follows a curved valley to its bottom", "[optim][newton]") {
  const NewtonResult found = newton(rosenbrock, vector_of({-1.2, 1}));
  CHECK(found.converged);
  CHECK(found.steps < 40);
  check_near(found.parameters, {1, 1}, 1e-9);
  const NewtonResult broken_off = newton(rosenbrock, vector_of({-1.2, 1}), {.most_steps = 2});
  CHECK_FALSE(broken_off.converged);
  CHECK(broken_off.steps == 2);
  CHECK(broken_off.loss < 24.2);
}

TEST_CASE("the guarded step leaves a saddle that draws the plain one in", "[optim][newton]") {
  const NewtonResult found = newton(saddle, vector_of({0.5, 0.01}));
  CHECK(found.negative_curvature);
  CHECK(found.smallest_eigenvalue == Approx(-2 + 6 * 1e-4));
  CHECK(found.converged);
  CHECK(found.loss == Approx(-0.5));
  check_near(found.parameters, {0, 1}, 1e-9);
}

TEST_CASE("where gradient and curvature are zero Newton's method says so and stays", "[optim][newton]") {
  const auto off = [](const Tensor& p) { return sum(activate(Activation::parse("relu"), p)) + 2.0; };
  const NewtonResult found = newton(off, vector_of({-1, -2}));
  CHECK(found.flat);
  CHECK_FALSE(found.converged);
  CHECK(found.steps == 0);
  CHECK(found.loss == 2);
  check_near(found.parameters, {-1, -2}, 0);
}

TEST_CASE("a loss that is no number ends the search where it became one", "[optim][newton]") {
  const auto root = [](const Tensor& p) { return sum(sqrt(p)); };  // NaN below 0
  const NewtonResult nan = newton(root, vector_of({-1}));
  CHECK(std::isnan(nan.loss));
  CHECK_FALSE(nan.converged);
  CHECK(nan.steps == 0);
  // x - log x: the full step from 3 leads to -3, where the loss is NaN; a part of it is taken, and the minimum at 1 found.
  const auto barrier = [](const Tensor& p) { return sum(p - log(p)); };
  const NewtonResult found = newton(barrier, vector_of({3}));
  CHECK(found.converged);
  check_near(found.parameters, {1}, 1e-8);
}

TEST_CASE("a slope without curvature gives no step to take", "[optim][newton]") {
  const NewtonResult found = newton([](const Tensor& p) { return sum(p); }, vector_of({4, 4}));
  CHECK(found.steps == 0);
  CHECK_FALSE(found.converged);
  CHECK_FALSE(found.flat);
  check_near(found.parameters, {4, 4}, 0);
}

TEST_CASE("what is no vector, and what is no loss, is refused", "[optim][newton][errors]") {
  CHECK_THROWS_WITH(newton(rosenbrock, Tensor::zeros({2, 2}, float64)), Catch::Matchers::Contains("must be a vector"));
  CHECK_THROWS_WITH(newton(rosenbrock, Tensor{}), Catch::Matchers::Contains("empty"));
  CHECK_THROWS_AS(newton([](const Tensor& p) { return p; }, vector_of({1, 2})), Error);
  CHECK_THROWS_AS(newton([](const Tensor&) { return Tensor::scalar(1, float64); }, vector_of({1, 2})), Error);
}
