// Dropout as a layer.
#pragma once
#include "seegrad/math/random.hpp"
#include "seegrad/nn/module.hpp"

namespace seegrad::nn {

/// In training, sets elements to 0 with probability p and divides the others by 1 - p (Srivastava et al. 2014, inverted); otherwise
/// the identity. The layer takes its seed from `random` once and counts its calls, so a run repeats exactly, also from a checkpoint:
/// the count is the buffer "draws" (float64, on the CPU).
class Dropout final : public Module {
 public:
  /// Throws UsageError unless 0 <= p < 1.
  Dropout(double p, Random& random);

  double probability() const { return p_; }
  std::string_view kind() const override { return "dropout"; }
  std::string describe() const override;

 protected:
  Tensor forward(const Tensor& x) override;
  void collect_buffers(std::vector<NamedTensor>& into) const override;

 private:
  double p_;
  std::uint64_t seed_;
  Tensor draws_;
};

}  // namespace seegrad::nn
