// The affine map of a layer: x W^T + b.
#pragma once
#include <optional>

#include "seegrad/math/random.hpp"
#include "seegrad/nn/init.hpp"
#include "seegrad/nn/module.hpp"

namespace seegrad::nn {

struct LinearOptions {
  bool bias = true;
  /// What will be applied to the result: decides the gain of `auto`. None is the identity.
  std::optional<Nonlinearity> following = {};
  TensorOptions tensor = {};
};

/// x [..., in] -> [..., out]. Parameters "weight" [out, in], as PyTorch keeps it, and "bias" [out].
class Linear final : public Module {
 public:
  /// Draws the weights from `random`. Two layers built as arguments of one call would draw in an order that the compiler chooses:
  /// build them one after the other (Sequential::add). Throws UsageError unless both sizes are positive.
  Linear(std::int64_t in, std::int64_t out, const Initializer& init, Random& random, const LinearOptions& options = {});

  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }  ///< empty when there is none
  std::int64_t in() const { return weight_.shape()[1]; }
  std::int64_t out() const { return weight_.shape()[0]; }

  std::string_view kind() const override { return "linear"; }
  std::string describe() const override;

 protected:
  Tensor forward(const Tensor& x) override;
  void annotate(ForwardEvent& event) const override;
  void collect_parameters(std::vector<Parameter>& into) const override;

 private:
  Tensor weight_, bias_;
};

}  // namespace seegrad::nn
