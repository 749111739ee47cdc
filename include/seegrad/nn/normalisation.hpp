// Layers that bring their input to mean 0 and variance 1, over the batch or over the features, and let training choose a gain and
// a shift. Written in ops, so they can be differentiated twice.
#pragma once
#include "seegrad/nn/module.hpp"

namespace seegrad::nn {

struct NormalisationOptions {
  double epsilon = 1e-5;  ///< added to the variance
  double momentum = 0.1;  ///< share of the newest batch in the running statistics (BatchNorm)
  TensorOptions tensor = {};
};

/// Normalises each feature over the batch: x [..., features]; all leading dimensions are rows. In training by the batch's own mean and
/// (biased) variance, while running averages of the mean and of the unbiased variance are kept; otherwise by those. As
/// torch.nn.BatchNorm1d: parameters "weight" (1) and "bias" (0), buffers "running_mean" (0) and "running_var" (1).
/// Training on fewer than two rows is an Error. Source: Ioffe and Szegedy 2015, algorithms 1 and 2.
class BatchNorm final : public Module {
 public:
  /// Throws UsageError unless features and epsilon are positive and 0 <= momentum <= 1.
  explicit BatchNorm(std::int64_t features, NormalisationOptions options = {});

  double epsilon() const { return options_.epsilon; }
  std::string_view kind() const override { return "batch_norm"; }
  std::string describe() const override;

 protected:
  Tensor forward(const Tensor& x) override;
  void collect_parameters(std::vector<Parameter>& into) const override;
  void collect_buffers(std::vector<NamedTensor>& into) const override;

 private:
  void remember(const Tensor& batch_mean, const Tensor& batch_variance, std::int64_t rows);

  NormalisationOptions options_;
  Tensor gain_, shift_, running_mean_, running_variance_;
};

/// Normalises each row over its last dimension, by its own mean and (biased) variance: x [..., features]. As torch.nn.LayerNorm:
/// parameters "weight" (1) and "bias" (0). Source: Ba, Kiros and Hinton 2016.
class LayerNorm final : public Module {
 public:
  /// Throws UsageError unless features and epsilon are positive.
  explicit LayerNorm(std::int64_t features, NormalisationOptions options = {});

  double epsilon() const { return options_.epsilon; }
  std::string_view kind() const override { return "layer_norm"; }
  std::string describe() const override;

 protected:
  Tensor forward(const Tensor& x) override;
  void collect_parameters(std::vector<Parameter>& into) const override;

 private:
  NormalisationOptions options_;
  Tensor gain_, shift_;
};

}  // namespace seegrad::nn
