// A product library without a GPU: does with plain loops, on host memory, what a plan says. It knows nothing of the call behind the
// plan: transposes, sizes, leading dimensions, epilogue and pointers are read back from cuBLASLt's own descriptors and followed as
// cuBLASLt documents them, column by column. If what comes out is the row-major product, then the plan means what it should.
//
// It can also pretend to be a library that differs from the documentation, to see whether the trials notice.
#pragma once
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <set>
#include <vector>

#include "backend/cuda/cublas_check.hpp"
#include "backend/cuda/product_library.hpp"
#include "seegrad/activation/gated.hpp"

namespace seegrad::cuda::test {

/// The host's library is as strict as the real one is said to be.
inline void expect(bool holds, const char* otherwise) {
  if (!holds) throw Error(std::string("a plan that cuBLASLt would refuse: ") + otherwise);
}

template <class T>
T operation_attribute(const ProductDescription& product, cublasLtMatmulDescAttributes_t attribute) {
  T value{};
  std::size_t written = 0;
  check(cublasLtMatmulDescGetAttribute(product.operation(), attribute, &value, sizeof(value), &written), "cublasLtMatmulDescGetAttribute");
  expect(written == sizeof(value), "an attribute of another size");
  return value;
}

template <class T>
T layout_attribute(cublasLtMatrixLayout_t layout, cublasLtMatrixLayoutAttribute_t attribute) {
  T value{};
  std::size_t written = 0;
  check(cublasLtMatrixLayoutGetAttribute(layout, attribute, &value, sizeof(value), &written), "cublasLtMatrixLayoutGetAttribute");
  expect(written == sizeof(value), "an attribute of another size");
  return value;
}

/// A matrix as cuBLASLt sees it.
struct Layout {
  explicit Layout(cublasLtMatrixLayout_t layout)
      : type(static_cast<cudaDataType_t>(layout_attribute<std::uint32_t>(layout, CUBLASLT_MATRIX_LAYOUT_TYPE))),
        rows(layout_attribute<std::uint64_t>(layout, CUBLASLT_MATRIX_LAYOUT_ROWS)),
        columns(layout_attribute<std::uint64_t>(layout, CUBLASLT_MATRIX_LAYOUT_COLS)),
        leading(static_cast<std::uint64_t>(layout_attribute<std::int64_t>(layout, CUBLASLT_MATRIX_LAYOUT_LD))) {
    expect(layout_attribute<std::int32_t>(layout, CUBLASLT_MATRIX_LAYOUT_ORDER) == CUBLASLT_ORDER_COL, "not column by column");
    expect(layout_attribute<std::int32_t>(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT) == 1, "a batch");
    expect(leading >= rows, "a leading dimension below the rows");
  }
  cudaDataType_t type;
  std::uint64_t rows, columns, leading;
};

/// In what a pretended library differs from the formula or from the documentation.
enum class Quirk { none, relu_hides_nan, relu_of_zero_in_mask, mask_of_other_leading, gelu_by_error_function, gelu_overflows, no_argument };

class HostLibrary final : public ProductLibrary {
 public:
  std::set<unsigned> missing;       ///< epilogues for which it has no algorithm
  std::set<unsigned> refused;       ///< for which it has one and then refuses to run it
  std::vector<unsigned> epilogues;  ///< of the products that it ran
  Quirk quirk = Quirk::none;
  bool recording = false;
  int asked = 0;  ///< how often for an algorithm

  std::optional<cublasLtMatmulAlgo_t> algorithm(const ProductDescription& product) override {
    ++asked;
    if (missing.contains(epilogue_of(product))) return {};
    return cublasLtMatmulAlgo_t{};
  }

  bool multiply(const Launch&, const ProductDescription& product, const cublasLtMatmulAlgo_t&, const void* left, const void* right,
                void* result) override {
    if (refused.contains(epilogue_of(product))) return false;
    epilogues.push_back(epilogue_of(product));
    if (Layout(product.result()).type == CUDA_R_64F) {
      interpret<double>(product, left, right, result);
    } else {
      interpret<float>(product, left, right, result);
    }
    return true;
  }

  void upload(const Launch&, void* to, const void* host, std::size_t bytes) override { copy(to, host, bytes); }
  void download(const Launch&, void* host, const void* from, std::size_t bytes) override { copy(host, from, bytes); }
  bool is_recording(const Launch&) override { return recording; }

