#include "seegrad/nn/affine_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "seegrad/math/error.hpp"
#include "seegrad/math/quadrature.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"

namespace seegrad::nn {
namespace {

constexpr TensorOptions exact{.dtype = DType::float64};  // on the CPU
constexpr double ridge = 1e-7;

Tensor exactly(const Tensor& x) { return x.to(Device{}).to(DType::float64); }

/// W (map) + b
AffineMap after(const AffineMap& map, const Linear& layer) {
  const Tensor weight = exactly(layer.weight()), bias = layer.bias() ? exactly(layer.bias()) : Tensor::zeros({layer.out()}, exact);
  return map.matrix ? AffineMap{matmul(weight, map.matrix), linear(map.shift, weight, bias)} : AffineMap{weight, bias};
}

AffineMap folded_onto(AffineMap map, const Sequential& network, const Line& between) {
  for (std::size_t i = 0; i < network.size(); ++i) {
    const Module& layer = network[i];
    if (const auto* part = dynamic_cast<const Sequential*>(&layer)) {
      map = folded_onto(std::move(map), *part, between);
    } else if (const auto* step = dynamic_cast<const Linear*>(&layer)) {
      map = after(map, *step);
    } else if (layer.kind() == "activation") {
      if (!map.matrix) throw Error(fmt::format("affine map: {} has no linear layer before it", layer.describe()));
      map = {map.matrix * between.slope, map.shift * between.slope + between.height};
    } else if (layer.kind() != "dropout") {
      throw Error(fmt::format("affine map: {} cannot be folded into one; expected linear layers and activations", layer.describe()));
    }
  }
  return map;
}

/// A matrix in memory of its own, row by row.
struct Matrix {
  std::int64_t columns;
  std::vector<double> values;
  explicit Matrix(const Tensor& x) : columns(x.shape()[1]), values(x.to_vector()) {}
  double& at(std::int64_t i, std::int64_t j) { return values[static_cast<std::size_t>(i * columns + j)]; }
};

/// The B with A B = R, in place of R, by Gauss's elimination; A is symmetric and positive definite, so no pivoting is needed.
void solve(Matrix& a, Matrix& r) {
  const std::int64_t n = a.columns;
  for (std::int64_t k = 0; k < n; ++k) {
    for (std::int64_t i = k + 1; i < n; ++i) {
      const double factor = a.at(k, i) / a.at(k, k);
      for (std::int64_t j = i; j < n; ++j) a.at(i, j) -= factor * a.at(k, j);
      for (std::int64_t j = 0; j < r.columns; ++j) r.at(i, j) -= factor * r.at(k, j);
    }
  }
  for (std::int64_t k = n - 1; k >= 0; --k) {
    for (std::int64_t j = 0; j < r.columns; ++j) {
      for (std::int64_t i = k + 1; i < n; ++i) r.at(k, j) -= a.at(k, i) * r.at(i, j);
      r.at(k, j) /= a.at(k, k);
    }
  }
}

double dot(const std::vector<double>& a, const std::vector<double>& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

}  // namespace

Tensor AffineMap::operator()(const Tensor& x) const { return linear(exactly(x), matrix, shift); }

Line best_line(const Activation& f) {
  return {gaussian_expectation([&](double z) { return z * f.at(z); }), gaussian_expectation([&](double z) { return f.at(z); })};
}

AffineMap folded(const Sequential& network, const Line& between) {
  const NoGrad no_tape;
  AffineMap map = folded_onto({}, network, between);
  if (!map.matrix) throw Error("affine map: the network has no linear layer");
  return map;
}

AffineMap best_affine_map(const Tensor& x, const Tensor& y) {
  const NoGrad no_tape;
  if (x.shape().rank() != 2 || y.shape().rank() != 2 || x.shape()[0] != y.shape()[0] || x.shape()[0] == 0)
    throw Error(fmt::format("best affine map: expected x [samples, in] and y [samples, out], found {} and {}", x.shape().to_string(),
                            y.shape().to_string()));
  const std::int64_t samples = x.shape()[0], in = x.shape()[1], out = y.shape()[1];
  const Tensor extended = concatenate({exactly(x), Tensor::full({samples, 1}, 1, exact)}, 1);
  Matrix a(matmul(extended, extended, {.a = true})), r(matmul(extended, exactly(y), {.a = true}));
  for (std::int64_t i = 0; i <= in; ++i) a.at(i, i) += ridge * static_cast<double>(samples);
  solve(a, r);
  const Tensor both = Tensor::from(r.values, {in + 1, out}, exact);
  return {transpose(slice(both, 0, 0, in)), reshape(slice(both, 0, in, 1), {out})};
}

double missed_variance(const AffineMap& map, const Tensor& x, const Tensor& y) {
  const NoGrad no_tape;
  const Tensor truth = exactly(y), error = map(x) - truth, spread = truth - mean(truth, 0);
  return sum(error * error).item() / sum(spread * spread).item();
}

Collapse collapse_of(Sequential& network, const Nonlinearity& between, const Tensor& known, const Tensor& fresh) {
  const NoGrad no_tape;
  const AffineMap best = best_affine_map(known, network(known));
  Collapse found;
  found.product = between.elementwise() ? folded(network, best_line(*between.elementwise())) : best;
  found.outputs = exactly(network(fresh));
  found.folded = found.product(fresh);
  found.difference = max(abs(found.folded - found.outputs)).item() / max(abs(found.outputs)).item();
  found.missed = missed_variance(best, fresh, found.outputs);
  return found;
}

int rank_of(const Tensor& matrix, double tolerance) {
  if (matrix.shape().rank() != 2) throw Error(fmt::format("rank: expected a matrix, found shape {}", matrix.shape().to_string()));
  const auto columns = static_cast<std::ptrdiff_t>(matrix.shape()[1]);
  const std::vector<double> values = matrix.to_vector();
  std::vector<std::vector<double>> left;
  for (auto row = values.begin(); row != values.end(); row += columns) left.emplace_back(row, row + columns);
  double longest = 0;
  for (int rank = 0;; ++rank) {
    const auto pivot = std::max_element(left.begin(), left.end(), [](const auto& a, const auto& b) { return dot(a, a) < dot(b, b); });
    if (pivot == left.end()) return rank;
    const std::vector<double> taken = *pivot;
    const double square = dot(taken, taken);
    longest = std::max(longest, square);
    if (!(square > tolerance * tolerance * longest)) return rank;
    left.erase(pivot);
    for (auto& row : left) {
      const double share = dot(row, taken) / square;
      for (std::size_t i = 0; i < row.size(); ++i) row[i] -= share * taken[i];
    }
  }
}

}  // namespace seegrad::nn
