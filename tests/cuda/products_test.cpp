// What Products makes of a call, with a host's library in the place of cuBLASLt: whatever that library can or cannot do, product and
// remainder together are the same numbers. Needs no GPU.
#include "backend/cuda/products.hpp"

#include <catch2/catch.hpp>

#include "host_products.hpp"
#include "product_cases.hpp"

namespace seegrad::cuda::test {
namespace {

/// Products on a host's library that stays within reach.
struct Bench {
  HostLibrary* library;
  AllocateShared allocate = host_memory;
  Products products;
  Launch launch;
  explicit Bench(std::unique_ptr<HostLibrary> owned = std::make_unique<HostLibrary>())
      : library(owned.get()), products(host_memory, std::move(owned)) {}
};

/// Whole numbers: only functions round.
template <class T>
int wrong_numbers(Bench& bench, const ProductCase& call) {
  const Machine machine{bench.products, bench.allocate, *bench.library, bench.launch};
  return wrong_numbers<T>(machine, call, Rounding{0, std::numeric_limits<T>::epsilon(), true});
}

/// A user's.
struct Mine {
  static constexpr std::string_view name = "relu", mathematics = "x";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return x;
  }
};

constexpr unsigned fused[] = {
    CUBLASLT_EPILOGUE_BIAS,          CUBLASLT_EPILOGUE_RELU,   CUBLASLT_EPILOGUE_RELU_BIAS, CUBLASLT_EPILOGUE_RELU_AUX,
    CUBLASLT_EPILOGUE_RELU_AUX_BIAS, CUBLASLT_EPILOGUE_DRELU,  CUBLASLT_EPILOGUE_GELU_AUX,  CUBLASLT_EPILOGUE_GELU_AUX_BIAS,
    CUBLASLT_EPILOGUE_DGELU,         CUBLASLT_EPILOGUE_BGRADB,
};

/// The last epilogue that was run for this call.
unsigned epilogue_for(Bench& bench, const ProductCase& call, std::shared_ptr<void> mask = {}) {
  const Numbers<float> n = numbers_of<float>(call, true, 1);
  Placed<float> placed(call, n, bench.allocate, *bench.library, bench.launch);
  placed.matmul.derivative_by_product = std::move(mask);
  bench.products.multiply(bench.launch, placed.matmul);
  return bench.library->epilogues.back();
}

ProductCase relu_layer() { return {4, 16, 8, false, true, true, false, &formula_of<Relu>(), true, true}; }
ProductCase slope_of(const Formula& f) { return {4, 16, 8, false, false, false, false, nullptr, false, false, &f}; }

}  // namespace

TEST_CASE("product and remainder are the numbers of the op, whatever the library can do", "[cuda][products]") {
  // Nothing missing; each epilogue missing; each refused when it comes to it; all missing; and before any trial.
  std::vector<std::function<void(Bench&)>> worlds = {[](Bench& b) { b.products.prepare(b.launch); }};
  worlds.emplace_back([](Bench&) {});
  worlds.emplace_back([](Bench& b) { b.library->missing = {std::begin(fused), std::end(fused)}, b.products.prepare(b.launch); });
  worlds.emplace_back([](Bench& b) { b.products.prepare(b.launch), b.library->refused = {std::begin(fused), std::end(fused)}; });
  for (const unsigned epilogue : fused) {
    worlds.emplace_back([=](Bench& b) { b.products.prepare(b.launch), b.library->missing = {epilogue}; });
    worlds.emplace_back([=](Bench& b) { b.library->missing = {epilogue}, b.products.prepare(b.launch); });
  }
  int calls = 0;
  for (std::size_t world = 0; world < worlds.size(); ++world) {
    Bench bench;
    worlds[world](bench);
    for (const ProductCase& shape : product_shapes()) {
      for (const ProductCase& call : cases_of_shape(shape)) {
        INFO("world " << world << ", " << call.to_string());
        const int wrong = wrong_numbers<float>(bench, call), wrong_wide = wrong_numbers<double>(bench, call);
        if (wrong + wrong_wide != 0) CHECK((wrong == 0 && wrong_wide == 0));
        ++calls;
      }
    }
  }
  CHECK(calls > 30000);
}

