#include "seegrad/optim/newton.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/tensor/gradients.hpp"

namespace seegrad::optim {
namespace {

constexpr TensorOptions exact{.dtype = DType::float64};  // on the CPU
constexpr double negligible = 1e-12;                     // curvature, of the largest
constexpr double least_share = 1e-9;                     // of a step

Tensor variable(const std::vector<double>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())}, exact).requires_grad(true);
}

Tensor variable(const Tensor& parameters) {
  if (!parameters || parameters.shape().rank() != 1 || parameters.count() == 0)
    throw Error(fmt::format("newton: the parameters must be a vector, found {}",
                            parameters ? "shape " + parameters.shape().to_string() : "an empty tensor"));
  return variable(parameters.to_vector());
}

/// The derivatives of each element of `gradient` [n] by `of` [m], as rows: [n, m].
Tensor derivatives(const Tensor& gradient, const Tensor& of) {
  const std::int64_t n = gradient.count(), m = of.count();
  if (!gradient.requires_grad()) return Tensor::zeros({n, m}, exact);  // a constant
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < n; ++i) rows.push_back(reshape(gradients(sum(slice(gradient, 0, i, 1)), {of})[0], {1, m}));
  return concatenate(rows, 0);
}

double dot(const std::vector<double>& a, const std::vector<double>& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

double largest_of(const Eigen& axes) { return std::max(std::fabs(axes.values.front()), std::fabs(axes.values.back())); }

/// A symmetric matrix, and the rotations that have been applied to it.
struct Rotated {
  std::size_t n;
  std::vector<double> a;
  std::vector<std::vector<double>> axes;

  explicit Rotated(const Tensor& matrix) : n(static_cast<std::size_t>(matrix.shape()[0])), a(matrix.to_vector()), axes(n) {
    for (std::size_t i = 0; i < n; ++i) {
      axes[i].assign(n, 0);
      axes[i][i] = 1;
      for (std::size_t j = 0; j < i; ++j) at(i, j) = at(j, i) = (at(i, j) + at(j, i)) / 2;
    }
  }
  double& at(std::size_t i, std::size_t j) { return a[i * n + j]; }

  double beside_the_diagonal() {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < i; ++j) sum += at(i, j) * at(i, j);
    return sum;
  }

  /// Turns the axes p and q so that the element between them becomes 0.
  void turn(std::size_t p, std::size_t q) {
    if (at(p, q) == 0) return;
    const double theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
    const double t = std::copysign(1.0, theta) / (std::fabs(theta) + std::hypot(theta, 1.0)), c = 1 / std::hypot(t, 1.0), s = t * c;
    const auto mix = [&](double& x, double& y) { std::tie(x, y) = std::pair{c * x - s * y, s * x + c * y}; };
    for (std::size_t i = 0; i < n; ++i) mix(at(i, p), at(i, q));
    for (std::size_t i = 0; i < n; ++i) mix(at(p, i), at(q, i));
    for (std::size_t i = 0; i < n; ++i) mix(axes[p][i], axes[q][i]);
  }
};

/// Downhill along each axis, to where the bottom is if the loss is a parabola of this curvature, whatever its sign.
std::vector<double> guarded_step(const Eigen& axes, const std::vector<double>& gradient) {
  std::vector<double> step(gradient.size(), 0.0);
  for (std::size_t k = 0; k < axes.values.size(); ++k) {
    const double curvature = std::fabs(axes.values[k]);
    if (!(curvature > negligible * largest_of(axes))) continue;
    const double length = -dot(gradient, axes.vectors[k]) / curvature;
    for (std::size_t i = 0; i < step.size(); ++i) step[i] += length * axes.vectors[k][i];
  }
  return step;
}

/// As much of the step as does not raise the loss; no tensor when that is next to nothing.
Tensor after_step(const FunctionOfParameters& loss, double before, const Tensor& parameters, const std::vector<double>& step) {
  const NoGrad no_tape;
  if (dot(step, step) == 0) return {};
  for (double share = 1; share > least_share; share /= 2) {
    std::vector<double> moved = parameters.to_vector();
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += share * step[i];
    Tensor there = variable(moved);
    if (loss(there).item() <= before) return there;
  }
  return {};
}

}  // namespace

SecondOrder second_order(const FunctionOfParameters& loss, const Tensor& parameters) {
  const Tensor p = variable(parameters), value = loss(p);
  const Tensor gradient = gradients(value, {p}, {.differentiable = true})[0];
  return {value.item(), gradient.detach(), derivatives(gradient, p)};
}

Tensor gauss_newton(const FunctionOfParameters& errors, const Tensor& parameters) {
  const Tensor p = variable(parameters), e = errors(p);
  // J'u for any u: its derivatives by u are J', without a walk for each error.
  const Tensor u = Tensor::full(e.shape(), 1, exact).requires_grad(true);
  const Tensor jacobian = derivatives(gradients(sum(e * u), {p}, {.differentiable = true})[0], u);
  return matmul(jacobian, jacobian, {.b = true}) * (2 / static_cast<double>(e.count()));
}

double length_of(const Tensor& x) {
  const std::vector<double> values = x.to_vector();
  return std::sqrt(dot(values, values));
}

Eigen eigen_of_symmetric(const Tensor& matrix) {
  if (!matrix || matrix.shape().rank() != 2 || matrix.shape()[0] != matrix.shape()[1] || matrix.count() == 0)
    throw Error(fmt::format("eigen_of_symmetric: expected a square matrix, found {}",
                            matrix ? "shape " + matrix.shape().to_string() : "an empty tensor"));
  Rotated turned(matrix);
  const double all = dot(turned.a, turned.a);
  for (int sweep = 0; sweep < 50 && turned.beside_the_diagonal() > 1e-34 * all; ++sweep)
    for (std::size_t p = 0; p < turned.n; ++p)
      for (std::size_t q = p + 1; q < turned.n; ++q) turned.turn(p, q);
  std::vector<std::size_t> order(turned.n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (std::isfinite(all))
    std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return turned.at(i, i) < turned.at(j, j); });
  Eigen found;
  for (const std::size_t i : order) {
    found.values.push_back(turned.at(i, i));
    found.vectors.push_back(turned.axes[i]);
  }
  return found;
}

NewtonResult newton(const FunctionOfParameters& loss, const Tensor& start, const NewtonOptions& options) {
  NewtonResult found{.parameters = variable(start)};
  for (;; ++found.steps) {
    const SecondOrder here = second_order(loss, found.parameters);
    const Eigen axes = eigen_of_symmetric(here.hessian);
    if (found.steps == 0) {
      found.first = here;
      found.smallest_eigenvalue = axes.values.front();
      found.negative_curvature = axes.values.front() < -1e-9 * largest_of(axes);
    }
    const double slope = length_of(here.gradient);
    found.loss = here.loss;
    found.flat = slope == 0 && length_of(here.hessian) == 0;
    found.converged = !found.flat && slope < options.tolerance;
    if (found.flat || found.converged || !std::isfinite(here.loss) || found.steps >= options.most_steps) break;
    const Tensor next = after_step(loss, here.loss, found.parameters, guarded_step(axes, here.gradient.to_vector()));
    if (!next) break;
    found.parameters = next;
  }
  found.parameters = found.parameters.detach();
  return found;
}

}  // namespace seegrad::optim
