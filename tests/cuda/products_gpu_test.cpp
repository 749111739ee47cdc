// Products on a GPU against double. These tests need one; what they find about cuBLASLt's own activations is printed.
#include <catch2/catch.hpp>

#include "backend/cuda/check.hpp"
#include "backend/cuda/products.hpp"
#include "product_cases.hpp"

namespace seegrad::cuda::test {
namespace {

constexpr ProductPrecision every_precision[] = {ProductPrecision::fp32, ProductPrecision::tf32, ProductPrecision::bf16};

/// Memory from cudaMalloc, which aligns to 256 bytes. Its contents are NaN at first.
std::shared_ptr<void> device_memory(std::size_t bytes) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes), "cudaMalloc");
  check(cudaMemset(memory, 0xff, bytes), "cudaMemset");
  check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");  // the stream below does not wait for the default one
  return {memory, [](void* data) { check_quietly(cudaFree(data), "cudaFree"); }};
}

/// One device with a stream, a workspace and products.
struct Gpu {
  Launch launch;
  AllocateShared allocate = device_memory;
  std::shared_ptr<void> workspace;
  std::unique_ptr<ProductLibrary> copies = cublas_lt();
  Products products{device_memory};

  Gpu() {
    constexpr std::size_t workspace_bytes = 32 << 20;
    check(cudaSetDevice(0), "cudaSetDevice");
    check(cudaStreamCreateWithFlags(&launch.stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
    workspace = device_memory(workspace_bytes);
    launch.workspace = workspace.get();
    launch.workspace_bytes = workspace_bytes;
  }
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;
  ~Gpu() { check_quietly(cudaStreamDestroy(launch.stream), "cudaStreamDestroy"); }

  Machine machine() { return {products, allocate, *copies, launch}; }
};

/// tf32 keeps 10 bits of mantissa, bf16 7; whether they are rounded or cut off is the library's, so a whole unit of the last.
Rounding rounding_of(DType dtype, ProductPrecision precision) {
  if (dtype == DType::float64) return {0, std::numeric_limits<double>::epsilon()};
  const double operand[] = {0, 0x1p-10, 0x1p-7};
  return {operand[static_cast<int>(precision)], std::numeric_limits<float>::epsilon()};
}

std::vector<ProductCase> gpu_shapes() {
  std::vector<ProductCase> shapes = product_shapes();
  shapes.insert(shapes.end(), {{128, 256, 64}, {100, 136, 300}, {257, 130, 33}, {64, 10, 784}});
  for (ProductCase shape : std::vector<ProductCase>{{8, 16, 8}, {33, 136, 20}}) {
    shape.offset = 1;
    shapes.push_back(shape);
  }
  return shapes;
}

/// Every call in every precision; `prepared` says whether the library's activations may be used.
void check_all_calls(bool prepared) {
  Gpu gpu;
  for (const ProductPrecision precision : every_precision) {
    gpu.products.set_precision(precision);
    if (prepared) gpu.products.prepare(gpu.launch);
    for (const ProductCase& shape : gpu_shapes()) {
      for (const ProductCase& call : cases_of_shape(shape)) {
        INFO("precision " << static_cast<int>(precision) << ", " << call.to_string());
        CHECK(wrong_numbers<float>(gpu.machine(), call, rounding_of(DType::float32, precision)) == 0);
        if (precision == ProductPrecision::fp32) {
          CHECK(wrong_numbers<double>(gpu.machine(), call, rounding_of(DType::float64, precision)) == 0);
        }
      }
    }
  }
}

/// relu(x W^T + b) with everything fused that passed its trial.
ProductCase relu_layer() { return {100, 136, 64, false, true, true, false, &formula_of<Relu>(), true, true}; }

}  // namespace

TEST_CASE("products that end with their bias agree with double in every form and precision", "[gpu][products]") { check_all_calls(false); }

TEST_CASE("products that end with the library's activations agree with double in every form and precision", "[gpu][products]") {
  check_all_calls(true);
}

TEST_CASE("the trials of the library's activations are made and say what they found", "[gpu][products]") {
  Gpu gpu;
  const char* const names[] = {"fp32", "tf32", "bf16"};
  for (const ProductPrecision precision : every_precision) {
    gpu.products.set_precision(precision);
    gpu.products.prepare(gpu.launch);
    WARN("float32 (" << names[static_cast<int>(precision)] << "): " << to_string(gpu.products.trials(DType::float32)));
  }
  WARN("float64: " << to_string(gpu.products.trials(DType::float64)));
}

TEST_CASE("float32 products in fp32 lose no bit of their operands", "[gpu][products]") {
  Gpu gpu;
  const ProductCase call{16, 16, 8, false, true};
  Numbers<float> n = numbers_of<float>(call, true, 1);
  n.a.assign(n.a.size(), 1 + 0x1p-20f);
  n.b.assign(n.b.size(), 1);
  Placed<float> placed(call, n, gpu.allocate, *gpu.copies, gpu.launch);
  gpu.products.multiply(gpu.launch, placed.matmul);
  for (const float c : placed.results().c) CHECK(c == 8 * (1 + 0x1p-20f));
}

TEST_CASE("a product that broke is seen to be broken, fused or not", "[gpu][products]") {
  Gpu gpu;
  const ProductCase call = relu_layer();
  Numbers<float> n = numbers_of<float>(call, false, 1);
  n.a[5] = std::numeric_limits<float>::quiet_NaN();  // spoils the first row
  for (const ProductPrecision precision : every_precision) {
    gpu.products.set_precision(precision);
    gpu.products.prepare(gpu.launch);
    Placed<float> placed(call, n, gpu.allocate, *gpu.copies, gpu.launch);
    const Remainder left = gpu.products.multiply(gpu.launch, placed.matmul);
    Results<float> r = placed.results();
    finish(call, left, n, r);
    for (std::size_t i = 0; i < r.activated.size(); ++i) {
      CHECK(std::isnan(r.activated[i]) == (i < static_cast<std::size_t>(call.columns)));
    }
  }
}

TEST_CASE("a recorded product gives the same numbers when it is replayed", "[gpu][products]") {
  Gpu gpu;
  ProductCase call = relu_layer();
  call.wants_by_product = false;  // its memory would be cudaMalloc's, which cannot be recorded; a backend's pool can
  const Numbers<float> n = numbers_of<float>(call, false, 1);
  Placed<float> once(call, n, gpu.allocate, *gpu.copies, gpu.launch), recorded(call, n, gpu.allocate, *gpu.copies, gpu.launch);
  gpu.products.prepare(gpu.launch);
  const Remainder left = gpu.products.multiply(gpu.launch, once.matmul);

  check(cudaStreamBeginCapture(gpu.launch.stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  gpu.products.set_precision(ProductPrecision::tf32);
  gpu.products.prepare(gpu.launch);  // must not wait now
  gpu.products.set_precision(ProductPrecision::fp32);
  const Remainder left_when_recorded = gpu.products.multiply(gpu.launch, recorded.matmul);
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(gpu.launch.stream, &graph), "cudaStreamEndCapture");
  cudaGraphExec_t work = nullptr;
  check(cudaGraphInstantiate(&work, graph, 0), "cudaGraphInstantiate");
  for (int i = 0; i < 2; ++i) check(cudaGraphLaunch(work, gpu.launch.stream), "cudaGraphLaunch");

  Results<float> expected = once.results(), replayed = recorded.results();
  finish(call, left, n, expected);
  finish(call, left_when_recorded, n, replayed);
  CHECK(replayed.activated == expected.activated);
  check(cudaGraphExecDestroy(work), "cudaGraphExecDestroy");
  check(cudaGraphDestroy(graph), "cudaGraphDestroy");
}

}  // namespace seegrad::cuda::test