TEST_CASE("an empty product leaves zeros, bias and all else to the caller", "[cuda][products]") {
  Bench bench;
  bench.products.prepare(bench.launch);
  const std::size_t before = bench.library->epilogues.size();
  for (ProductCase shape : {ProductCase{3, 8, 0}, ProductCase{0, 8, 2}, ProductCase{3, 0, 2}, ProductCase{0, 0, 0}}) {
    for (const ProductCase& call : cases_of_shape(shape)) {
      INFO(call.to_string());
      CHECK(wrong_numbers<float>(bench, call) == 0);
      Numbers<float> n = numbers_of<float>(call, true, 1);
      Placed<float> placed(call, n, bench.allocate, *bench.library, bench.launch);
      const Remainder left = bench.products.multiply(bench.launch, placed.matmul);
      CHECK(left.clear);
      CHECK(left.c_written);
      CHECK(left.bias == call.bias);
      CHECK(left.row_sums == call.row_sums);
      CHECK(left.activation == (call.activation != nullptr));
      CHECK(left.derivative == (call.derivative != nullptr));
    }
  }
  // Only the layers below, whose inner size is not zero, were ever multiplied.
  for (std::size_t i = before; i < bench.library->epilogues.size(); ++i) {
    CHECK(bench.library->epilogues[i] == CUBLASLT_EPILOGUE_RELU_AUX_BIAS);
  }
}

TEST_CASE("what can be fused is fused", "[cuda][products]") {
  Bench bench;
  bench.products.prepare(bench.launch);
  ProductCase call = relu_layer();
  CHECK(epilogue_for(bench, call) == CUBLASLT_EPILOGUE_RELU_AUX_BIAS);
  call.wants_by_product = false;
  CHECK(epilogue_for(bench, call) == CUBLASLT_EPILOGUE_RELU_BIAS);
  call.bias = false;
  CHECK(epilogue_for(bench, call) == CUBLASLT_EPILOGUE_RELU);
  call.bias = true, call.c_is_optional = false;
  CHECK(epilogue_for(bench, call) == CUBLASLT_EPILOGUE_BIAS);
  call.activation = &formula_of<GeluTanh>();
  CHECK(epilogue_for(bench, call) == CUBLASLT_EPILOGUE_GELU_AUX_BIAS);
  call.columns = 12;
  CHECK(epilogue_for(bench, call) == CUBLASLT_EPILOGUE_BIAS);
  call.activation = &formula_of<Tanh>();
  CHECK(epilogue_for(bench, call) == CUBLASLT_EPILOGUE_BIAS);
  CHECK(epilogue_for(bench, {4, 16, 8, true, false, false, true}) == CUBLASLT_EPILOGUE_BGRADB);
  CHECK(epilogue_for(bench, {4, 16, 8, true, false, true, true}) == CUBLASLT_EPILOGUE_BIAS);  // more numbers than sums
  CHECK(epilogue_for(bench, {4, 16, 8, true, false}) == CUBLASLT_EPILOGUE_DEFAULT);
  CHECK(epilogue_for(bench, slope_of(formula_of<GeluTanh>())) == CUBLASLT_EPILOGUE_DGELU);
  CHECK(epilogue_for(bench, slope_of(formula_of<Tanh>())) == CUBLASLT_EPILOGUE_DEFAULT);
  CHECK(epilogue_for(bench, slope_of(formula_of<Relu>())) == CUBLASLT_EPILOGUE_DEFAULT);  // no mask
}

TEST_CASE("what is fused is not left to do", "[cuda][products]") {
  Bench bench;
  bench.products.prepare(bench.launch);
  const auto left_of = [&](const ProductCase& call) {
    Placed<double> placed(call, numbers_of<double>(call, true, 1), bench.allocate, *bench.library, bench.launch);
    const Remainder left = bench.products.multiply(bench.launch, placed.matmul);
    return std::string(left.clear ? "0" : "") + (left.bias ? "b" : "") + (left.activation ? "f" : "") + (left.derivative ? "d" : "") +
           (left.row_sums ? "s" : "") + (left.c_written ? "" : "!");
  };
  ProductCase call = relu_layer();
  CHECK(left_of(call) == "!");
  call.activation = &formula_of<GeluTanh>();
  CHECK(left_of(call).empty());
  call.activation = &formula_of<Tanh>();
  CHECK(left_of(call) == "f");
  CHECK(left_of(slope_of(formula_of<GeluTanh>())).empty());
  CHECK(left_of(slope_of(formula_of<Tanh>())) == "d");
  CHECK(left_of({4, 16, 8, true, false, false, true}).empty());
  CHECK(left_of({4, 16, 8, true, false, true, true}) == "s");
}

