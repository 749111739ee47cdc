#include <fmt/format.h>

#include <cmath>

#include "math/call_text.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/sequential.hpp"
#include "seegrad/ops/matmul.hpp"

namespace seegrad::nn {
namespace {

constexpr int most_rounds = 10;  // the paper's T_max; without biases one round is enough

void divide(Tensor weight, double divisor) {
  std::vector<double> values = weight.to_vector();
  for (double& value : values) value /= divisor;
  weight.assign(values);
}

void scale(const Linear& layer, const Tensor& x, double tolerance) {
  for (int round = 0; round < most_rounds; ++round) {
    const Tensor y = linear(x, layer.weight(), layer.bias());
    const Statistics found = y.backend().measure(y.array());
    if (found.nans + found.infinities > 0 || !(found.std > 0) || !std::isfinite(found.std)) {
      throw Error(
          fmt::format("lsuv: the output of layer {} is constant or not finite on this batch, so it cannot be scaled to variance 1; "
                      "use another init or activation",
                      layer.path()));
    }
    if (std::abs(found.std * found.std - 1) <= tolerance) return;
    divide(layer.weight(), found.std);
  }
}

/// Scales the linear layers inside, in order, and gives the module's output after that.
Tensor scale_inside(Module& module, const Tensor& x, double tolerance) {
  if (const auto* sequential = dynamic_cast<Sequential*>(&module)) {
    Tensor y = x;
    for (std::size_t i = 0; i < sequential->size(); ++i) y = scale_inside((*sequential)[i], y, tolerance);
    return y;
  }
  if (const auto* layer = dynamic_cast<Linear*>(&module)) scale(*layer, x, tolerance);
  return module(x);
}

}  // namespace

void scale_to_unit_variance(Module& network, const Tensor& batch, double tolerance) {
  call_text::check("lsuv, tolerance", tolerance, call_text::positive);
  const NoGrad no_grad;
  scale_inside(network, batch, tolerance);
}

}  // namespace seegrad::nn
