#include "seegrad/nn/neuron_line.hpp"

#include <fmt/format.h>

#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"

namespace seegrad::nn {
namespace {

/// x w for weights w ~ N(0, 1/inputs): [samples].
Tensor random_product(const Tensor& x, Random& random) {
  const std::int64_t inputs = x.shape()[1];
  std::vector<double> weights(static_cast<std::size_t>(inputs));
  for (double& w : weights) w = random.normal() / std::sqrt(static_cast<double>(inputs));
  return reshape(matmul(x, Tensor::from(weights, {inputs, 1}, x.options())), {x.shape()[0]});
}

/// f(z) - y: [points, samples].
Tensor errors(const Activation& f, const NeuronLine& line, const Tensor& targets) {
  if (!(targets.shape() == line.z.shape()))
    throw Error(
        fmt::format("neuron line: targets of shape {} for samples of shape {}", targets.shape().to_string(), line.z.shape().to_string()));
  return activate(f, line.path()) - targets;
}

}  // namespace

Tensor NeuronLine::path() const { return z + matmul(reshape(t, {t.count(), 1}), reshape(direction, {1, direction.count()})); }

NeuronLine random_neuron_line(const Tensor& samples, double reach, std::int64_t points, Random& random) {
  if (points < 2) throw Error(fmt::format("neuron line: {} points, 2 or more are needed", points));
  std::vector<double> t;
  for (std::int64_t i = 0; i < points; ++i) t.push_back(reach * (2.0 * static_cast<double>(i) / static_cast<double>(points - 1) - 1));
  NeuronLine line;
  line.z = random_product(samples, random);
  line.direction = random_product(samples, random);
  line.t = Tensor::from(t, {points}, samples.options());
  return line;
}

std::vector<double> squared_errors(const Activation& f, const NeuronLine& line, const Tensor& targets) {
  const Tensor error = errors(f, line, targets);
  return mean(error * error, 1).to_vector();
}

std::vector<double> matching_losses(const Activation& f, const NeuronLine& line, const Tensor& targets) {
  const std::vector<double> slopes = mean(errors(f, line, targets) * line.direction, 1).to_vector(), t = line.t.to_vector();
  std::vector<double> losses{0};
  for (std::size_t i = 1; i < slopes.size(); ++i) losses.push_back(losses.back() + (slopes[i - 1] + slopes[i]) / 2 * (t[i] - t[i - 1]));
  return losses;
}

}  // namespace seegrad::nn
