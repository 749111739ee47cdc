#include "seegrad/nn/normalisation.hpp"

#include <fmt/format.h>

#include "math/call_text.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"

namespace seegrad::nn {
namespace {

std::int64_t checked(std::string_view layer, std::int64_t features, const NormalisationOptions& options) {
  call_text::check(fmt::format("{}, features", layer), static_cast<double>(features), {.lower = 1});
  call_text::check(fmt::format("{}, epsilon", layer), options.epsilon, call_text::positive);
  call_text::check(fmt::format("{}, momentum", layer), options.momentum, {.lower = 0, .upper = 1});
  return features;
}

/// `average` moves towards `newest` by the given share. This is a step of gradient descent on (average - newest)^2 / 2, which the
/// backends do in place.
void move_towards(Tensor& average, const Tensor& newest, double share) {
  const Tensor difference = average - newest;
  Update call;
  call.rule = Update::Rule::sgd;
  call.gradient = difference.array();
  call.parameter = average.array_for_update();
  average.backend().update({.updates = std::span(&call, 1), .numbers = {.learning_rate = share}});
}

void check_input(const Module& layer, const Tensor& x, const Tensor& gain) {
  if (x && x.shape().rank() > 0 && x.shape()[-1] == gain.count()) return;
  const std::string shape = x ? x.shape().to_string() : "an empty tensor";
  throw Error(fmt::format("{} {}: needs {} features in the last dimension, got {}", layer.kind(), layer.path(), gain.count(), shape));
}

}  // namespace

BatchNorm::BatchNorm(std::int64_t features, NormalisationOptions options)
    : options_(options),
      gain_(Tensor::full({checked("batch_norm", features, options)}, 1, options.tensor).requires_grad(true)),
      shift_(Tensor::zeros({features}, options.tensor).requires_grad(true)),
      running_mean_(Tensor::zeros({features}, options.tensor)),
      running_variance_(Tensor::full({features}, 1, options.tensor)) {}

std::string BatchNorm::describe() const { return fmt::format("batch_norm {}", gain_.count()); }

Tensor BatchNorm::forward(const Tensor& x) {
  check_input(*this, x, gain_);
  const std::int64_t features = gain_.count(), rows = x.count() / features;
  const Tensor flat = reshape(x, {rows, features});
  const auto normalised = [&](const Tensor& centred, const Tensor& variance) {
    return reshape(centred * (gain_ / sqrt(variance + options_.epsilon)) + shift_, x.shape());
  };
  if (!training()) return normalised(flat - running_mean_, running_variance_);
  if (rows < 2) throw Error(fmt::format("batch_norm {}: training needs at least 2 rows, got {}", path(), rows));
  const Tensor batch_mean = mean(flat, 0);
  const Tensor centred = flat - batch_mean;
  const Tensor variance = mean(centred * centred, 0);
  remember(batch_mean, variance, rows);
  return normalised(centred, variance);
}

void BatchNorm::remember(const Tensor& batch_mean, const Tensor& batch_variance, std::int64_t rows) {
  const NoGrad no_grad;
  const auto n = static_cast<double>(rows);
  move_towards(running_mean_, batch_mean, options_.momentum);
  move_towards(running_variance_, batch_variance * (n / (n - 1)), options_.momentum);
}

void BatchNorm::collect_parameters(std::vector<Parameter>& into) const {
  into.push_back({full_name("weight"), gain_, false});
  into.push_back({full_name("bias"), shift_, false});
}

void BatchNorm::collect_buffers(std::vector<NamedTensor>& into) const {
  into.push_back({full_name("running_mean"), running_mean_});
  into.push_back({full_name("running_var"), running_variance_});
}

LayerNorm::LayerNorm(std::int64_t features, NormalisationOptions options)
    : options_(options),
      gain_(Tensor::full({checked("layer_norm", features, options)}, 1, options.tensor).requires_grad(true)),
      shift_(Tensor::zeros({features}, options.tensor).requires_grad(true)) {}

std::string LayerNorm::describe() const { return fmt::format("layer_norm {}", gain_.count()); }

Tensor LayerNorm::forward(const Tensor& x) {
  check_input(*this, x, gain_);
  const int last = x.shape().rank() - 1;
  const auto along_rows = [&](const Tensor& t) { return expand(t, last, gain_.count()); };
  const Tensor centred = x - along_rows(mean(x, last));
  const Tensor variance = mean(centred * centred, last);
  return centred * along_rows(1.0 / sqrt(variance + options_.epsilon)) * gain_ + shift_;
}

void LayerNorm::collect_parameters(std::vector<Parameter>& into) const {
  into.push_back({full_name("weight"), gain_, false});
  into.push_back({full_name("bias"), shift_, false});
}

}  // namespace seegrad::nn
