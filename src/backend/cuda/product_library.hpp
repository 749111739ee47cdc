// What products ask of the machine that computes them. There is one such machine, cuBLASLt on a GPU; tests put another in its place
// that does what a plan says with plain loops on the host, so that all that is decided around it can be tried without a GPU.
#pragma once
#include <cublasLt.h>

#include <cstddef>
#include <memory>
#include <optional>

#include "launch.hpp"
#include "product_plan.hpp"

namespace seegrad::cuda {

class ProductLibrary {
 public:
  virtual ~ProductLibrary() = default;

  /// The algorithm that is expected to be the fastest; nothing when there is none for this product with this epilogue.
  virtual std::optional<cublasLtMatmulAlgo_t> algorithm(const ProductDescription& product) = 0;
  /// Starts D = epilogue(opA(left) opB(right)). False when the library, asked in earnest, cannot do it after all.
  virtual bool multiply(const Launch& launch, const ProductDescription& product, const cublasLtMatmulAlgo_t& algorithm, const void* left,
                        const void* right, void* result) = 0;

  // For trials of the library itself: numbers there and back, waiting for them, and whether now is a time when one may wait.
  virtual void upload(const Launch& launch, void* to, const void* host, std::size_t bytes) = 0;
  virtual void download(const Launch& launch, void* host, const void* from, std::size_t bytes) = 0;
  virtual bool is_recording(const Launch& launch) = 0;
};

/// cuBLASLt on the device that is current at the first product.
std::unique_ptr<ProductLibrary> cublas_lt();

}  // namespace seegrad::cuda
