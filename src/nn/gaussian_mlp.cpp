#include "seegrad/nn/gaussian_mlp.hpp"

#include <fmt/format.h>

#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/linear.hpp"

namespace seegrad::nn {

Sequential gaussian_mlp(MlpOptions options, double sigma_w2, double sigma_b2, Random& random) {
  for (const double variance : {sigma_w2, sigma_b2})
    if (!(variance >= 0) || !std::isfinite(variance))
      throw Error(fmt::format("gaussian_mlp: a variance is {}, must be finite and not negative", variance));
  options.init = Initializer::parse("lecun");  // N(0, 1/fan_in)
  Sequential network = mlp(options, random);
  for (std::size_t i = 0; i < network.size(); ++i) {
    const auto* linear = dynamic_cast<const Linear*>(&network[i]);
    if (!linear) continue;
    Tensor weight = linear->weight(), bias = linear->bias();
    std::vector<double> weights = weight.to_vector(), biases(static_cast<std::size_t>(bias.count()));
    for (double& w : weights) w *= std::sqrt(sigma_w2);
    for (double& b : biases) b = std::sqrt(sigma_b2) * random.normal();
    weight.assign(weights);
    bias.assign(biases);
  }
  return network;
}

}  // namespace seegrad::nn
