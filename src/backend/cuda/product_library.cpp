#include "product_library.hpp"

#include "check.hpp"
#include "cublas_check.hpp"

namespace seegrad::cuda {
namespace {

struct Destroy {
  void operator()(cublasLtHandle_t handle) const { cublasLtDestroy(handle); }
  void operator()(cublasLtMatmulPreference_t preference) const { cublasLtMatmulPreferenceDestroy(preference); }
};
using Handle = std::unique_ptr<cublasLtContext, Destroy>;
using Preference = std::unique_ptr<cublasLtMatmulPreferenceOpaque_t, Destroy>;

template <class T>
void set(const Preference& preference, cublasLtMatmulPreferenceAttributes_t attribute, T value) {
  check(cublasLtMatmulPreferenceSetAttribute(preference.get(), attribute, &value, sizeof(value)), "cublasLtMatmulPreferenceSetAttribute");
}

/// What an algorithm may count on.
Preference preference_of(const ProductKey& key) {
  cublasLtMatmulPreference_t raw = nullptr;
  check(cublasLtMatmulPreferenceCreate(&raw), "cublasLtMatmulPreferenceCreate");
  Preference preference(raw);
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, key.workspace_bytes);
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, key.alignment.b);  // cuBLASLt's A is our b
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, key.alignment.a);
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, key.alignment.d);
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, key.alignment.d);
  return preference;
}

class CublasLt final : public ProductLibrary {
 public:
  std::optional<cublasLtMatmulAlgo_t> algorithm(const ProductDescription& product) override {
    const Preference preference = preference_of(product.key());
    cublasLtMatmulHeuristicResult_t found{};
    int count = 0;
    const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(handle(), product.operation(), product.left(), product.right(),
                                                                 product.result(), product.result(), preference.get(), 1, &found, &count);
    if (cannot(status)) return {};
    check(status, "cublasLtMatmulAlgoGetHeuristic");
    if (count == 0 || found.state != CUBLAS_STATUS_SUCCESS) return {};
    return found.algo;
  }

  bool multiply(const Launch& launch, const ProductDescription& product, const cublasLtMatmulAlgo_t& algorithm, const void* left,
                const void* right, void* result) override {
    // The factors of product and old contents (D = alpha A B + beta C) have the type that is summed in. With beta = 0 C is not read.
    const double one = 1, zero = 0;
    const float one_float = 1, zero_float = 0;
    const bool wide = product.key().dtype == DType::float64;
    const void* alpha = wide ? static_cast<const void*>(&one) : &one_float;
    const void* beta = wide ? static_cast<const void*>(&zero) : &zero_float;
    const cublasStatus_t status =
        cublasLtMatmul(handle(), product.operation(), alpha, left, product.left(), right, product.right(), beta, result, product.result(),
                       result, product.result(), &algorithm, launch.workspace, launch.workspace_bytes, launch.stream);
    if (cannot(status)) return false;
    check(status, "cublasLtMatmul");
    return true;
  }

  void upload(const Launch& launch, void* to, const void* host, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, host, bytes, cudaMemcpyHostToDevice, launch.stream), "cudaMemcpyAsync");
    check(cudaStreamSynchronize(launch.stream), "cudaStreamSynchronize");
  }

  void download(const Launch& launch, void* host, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(host, from, bytes, cudaMemcpyDeviceToHost, launch.stream), "cudaMemcpyAsync");
    check(cudaStreamSynchronize(launch.stream), "cudaStreamSynchronize");
  }

  bool is_recording(const Launch& launch) override {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    check(cudaStreamIsCapturing(launch.stream, &status), "cudaStreamIsCapturing");
    return status != cudaStreamCaptureStatusNone;
  }

 private:
  /// Which answers mean "not this product, not with this epilogue" rather than a failure.
  static bool cannot(cublasStatus_t status) {
    return status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE || status == CUBLAS_STATUS_ARCH_MISMATCH;
  }

  /// Made at the first product: a program that never multiplies does not pay for it.
  cublasLtHandle_t handle() {
    if (!handle_) {
      cublasLtHandle_t raw = nullptr;
      check(cublasLtCreate(&raw), "cublasLtCreate");
      handle_.reset(raw);
    }
    return handle_.get();
  }

  Handle handle_;
};

}  // namespace

std::unique_ptr<ProductLibrary> cublas_lt() { return std::make_unique<CublasLt>(); }

}  // namespace seegrad::cuda