TEST_CASE("an activation that failed its trial is not used", "[cuda][products]") {
  const auto epilogues_with = [](Quirk quirk) {
    Bench bench;
    bench.library->quirk = quirk;
    bench.products.prepare(bench.launch);
    ProductCase layer = relu_layer();
    Placed<float> placed(layer, numbers_of<float>(layer, true, 1), bench.allocate, *bench.library, bench.launch);
    std::vector<unsigned> found = {epilogue_for(bench, layer)};
    bench.products.multiply(bench.launch, placed.matmul);
    found.push_back(epilogue_for(bench, slope_of(formula_of<Relu>()), placed.by_product));
    layer.activation = &formula_of<GeluTanh>();
    found.push_back(epilogue_for(bench, layer));
    found.push_back(epilogue_for(bench, slope_of(formula_of<GeluTanh>())));
    return found;
  };
  constexpr unsigned plain = CUBLASLT_EPILOGUE_DEFAULT, bias = CUBLASLT_EPILOGUE_BIAS, relu = CUBLASLT_EPILOGUE_RELU_BIAS,
                     mask = CUBLASLT_EPILOGUE_RELU_AUX_BIAS, relu_back = CUBLASLT_EPILOGUE_DRELU, gelu = CUBLASLT_EPILOGUE_GELU_AUX_BIAS,
                     gelu_back = CUBLASLT_EPILOGUE_DGELU;
  using Epilogues = std::vector<unsigned>;
  CHECK(epilogues_with(Quirk::none) == Epilogues{mask, relu_back, gelu, gelu_back});
  CHECK(epilogues_with(Quirk::relu_hides_nan) == Epilogues{bias, plain, gelu, gelu_back});
  CHECK(epilogues_with(Quirk::relu_of_zero_in_mask) == Epilogues{relu, plain, gelu, gelu_back});
  CHECK(epilogues_with(Quirk::gelu_by_error_function) == Epilogues{mask, relu_back, bias, gelu_back});
  CHECK(epilogues_with(Quirk::gelu_overflows) == Epilogues{mask, relu_back, gelu, plain});
}

TEST_CASE("a mask is used where it belongs and nowhere else", "[cuda][products]") {
  Bench bench;
  bench.products.prepare(bench.launch);
  const ProductCase layer = relu_layer();
  Placed<float> placed(layer, numbers_of<float>(layer, true, 1), bench.allocate, *bench.library, bench.launch);
  bench.products.multiply(bench.launch, placed.matmul);
  REQUIRE(placed.by_product);
  const auto mask = placed.by_product;
  CHECK(static_cast<const ReluMask*>(mask.get())->leading == 128);
  ProductCase back = slope_of(formula_of<Relu>());
  CHECK(epilogue_for(bench, back, mask) == CUBLASLT_EPILOGUE_DRELU);
  back.rows = 5;
  CHECK(epilogue_for(bench, back, mask) == CUBLASLT_EPILOGUE_DEFAULT);
  CHECK(epilogue_for(bench, slope_of(formula_of<Tanh>()), mask) == CUBLASLT_EPILOGUE_DEFAULT);
  // The next product leaves none: the old one must not stay.
  bench.library->missing = {CUBLASLT_EPILOGUE_RELU_AUX_BIAS};
  bench.products.set_precision(ProductPrecision::tf32);
  bench.products.multiply(bench.launch, placed.matmul);
  CHECK_FALSE(placed.by_product);
}

TEST_CASE("a user's struct that is called relu is not the catalogue's", "[cuda][products]") {
  Bench bench;
  bench.products.prepare(bench.launch);
  ProductCase call = relu_layer();
  call.activation = &formula_of<Mine>();
  CHECK(epilogue_for(bench, call) == CUBLASLT_EPILOGUE_BIAS);
}

TEST_CASE("a product that the library cannot do at all is an error with its shapes", "[cuda][products]") {
  Bench bench;
  bench.library->missing = {CUBLASLT_EPILOGUE_DEFAULT, CUBLASLT_EPILOGUE_BIAS};
  bench.products.set_precision(ProductPrecision::bf16);
  CHECK_THROWS_WITH(epilogue_for(bench, {4, 16, 8, false, true, true}),
                    "matmul: cuBLASLt has no algorithm for [4, 8] times [16, 8] transposed in float32 (bf16) on this device");
}

}  // namespace seegrad::cuda::test
