#include "nn/orthogonal.hpp"

#include <array>
#include <cmath>
#include <vector>

namespace seegrad::nn::detail {
namespace {

using Vector = std::span<double>;

/// Eight running sums, which the compiler may keep in one register and must add in this order: fast, and equal everywhere.
double dot(Vector a, Vector b) {
  std::array<double, 8> sums{};
  std::size_t i = 0;
  for (; i + 8 <= a.size(); i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

void subtract(Vector from, double factor, Vector b) {
  for (std::size_t i = 0; i < from.size(); ++i) from[i] -= factor * b[i];
}

/// Gram and Schmidt on Gaussian rows, each row twice ("twice is enough", Giraud et al. 2005): the result is orthonormal to rounding, and,
/// because the lengths divided out are positive, uniform over all orthonormal frames (Mezzadri 2007).
void orthonormalise(std::vector<double>& rows, std::size_t count, std::size_t length) {
  const auto row = [&](std::size_t i) { return Vector(rows).subspan(i * length, length); };
  for (std::size_t i = 0; i < count; ++i) {
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t j = 0; j < i; ++j) subtract(row(i), dot(row(i), row(j)), row(j));
    }
    const double size = std::sqrt(dot(row(i), row(i)));
    for (double& x : row(i)) x /= size;
  }
}

}  // namespace

void fill_orthogonal(std::span<double> matrix, LayerSize size, double gain, Random& random) {
  const auto out = static_cast<std::size_t>(size.out), in = static_cast<std::size_t>(size.in);
  const bool wide = out <= in;
  const std::size_t count = wide ? out : in, length = wide ? in : out;
  std::vector<double> rows(matrix.size());
  for (double& x : rows) x = random.normal();
  orthonormalise(rows, count, length);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < length; ++j) matrix[wide ? i * length + j : j * count + i] = gain * rows[i * length + j];
  }
}

}  // namespace seegrad::nn::detail
