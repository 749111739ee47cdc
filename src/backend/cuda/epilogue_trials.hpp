// Whether the library's activations are ours. cuBLASLt can apply ReLU and GELU to a product while it is still in registers, but its
// documentation does not say which GELU that is, what becomes of NaN, or where its derivative overflows; a formula of this house says
// all of it. So before the first such product, small ones with telling arguments are computed on the device that will do the work
// and compared with the formula. What is not the same function is not used: the product then ends with its bias, and a kernel made
// from the formula does the rest.
#pragma once
#include <functional>
#include <string>

#include "product_runner.hpp"

namespace seegrad::cuda {

/// Memory of the device, aligned to 256 bytes, that is given back with its last owner.
using AllocateShared = std::function<std::shared_ptr<void>(std::size_t bytes)>;

/// What the trials of one precision found. "Offered": the library has an algorithm for it.
struct EpilogueTrials {
  bool relu_offered = false;
  bool relu_values = false;     ///< max(0, z) wherever z is a number
  bool relu_keeps_nan = false;  ///< NaN in, NaN out: a network that broke must be seen to be broken
  bool mask_offered = false;    ///< ReLU that leaves a mask, and the way back through the mask
  bool mask_values = false;     ///< the same values, NaN included, when a mask is written
  bool mask_slope = false;      ///< through the mask: exactly the gradient where z > 0, exactly zero where z <= 0
  bool gelu_offered = false;
  bool gelu_argument = false;  ///< z itself is written beside gelu(z)
  bool gelu_keeps_nan = false;
  bool gelu_slope_offered = false;
  double gelu_error = 0, gelu_slope_error = 0;  ///< the largest, over finite z, in units of max(1, |z|); of max(1, |gradient|)
  double gelu_tolerance = 0;

  /// Whether products may end with the library's own function.
  bool relu() const { return relu_offered && relu_values && relu_keeps_nan; }
  bool relu_with_mask() const { return mask_offered && mask_values && mask_slope; }
  bool gelu() const { return gelu_offered && gelu_argument && gelu_keeps_nan && gelu_error <= gelu_tolerance; }
  bool gelu_slope() const { return gelu_slope_offered && gelu_slope_error <= gelu_tolerance; }
};

/// What is used and why not what is not, in one line for people.
std::string to_string(const EpilogueTrials& trials);

/// Runs the trials, waiting for each: not while work is being recorded.
EpilogueTrials try_epilogues(ProductRunner& runner, const Launch& launch, const AllocateShared& allocate, DType dtype,
                             ProductPrecision precision);

}  // namespace seegrad::cuda
