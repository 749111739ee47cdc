// The kernels that depend on a formula, for one device: made by the run-time compiler when they are first wanted, kept, and launched.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "backend/cuda/handles.hpp"
#include "backend/cuda/kernel_cache.hpp"
#include "backend/cuda/kernel_source.hpp"
#include "backend/cuda/launch.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::cuda {

/// Every call goes to the device that is current, which must be the one that this object was made for; one thread at a time.
class FormulaKernels {
 public:
  /// `architecture` is the device's compute capability, 90 for 9.0.
  explicit FormulaKernels(int architecture) : architecture_(architecture), cache_(KernelCache::of_user()) {}

  /// y[i] = scale[i] * D f(x[i]); `scale` may be absent, y may be x or scale.
  void elementwise(const Launch& launch, const FormulaArguments& f, Derivative derivative, ConstArray x, ConstArray scale, Array y);
  /// c[row, column] += bias[column] (`bias` may be absent), then y = f(c). y may be c.
  void bias_activation(const Launch& launch, const FormulaArguments& f, ConstArray bias, Array c, Array y);
  /// As Backend::statistics().
  void statistics(const Launch& launch, std::span<const StatisticsRequest> requests, Array totals);

  /// While work is being recorded no kernel can be loaded: one that is wanted then and is not there is an Error.
  void forbid_compiling(bool forbidden) { compiling_is_forbidden_ = forbidden; }

 private:
  struct Loaded {
    Owner<cudaLibrary_t, cudaLibraryUnload> library;
    cudaKernel_t kernel = nullptr;
  };
  using Key = std::array<std::int64_t, 7>;

  cudaKernel_t kernel(const Formula* formula, const KernelVariant& variant);
  Loaded load(const Formula* formula, const KernelVariant& variant) const;
  template <class T>
  void statistics_of_type(const Launch& launch, std::span<const StatisticsRequest> requests, Array totals);

  int architecture_;
  KernelCache cache_;
  bool compiling_is_forbidden_ = false;
  std::map<Key, Loaded> kernels_;
};

}  // namespace seegrad::cuda
