// The text of kernels that are made for one formula: a few lines that name the template (src/kernels/formula_kernels.hpp,
// statistics.hpp) and its arguments. Needs no CUDA header.
#pragma once
#include <span>
#include <string>

#include "seegrad/activation/formula.hpp"
#include "seegrad/tensor/dtype.hpp"

namespace seegrad::cuda {

enum class KernelKind { elementwise, bias_activation, statistics, totals };

/// Which kernel of a formula.
struct KernelVariant {
  KernelKind kind = KernelKind::elementwise;
  DType type = DType::float32;
  Derivative derivative = {};  ///< of elementwise
  bool mixed = false;          ///< not all parameters are constants (elementwise and bias_activation)
  bool packets = true;         ///< all addresses are aligned to 16 bytes (elementwise and bias_activation)

  bool operator==(const KernelVariant&) const = default;
};

/// The same kernel under its one name: the order of two directions does not matter, nor what the kind has no use for.
KernelVariant canonical(KernelVariant variant);

/// The name by which the kernel is found in what was compiled, different for every canonical variant.
std::string kernel_name(const KernelVariant& variant);

/// A translation unit with these kernels of a formula. Without one (null), only statistics and totals are to be had.
std::string kernel_source(const Formula* formula, std::span<const KernelVariant> variants);

}  // namespace seegrad::cuda
