// A matrix product in the words of cuBLASLt: which matrices, which transposes, what is done at the end.
//
// Why the layers come out transposed. cuBLASLt counts memory column by column, the rest of this house row by row. The same bytes
// are therefore another matrix there: a row-major X of r rows and s columns reads, column by column, as X^T, of s rows and r
// columns, with leading dimension s. Nothing needs to be moved: the product is only asked for in that mirror,
//
//     c = op(a) op(b)      here, [rows, columns]
//     c^T = op(b)^T op(a)^T      there: D = opA(A) opB(B), D of `columns` rows and `rows` columns, leading dimension `columns`
//
// so that b comes first: A is b's memory and B is a's. What becomes of the transposes?
//
//     b as it is,  stored [inner, columns]:  A reads as b^T, of columns rows, and op(b)^T = b^T = A.      opA = N
//     b transposed, stored [columns, inner]:  A reads as b^T, of inner rows,   and op(b)^T = b = A^T.      opA = T
//
// and the same for a and B: each keeps the flag that it had. Rows of D are columns of c, hence cuBLASLt's bias ("one number for each
// row of D") is exactly the bias of a layer, one for each column of c. Its BGRADB sums B over the inner dimension, one number for
// each column of D: the sum of each row of op(a), which for a weight's gradient op(a) = delta^T is the gradient of the bias.
//
// Everything here lives on the host and needs neither GPU nor driver: tests build plans, read them back and work them out by hand.
#pragma once
#include <cublasLt.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "seegrad/tensor/backend.hpp"

namespace seegrad::cuda {

/// All that the choice of an algorithm depends on.
struct ProductKey {
  std::int64_t rows = 0, columns = 0, inner = 0;
  bool transpose_a = false, transpose_b = false;
  DType dtype = DType::float32;
  ProductPrecision precision = ProductPrecision::fp32;  ///< of float32; float64 has no other
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;

  /// Powers of two that divide the addresses, in bytes, at most 256: wide loads need them.
  struct Alignment {
    std::uint32_t a = 256, b = 256, d = 256, vector = 256, aux = 256;
    auto operator<=>(const Alignment&) const = default;  // NOLINT(modernize-use-nullptr): means the generated comparison with 0
  } alignment = {};
  std::size_t workspace_bytes = 0;

  auto operator<=>(const ProductKey&) const = default;  // NOLINT(modernize-use-nullptr): as above
};

/// The product that a call asks for, without epilogue.
ProductKey key_of(const Matmul& call, ProductPrecision precision);

/// "[128, 784] times [10, 784] transposed in float32 (tf32)"
std::string to_string(const ProductKey& key);

/// The largest power of two up to 256 that divides the address; 256 for none.
std::uint32_t alignment_of(const void* address);

/// Whether the epilogue reads or writes a vector (a bias; sums), or a second matrix (ReLU's mask; GELU's argument).
bool has_vector(cublasLtEpilogue_t epilogue);
bool has_aux(cublasLtEpilogue_t epilogue);
/// Whether that second matrix is ReLU's: one bit for each element of D, set where the argument was positive.
bool has_mask(cublasLtEpilogue_t epilogue);

/// The leading dimension of a mask, in bits: cuBLASLt wants a multiple of 128.
std::int64_t mask_leading(std::int64_t columns);
std::size_t mask_bytes(std::int64_t rows, std::int64_t columns);

/// Whether GELU's argument can be c itself: it has no other leading dimension than its columns, and cuBLASLt wants a multiple of 8.
bool fits_gelu(std::int64_t columns);

/// The descriptors of one product.
class ProductDescription {
 public:
  /// Throws Error when a size is zero or the epilogue's second matrix does not fit.
  explicit ProductDescription(const ProductKey& key);

  const ProductKey& key() const { return key_; }
  /// Where the epilogue's vector and second matrix lie: different in each call.
  void set_pointers(const void* vector, const void* aux);

  cublasLtMatmulDesc_t operation() const { return operation_.get(); }
  cublasLtMatrixLayout_t left() const { return left_.get(); }      ///< cuBLASLt's A: our b
  cublasLtMatrixLayout_t right() const { return right_.get(); }    ///< cuBLASLt's B: our a
  cublasLtMatrixLayout_t result() const { return result_.get(); }  ///< cuBLASLt's C and D: our c

 private:
  struct Destroy {
    void operator()(cublasLtMatmulDesc_t operation) const { cublasLtMatmulDescDestroy(operation); }
    void operator()(cublasLtMatrixLayout_t layout) const { cublasLtMatrixLayoutDestroy(layout); }
  };
  using Operation = std::unique_ptr<cublasLtMatmulDescOpaque_t, Destroy>;
  using Layout = std::unique_ptr<cublasLtMatrixLayoutOpaque_t, Destroy>;

  Operation make_operation() const;
  Layout make_layout(std::int64_t rows, std::int64_t columns) const;

  ProductKey key_;
  Operation operation_;
  Layout left_, right_, result_;
};

}  // namespace seegrad::cuda
