#include "seegrad/nn/born_dead.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "seegrad/math/error.hpp"

namespace seegrad::nn {
namespace {

constexpr std::array inputs{-2.0, -1.0, -0.5, 0.5, 1.0, 2.0};
/// What a unit gives for each of the inputs.
using Outputs = std::array<double, inputs.size()>;

std::vector<Outputs> next_layer(const Activation& f, const std::vector<Outputs>& h, const std::vector<double>& weights) {
  std::vector<Outputs> next(weights.size() / h.size());
  for (std::size_t u = 0; u < next.size(); ++u) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      double z = 0;
      for (std::size_t k = 0; k < h.size(); ++k) z += weights[u * h.size() + k] * h[k][i];
      next[u][i] = f.at(z);
    }
  }
  return next;
}

bool tells_nothing(const Outputs& unit) {
  return std::all_of(unit.begin(), unit.end(), [&](double h) { return h == unit[0]; });
}

/// The first layer, counted from 0, that gives the same for every input; `depth` when there is none.
std::int64_t silent_layer(const Activation& f, const Initializer& init, std::int64_t width, std::int64_t depth, Random& random) {
  std::vector<Outputs> h{inputs};
  for (std::int64_t layer = 0; layer < depth; ++layer) {
    h = next_layer(f, h, init.weights({static_cast<std::int64_t>(h.size()), width}, Nonlinearity(f), random));
    if (std::all_of(h.begin(), h.end(), tells_nothing)) return layer;
  }
  return depth;
}

}  // namespace

std::vector<double> born_dead(const Activation& f, const Initializer& init, std::int64_t width, std::int64_t depth, std::int64_t networks,
                              Random& random) {
  if (width < 1 || depth < 1 || networks < 1)
    throw Error(fmt::format("born_dead: width {}, depth {}, networks {}: all must be positive", width, depth, networks));
  std::vector<double> dead(static_cast<std::size_t>(depth));
  for (std::int64_t n = 0; n < networks; ++n)
    for (std::int64_t layer = silent_layer(f, init, width, depth, random); layer < depth; ++layer) ++dead[static_cast<std::size_t>(layer)];
  for (double& share : dead) share /= static_cast<double>(networks);
  return dead;
}

}  // namespace seegrad::nn