 private:
  /// An empty array may have no address.
  static void copy(void* to, const void* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
  static unsigned epilogue_of(const ProductDescription& product) {
    return operation_attribute<std::uint32_t>(product, CUBLASLT_MATMUL_DESC_EPILOGUE);
  }

  /// opX(X)(i, j): element (i, j) or, transposed, (j, i); inside X in any case.
  template <class T>
  static T element(const T* x, const Layout& layout, cublasOperation_t operation, std::uint64_t i, std::uint64_t j) {
    if (operation == CUBLAS_OP_T) std::swap(i, j);
    expect(i < layout.rows && j < layout.columns, "an index outside the matrix");
    return x[i + j * layout.leading];
  }

  template <class T>
  void interpret(const ProductDescription& product, const void* left, const void* right, void* result) {
    const Layout a(product.left()), b(product.right()), d(product.result());
    const auto op_a = operation_attribute<cublasOperation_t>(product, CUBLASLT_MATMUL_DESC_TRANSA);
    const auto op_b = operation_attribute<cublasOperation_t>(product, CUBLASLT_MATMUL_DESC_TRANSB);
    const std::uint64_t inner = op_a == CUBLAS_OP_T ? a.rows : a.columns;
    expect((op_a == CUBLAS_OP_T ? a.columns : a.rows) == d.rows, "rows of A and D differ");
    expect((op_b == CUBLAS_OP_T ? b.rows : b.columns) == d.columns, "columns of B and D differ");
    expect((op_b == CUBLAS_OP_T ? b.columns : b.rows) == inner, "inner sizes differ");
    for (std::uint64_t j = 0; j < d.columns; ++j) {
      for (std::uint64_t i = 0; i < d.rows; ++i) {
        T sum = 0;
        for (std::uint64_t k = 0; k < inner; ++k) {
          sum += element(static_cast<const T*>(left), a, op_a, i, k) * element(static_cast<const T*>(right), b, op_b, k, j);
        }
        static_cast<T*>(result)[i + j * d.leading] = finish(product, sum, i, j);
      }
    }
    if (epilogue_of(product) != CUBLASLT_EPILOGUE_BGRADB) return;
    for (std::uint64_t j = 0; j < d.columns; ++j) {
      T sum = 0;
      for (std::uint64_t k = 0; k < inner; ++k) sum += element(static_cast<const T*>(right), b, op_b, k, j);
      operation_attribute<T*>(product, CUBLASLT_MATMUL_DESC_BIAS_POINTER)[j] = sum;
    }
  }

  /// The epilogue for one element of D.
  template <class T>
  T finish(const ProductDescription& product, T value, std::uint64_t i, std::uint64_t j) {
    const unsigned epilogue = epilogue_of(product);
    if (epilogue & CUBLASLT_EPILOGUE_BIAS) value += operation_attribute<const T*>(product, CUBLASLT_MATMUL_DESC_BIAS_POINTER)[i];
    switch (epilogue & ~unsigned(CUBLASLT_EPILOGUE_BIAS)) {
      case CUBLASLT_EPILOGUE_RELU: return relu(value);
      case CUBLASLT_EPILOGUE_RELU_AUX:
        set_bit(product, i, j, quirk == Quirk::relu_of_zero_in_mask ? value >= 0 : value > 0);
        return relu(value);
      case CUBLASLT_EPILOGUE_DRELU: return bit(product, i, j) ? value : T(0);
      case CUBLASLT_EPILOGUE_GELU_AUX:
        if (quirk != Quirk::no_argument) argument<T>(product, i, j) = value;
        return gelu(value);
      case CUBLASLT_EPILOGUE_DGELU: return value * gelu_slope(argument<T>(product, i, j));
      default: return value;
    }
  }

  template <class T>
  T relu(T value) const {
    return value > 0 || (std::isnan(value) && quirk != Quirk::relu_hides_nan) ? value : T(0);
  }
  template <class T>
  T gelu(T value) const {
    return quirk == Quirk::gelu_by_error_function ? evaluate<Gelu>(value, static_cast<const T*>(nullptr))
                                                  : evaluate<GeluTanh>(value, static_cast<const T*>(nullptr));
  }
  template <class T>
  T gelu_slope(T value) const {
    if (quirk == Quirk::gelu_overflows && std::abs(value) > T(1e15)) return T(NAN);
    return evaluate<GeluTanh, 0>(value, static_cast<const T*>(nullptr));
  }

  /// Element (i, j) of the second matrix, counted from its start.
  static std::uint64_t place(const ProductDescription& product, std::uint64_t i, std::uint64_t j, std::int64_t divisor) {
    const auto leading = operation_attribute<std::int64_t>(product, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD);
    expect(leading % divisor == 0, "a leading dimension of the second matrix that does not divide");
    expect(static_cast<std::uint64_t>(leading) >= Layout(product.result()).rows, "a second matrix narrower than D");
    return i + j * static_cast<std::uint64_t>(leading);
  }
  template <class T>
  static T& argument(const ProductDescription& product, std::uint64_t i, std::uint64_t j) {
    return operation_attribute<T*>(product, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER)[place(product, i, j, 8)];
  }
  static std::uint8_t& byte(const ProductDescription& product, std::uint64_t bit) {
    return operation_attribute<std::uint8_t*>(product, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER)[bit / 8];
  }
  static bool bit(const ProductDescription& product, std::uint64_t i, std::uint64_t j) {
    const std::uint64_t at = place(product, i, j, 128);
    return (byte(product, at) >> (at % 8)) & 1;
  }
  void set_bit(const ProductDescription& product, std::uint64_t i, std::uint64_t j, bool value) const {
    if (quirk == Quirk::mask_of_other_leading && i > 0) --i;  // as if each column began a place later
    const std::uint64_t at = place(product, i, j, 128);
    const auto flag = static_cast<std::uint8_t>(1u << (at % 8));
    std::uint8_t& holder = byte(product, at);
    holder = static_cast<std::uint8_t>(value ? holder | flag : holder & ~flag);
  }
};

/// Host memory as a device's: aligned as promised, full of NaN (all ones) at first.
inline std::shared_ptr<void> host_memory(std::size_t bytes) {
  const std::size_t whole = (bytes + 255) / 256 * 256;
  void* memory = std::aligned_alloc(256, whole);
  std::memset(memory, 0xff, whole);
  return {memory, std::free};
}

}  // namespace seegrad::cuda::test
