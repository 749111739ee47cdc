// Plans of products, read back from cuBLASLt's descriptors and followed by hand. Needs neither GPU nor driver.
#include "backend/cuda/product_plan.hpp"

#include <catch2/catch.hpp>

#include "backend/cuda/product_runner.hpp"
#include "host_products.hpp"
#include "product_cases.hpp"

namespace seegrad::cuda::test {
namespace {

constexpr unsigned every_epilogue[] = {
    CUBLASLT_EPILOGUE_DEFAULT,       CUBLASLT_EPILOGUE_BIAS,          CUBLASLT_EPILOGUE_RELU,   CUBLASLT_EPILOGUE_RELU_BIAS,
    CUBLASLT_EPILOGUE_RELU_AUX,      CUBLASLT_EPILOGUE_RELU_AUX_BIAS, CUBLASLT_EPILOGUE_DRELU,  CUBLASLT_EPILOGUE_GELU_AUX,
    CUBLASLT_EPILOGUE_GELU_AUX_BIAS, CUBLASLT_EPILOGUE_DGELU,         CUBLASLT_EPILOGUE_BGRADB,
};

/// Calls visit(key) for every plan that can be asked for: shapes, transposes, types, precisions, epilogues.
template <class Visit>
void for_every_plan(Visit visit) {
  for (const ProductCase& shape : product_shapes()) {
    for (int bits = 0; bits < 4; ++bits) {
      for (int mode = 0; mode < 4; ++mode) {
        for (const unsigned epilogue : every_epilogue) {
          ProductKey key;
          key.rows = shape.rows, key.columns = shape.columns, key.inner = shape.inner;
          key.transpose_a = bits & 1, key.transpose_b = bits & 2;
          key.dtype = mode == 3 ? DType::float64 : DType::float32;
          key.precision = mode == 3 ? ProductPrecision::fp32 : static_cast<ProductPrecision>(mode);
          key.epilogue = static_cast<cublasLtEpilogue_t>(epilogue);
          if (has_aux(key.epilogue) && !has_mask(key.epilogue) && !fits_gelu(key.columns)) continue;
          visit(key);
        }
      }
    }
  }
}

bool has_bias(const ProductKey& key) { return static_cast<unsigned>(key.epilogue) & CUBLASLT_EPILOGUE_BIAS; }

/// What the plan's epilogue makes of z (or, on the way back, of the gradient z), said row by row without cuBLASLt's words.
double expected(const ProductKey& key, double z, bool bit, double at) {
  switch (static_cast<unsigned>(key.epilogue) & ~unsigned(CUBLASLT_EPILOGUE_BIAS)) {
    case CUBLASLT_EPILOGUE_RELU:
    case CUBLASLT_EPILOGUE_RELU_AUX: return z > 0 ? z : 0;
    case CUBLASLT_EPILOGUE_DRELU: return bit ? z : 0;
    case CUBLASLT_EPILOGUE_GELU_AUX: return formula_of<GeluTanh>().at(z, {});
    case CUBLASLT_EPILOGUE_DGELU: return z * formula_of<GeluTanh>().at(at, {}, Derivative{0});
    default: return z;
  }
}

/// Runs one plan with the loops of HostLibrary; the number of elements that are not what the row-major product should be.
template <class T>
int wrong_elements(const ProductKey& key) {
  ProductCase call{key.rows, key.columns, key.inner, key.transpose_a, key.transpose_b, has_bias(key)};
  Numbers<T> n = numbers_of<T>(call, true, 7);
  work_out(call, n);
  const auto columns = static_cast<std::size_t>(key.columns);
  const bool back = key.epilogue == CUBLASLT_EPILOGUE_DRELU || key.epilogue == CUBLASLT_EPILOGUE_DGELU;
  const auto leading = static_cast<std::size_t>(mask_leading(key.columns));
  std::vector<T> c(n.c.size(), T(NAN)), argument = n.at, sums(static_cast<std::size_t>(key.rows), T(NAN));
  std::vector<std::uint8_t> mask(mask_bytes(key.rows, key.columns), 0);
  const auto bit_place = [&](std::size_t i) { return i / columns * leading + i % columns; };
  if (back) {
    for (std::size_t i = 0; i < c.size(); ++i) {
      if (n.at[i] > 0) mask[bit_place(i) / 8] |= static_cast<std::uint8_t>(1u << bit_place(i) % 8);
    }
  }
  ProductRunner runner(std::make_unique<HostLibrary>());
  void* const aux = has_mask(key.epilogue) ? static_cast<void*>(mask.data()) : argument.data();
  const void* const vector = key.epilogue == CUBLASLT_EPILOGUE_BGRADB ? sums.data() : n.bias.data();
  if (!runner.run({}, key, {n.a.data(), n.b.data(), c.data(), vector, aux})) return -1;

  int wrong = 0;
  for (std::size_t i = 0; i < c.size(); ++i) {
    const double want = expected(key, n.c[i], n.at[i] > 0, double(n.at[i]));
    const double allowed =
        has_aux(key.epilogue) && !has_mask(key.epilogue) ? 1e-5 * (1 + std::abs(n.c[i])) : 0;  // GELU rounds; all else is exact
    wrong += !(std::abs(double(c[i]) - want) <= allowed);
    const bool bit = mask[bit_place(i) / 8] >> bit_place(i) % 8 & 1;
    if (has_mask(key.epilogue) && !back) wrong += bit != (n.c[i] > 0);
    if (has_aux(key.epilogue) && !has_mask(key.epilogue) && !back) wrong += argument[i] != T(n.c[i]);
  }
  for (std::size_t i = 0; key.epilogue == CUBLASLT_EPILOGUE_BGRADB && i < sums.size(); ++i) wrong += sums[i] != T(n.row_sums[i]);
  return wrong;
}

}  // namespace

TEST_CASE("a plan that is followed column by column gives the row-major product", "[cuda][products]") {
  int plans = 0;
  for_every_plan([&](const ProductKey& key) {
    INFO(to_string(key) << ", epilogue " << key.epilogue);
    CHECK(with_floating(key.dtype, [&]<class T>() { return wrong_elements<T>(key); }) == 0);
    ++plans;
  });
  CHECK(plans > 1000);
}

TEST_CASE("a plan says what its key says", "[cuda][products]") {
  for_every_plan([](const ProductKey& key) {
    INFO(to_string(key) << ", epilogue " << key.epilogue);
    const ProductDescription plan(key);
    const bool wide = key.dtype == DType::float64;
    const cudaDataType_t type = wide ? CUDA_R_64F : CUDA_R_32F;
    const cublasComputeType_t single[] = {CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32, CUBLAS_COMPUTE_32F_FAST_16BF};
    CHECK(operation_attribute<std::int32_t>(plan, CUBLASLT_MATMUL_DESC_COMPUTE_TYPE) ==
          (wide ? CUBLAS_COMPUTE_64F : single[static_cast<int>(key.precision)]));
    CHECK(operation_attribute<std::int32_t>(plan, CUBLASLT_MATMUL_DESC_SCALE_TYPE) == type);
    CHECK(operation_attribute<std::uint32_t>(plan, CUBLASLT_MATMUL_DESC_EPILOGUE) == key.epilogue);
    CHECK(operation_attribute<std::int32_t>(plan, CUBLASLT_MATMUL_DESC_POINTER_MODE) == CUBLASLT_POINTER_MODE_HOST);
    CHECK(operation_attribute<std::int32_t>(plan, CUBLASLT_MATMUL_DESC_TRANSA) == (key.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N));
    CHECK(operation_attribute<std::int32_t>(plan, CUBLASLT_MATMUL_DESC_TRANSB) == (key.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N));
    for (auto* const layout : {plan.left(), plan.right(), plan.result()}) {
      CHECK(Layout(layout).type == type);
      CHECK(Layout(layout).leading == Layout(layout).rows);  // contiguous
    }
    CHECK(Layout(plan.result()).rows == static_cast<std::uint64_t>(key.columns));
    const auto leading = operation_attribute<std::int64_t>(plan, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD);
    if (!has_aux(key.epilogue)) {
      CHECK(leading == 0);
    } else {
      CHECK(leading >= key.columns);
      CHECK(leading % (has_mask(key.epilogue) ? 128 : 8) == 0);
    }
  });
}

TEST_CASE("a mask has room for every bit and no row more", "[cuda][products]") {
  for (const std::int64_t columns : {1, 127, 128, 129, 256, 1000}) {
    INFO(columns);
    CHECK(mask_leading(columns) % 128 == 0);
    CHECK(mask_leading(columns) - columns >= 0);
    CHECK(mask_leading(columns) - columns < 128);
    CHECK(mask_bytes(3, columns) * 8 == static_cast<std::size_t>(3 * mask_leading(columns)));
  }
}

TEST_CASE("an epilogue knows which pointers it needs", "[cuda][products]") {
  const auto pointers = [](unsigned epilogue) {
    const auto e = static_cast<cublasLtEpilogue_t>(epilogue);
    return std::string(has_vector(e) ? "v" : "") + (has_aux(e) ? "a" : "") + (has_mask(e) ? "m" : "");
  };
  const char* const expected_pointers[] = {"", "v", "", "v", "am", "vam", "am", "a", "va", "a", "v"};
  for (std::size_t i = 0; i < std::size(every_epilogue); ++i) {
    INFO(every_epilogue[i]);
    CHECK(pointers(every_epilogue[i]) == expected_pointers[i]);
  }
}

TEST_CASE("an address is aligned to the largest power of two that divides it, up to 256", "[cuda][products]") {
  const auto memory = host_memory(8192);  // aligned to 256 itself
  const std::pair<std::size_t, std::uint32_t> cases[] = {{0, 256}, {4, 4}, {8, 8}, {12, 4}, {48, 16}, {128, 128}, {256, 256}, {4100, 4}};
  for (const auto& [place, alignment] : cases) CHECK(alignment_of(static_cast<const char*>(memory.get()) + place) == alignment);
  CHECK(alignment_of(nullptr) == 256);
}

TEST_CASE("a plan that cannot be is refused with its shapes", "[cuda][products]") {
  ProductKey key;
  key.rows = 3, key.columns = 5, key.inner = 0, key.transpose_b = true;
  CHECK_THROWS_WITH(ProductDescription(key), "matmul: [3, 0] times [5, 0] transposed in float32 (fp32) has nothing to multiply");
  key.inner = 2, key.epilogue = CUBLASLT_EPILOGUE_DGELU, key.dtype = DType::float64;
  CHECK_THROWS_WITH(ProductDescription(key),
                    "matmul: [3, 2] times [5, 2] transposed in float64: cuBLASLt's GELU needs a multiple of 8 columns");
}

TEST_CASE("the precision is one of float32 alone", "[cuda][products]") {
  Matmul call;
  for (const DType dtype : {DType::float32, DType::float64}) {
    call.a = {nullptr, dtype, {7, 3}}, call.b = {nullptr, dtype, {5, 7}}, call.c = {nullptr, dtype, {3, 5}};
    call.transpose_a = call.transpose_b = true;
    const ProductKey key = key_of(call, ProductPrecision::bf16);
    CHECK(to_string(key) == (dtype == DType::float64 ? "[7, 3] transposed times [5, 7] transposed in float64"
                                                     : "[7, 3] transposed times [5, 7] transposed in float32 (bf16)"));
    CHECK(key.precision == (dtype == DType::float64 ? ProductPrecision::fp32 : ProductPrecision::bf16));
  }
}

TEST_CASE("a failure of cuBLASLt names the function, the status and the place", "[cuda][products]") {
  CHECK_NOTHROW(check(CUBLAS_STATUS_SUCCESS, "cublasLtCreate"));
  CHECK_THROWS_WITH(
      check(CUBLAS_STATUS_NOT_INITIALIZED, "cublasLtCreate"),
      Catch::StartsWith("cublasLtCreate: CUBLAS_STATUS_NOT_INITIALIZED (1), ") && Catch::Contains("; asked by product_plan_test.cpp:"));
}

TEST_CASE("an algorithm is asked for once for each kind of product", "[cuda][products]") {
  auto owned = std::make_unique<HostLibrary>();
  HostLibrary& library = *owned;
  ProductRunner runner(std::move(owned));
  const auto memory = host_memory(4096);
  const auto at = [&](std::size_t place) { return static_cast<float*>(memory.get()) + place; };
  ProductKey key;
  key.rows = key.columns = key.inner = 4;
  const auto run = [&](std::size_t place) { return runner.run({}, key, {at(0), at(64), at(128 + place)}); };
  CHECK(run(0));
  CHECK(run(0));
  CHECK(library.asked == 1);
  CHECK(run(1));  // less aligned
  CHECK(library.asked == 2);
  key.precision = ProductPrecision::tf32;
  CHECK(run(0));
  CHECK(library.asked == 3);
  key.epilogue = CUBLASLT_EPILOGUE_BIAS;
  CHECK_FALSE(runner.run({}, key, {at(0), at(64), at(128), at(257)}));  // a bias that nobody may read in wide pieces
  CHECK(library.asked == 3);
  library.missing = {CUBLASLT_EPILOGUE_BGRADB};
  key.epilogue = CUBLASLT_EPILOGUE_BGRADB;
  CHECK_FALSE(runner.run({}, key, {at(0), at(64), at(128), at(256)}));
  CHECK_FALSE(runner.run({}, key, {at(0), at(64), at(128), at(256)}));  // and remembered when there is none
  CHECK(library.asked == 4);
  CHECK(runner.plans() == 4);
}

TEST_CASE("a program that meets ever new shapes does not grow for ever", "[cuda][products]") {
  ProductRunner runner(std::make_unique<HostLibrary>());
  const auto memory = host_memory(1 << 16);
  ProductKey key;
  key.columns = key.inner = 1;
  for (key.rows = 1; key.rows <= 5000; ++key.rows) {
    auto* const start = static_cast<float*>(memory.get());
    CHECK(runner.run({}, key, {start, start, start + 8192}));
  }
  CHECK(runner.plans() <= 4096);
}

}  // namespace seegrad::cuda::test
