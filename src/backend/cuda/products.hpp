// Matrix products on the GPU: of what an op asks to be done with a product, as much as cuBLASLt can do while the numbers are still in
// registers. What it cannot do is told to the caller, who has kernels for it. Fused or not, the numbers are those of the formula:
// epilogue_trials.hpp sees to that.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "epilogue_trials.hpp"

namespace seegrad::cuda {

/// What is left to be done after a product, in this order.
struct Remainder {
  bool clear = false;       ///< there was nothing to sum over: c (if it has elements) is to be filled with zeros first
  bool bias = false;        ///< c += bias
  bool activation = false;  ///< activated = f(c)
  bool derivative = false;  ///< c *= f'(derivative_at)
  bool row_sums = false;    ///< the sums of op(a)'s rows
  bool c_written = true;    ///< false: only `activated` was; c's memory holds nothing
};

/// What a fused ReLU leaves for the way back, as Matmul's by_product: one bit for each element of `activated`, set where it is
/// positive; bit `row * leading + column`.
struct ReluMask {
  std::shared_ptr<void> bits;
  std::int64_t rows = 0, columns = 0, leading = 0;
};

/// The products of one device. May be called by several threads.
class Products {
 public:
  explicit Products(AllocateShared allocate, std::unique_ptr<ProductLibrary> library = cublas_lt())
      : allocate_(std::move(allocate)), runner_(std::move(library)) {}

  /// Of float32 from the next product on. Whether the device has it is the caller's to know.
  void set_precision(ProductPrecision precision);

  /// Tries the library's activations in the precisions that are in use, once for each; waits for the device. Until then, and for
  /// work that is being recorded without it, products end with their bias at most.
  void prepare(const Launch& launch);
  /// What came of it; nothing found before prepare().
  EpilogueTrials trials(DType dtype) const;

  /// Starts the product and returns what is left to do. Throws Error when cuBLASLt cannot even do the plain product.
  Remainder multiply(const Launch& launch, const Matmul& call);

 private:
  struct Attempt;
  using Mode = std::pair<DType, ProductPrecision>;

  Mode mode_of(DType dtype) const { return {dtype, dtype == DType::float64 ? ProductPrecision::fp32 : precision_}; }
  EpilogueTrials trials_of(DType dtype) const;
  bool try_relu(const Attempt& attempt, Remainder& left);
  bool try_gelu(const Attempt& attempt, Remainder& left);
  bool try_slope(const Attempt& attempt, Remainder& left);
  bool try_row_sums(const Attempt& attempt, Remainder& left);
  bool try_bias(const Attempt& attempt, Remainder& left);
  bool run(const Attempt& attempt, unsigned epilogue, void* result, const void* vector, const void* aux);

  AllocateShared allocate_;
  mutable std::mutex mutex_;
  ProductRunner runner_;
  ProductPrecision precision_ = ProductPrecision::fp32;
  std::map<Mode, EpilogueTrials> trials_;
};

}  // namespace seegrad::cuda
