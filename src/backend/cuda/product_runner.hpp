// Runs products one by one and remembers what was found out about each kind of them: asking cuBLASLt for the best algorithm takes
// longer than a small product itself, and a training loop asks for the same few products again and again.
#pragma once
#include <map>
#include <optional>

#include "product_library.hpp"

namespace seegrad::cuda {

/// Where the numbers of one product lie; d = epilogue(op(a) op(b)) is what it writes.
struct ProductOperands {
  const void* a = nullptr;
  const void* b = nullptr;
  void* d = nullptr;
  const void* vector = nullptr;  ///< a bias, which is read; sums, which are written
  const void* aux = nullptr;     ///< the epilogue's second matrix, read or written
};

/// Not for two threads at once.
class ProductRunner {
 public:
  explicit ProductRunner(std::unique_ptr<ProductLibrary> library) : library_(std::move(library)) {}

  ProductLibrary& library() const { return *library_; }
  /// False, and nothing is done, when the library has no algorithm for this, or the epilogue's arrays are not aligned. `key` leaves
  /// alignment and workspace to this function.
  bool run(const Launch& launch, ProductKey key, const ProductOperands& operands);
  std::size_t plans() const { return plans_.size(); }

 private:
  struct Plan {
    explicit Plan(const ProductKey& key) : description(key) {}
    ProductDescription description;
    std::optional<cublasLtMatmulAlgo_t> algorithm;
  };

  Plan& plan_for(const ProductKey& key, const ProductOperands& operands);

  std::unique_ptr<ProductLibrary> library_;
  std::map<ProductKey, Plan> plans_;
};

}  // namespace seegrad::cuda
