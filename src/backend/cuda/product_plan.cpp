#include "product_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cublas_check.hpp"

namespace seegrad::cuda {
namespace {

// cuBLASLt's epilogues are sets of bits (cublasLt.h gives most of them as unions); these are their elements.
constexpr unsigned relu_bit = CUBLASLT_EPILOGUE_RELU, bias_bit = CUBLASLT_EPILOGUE_BIAS, aux_bit = 128;
constexpr unsigned relu_slope_bit = CUBLASLT_EPILOGUE_DRELU & ~aux_bit;
static_assert(CUBLASLT_EPILOGUE_RELU_AUX_BIAS == (relu_bit | aux_bit | bias_bit));

bool holds(cublasLtEpilogue_t epilogue, unsigned bits) { return (static_cast<unsigned>(epilogue) & bits) != 0; }

cudaDataType_t data_type(DType dtype) { return dtype == DType::float64 ? CUDA_R_64F : CUDA_R_32F; }

cublasComputeType_t compute_type(const ProductKey& key) {
  if (key.dtype == DType::float64) return CUBLAS_COMPUTE_64F;
  switch (key.precision) {
    case ProductPrecision::fp32: return CUBLAS_COMPUTE_32F;
    case ProductPrecision::tf32: return CUBLAS_COMPUTE_32F_FAST_TF32;
    case ProductPrecision::bf16: return CUBLAS_COMPUTE_32F_FAST_16BF;
  }
  throw Error("matmul: a precision of products that cuBLASLt has no name for");
}

template <class T>
void set(cublasLtMatmulDesc_t operation, cublasLtMatmulDescAttributes_t attribute, const T& value) {
  check(cublasLtMatmulDescSetAttribute(operation, attribute, &value, sizeof(value)), "cublasLtMatmulDescSetAttribute");
}

}  // namespace

ProductKey key_of(const Matmul& call, ProductPrecision precision) {
  ProductKey key;
  key.rows = call.a.shape[call.transpose_a ? 1 : 0];
  key.inner = call.a.shape[call.transpose_a ? 0 : 1];
  key.columns = call.b.shape[call.transpose_b ? 0 : 1];
  key.transpose_a = call.transpose_a;
  key.transpose_b = call.transpose_b;
  key.dtype = call.c.dtype;
  key.precision = key.dtype == DType::float64 ? ProductPrecision::fp32 : precision;
  return key;
}

std::string to_string(const ProductKey& key) {
  const auto matrix = [](std::int64_t rows, std::int64_t columns, bool transposed) {
    return transposed ? fmt::format("[{}, {}] transposed", columns, rows) : fmt::format("[{}, {}]", rows, columns);
  };
  const char* const precisions[] = {"fp32", "tf32", "bf16"};
  const std::string precision =
      key.dtype == DType::float64 ? std::string() : fmt::format(" ({})", precisions[static_cast<int>(key.precision)]);
  return fmt::format("{} times {} in {}{}", matrix(key.rows, key.inner, key.transpose_a), matrix(key.inner, key.columns, key.transpose_b),
                     name_of(key.dtype), precision);
}

std::uint32_t alignment_of(const void* address) {
  const auto value = reinterpret_cast<std::uintptr_t>(address);
  return value == 0 ? 256 : static_cast<std::uint32_t>(std::min<std::uintptr_t>(value & (~value + 1), 256));
}

bool has_vector(cublasLtEpilogue_t epilogue) { return holds(epilogue, bias_bit | CUBLASLT_EPILOGUE_BGRADA | CUBLASLT_EPILOGUE_BGRADB); }
bool has_aux(cublasLtEpilogue_t epilogue) { return holds(epilogue, aux_bit); }
bool has_mask(cublasLtEpilogue_t epilogue) { return has_aux(epilogue) && holds(epilogue, relu_bit | relu_slope_bit); }

std::int64_t mask_leading(std::int64_t columns) { return (columns + 127) / 128 * 128; }
std::size_t mask_bytes(std::int64_t rows, std::int64_t columns) { return static_cast<std::size_t>(mask_leading(columns) / 8 * rows); }

bool fits_gelu(std::int64_t columns) { return columns % 8 == 0; }

ProductDescription::ProductDescription(const ProductKey& key) : key_(key) {
  if (std::min({key.rows, key.columns, key.inner}) < 1) throw Error(fmt::format("matmul: {} has nothing to multiply", to_string(key)));
  if (has_aux(key.epilogue) && !has_mask(key.epilogue) && !fits_gelu(key.columns)) {
    throw Error(fmt::format("matmul: {}: cuBLASLt's GELU needs a multiple of 8 columns", to_string(key)));
  }
  operation_ = make_operation();
  // The stored shapes, mirrored: as many rows there as there are columns here.
  left_ = key.transpose_b ? make_layout(key.inner, key.columns) : make_layout(key.columns, key.inner);
  right_ = key.transpose_a ? make_layout(key.rows, key.inner) : make_layout(key.inner, key.rows);
  result_ = make_layout(key.columns, key.rows);
}

ProductDescription::Operation ProductDescription::make_operation() const {
  cublasLtMatmulDesc_t raw = nullptr;
  check(cublasLtMatmulDescCreate(&raw, compute_type(key_), data_type(key_.dtype)), "cublasLtMatmulDescCreate");
  Operation operation(raw);
  set(raw, CUBLASLT_MATMUL_DESC_TRANSA, key_.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(raw, CUBLASLT_MATMUL_DESC_TRANSB, key_.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(raw, CUBLASLT_MATMUL_DESC_EPILOGUE, key_.epilogue);
  if (has_aux(key_.epilogue)) {
    const std::int64_t leading = has_mask(key_.epilogue) ? mask_leading(key_.columns) : key_.columns;
    set(raw, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, leading);
  }
  return operation;
}

ProductDescription::Layout ProductDescription::make_layout(std::int64_t rows, std::int64_t columns) const {
  cublasLtMatrixLayout_t raw = nullptr;
  check(
      cublasLtMatrixLayoutCreate(&raw, data_type(key_.dtype), static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns), rows),
      "cublasLtMatrixLayoutCreate");
  return Layout(raw);
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes the descriptor that this object owns
void ProductDescription::set_pointers(const void* vector, const void* aux) {
  if (has_vector(key_.epilogue)) set(operation(), CUBLASLT_MATMUL_DESC_BIAS_POINTER, vector);
  if (has_aux(key_.epilogue)) set(operation(), CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, aux);
}

}  // namespace seegrad::cuda
