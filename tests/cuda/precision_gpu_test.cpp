// How exactly matrices are multiplied. tf32 keeps 10 bits of an operand's mantissa and bf16 keeps 7, so an operand is off by at most
// 2^-10 or 2^-7 of itself (half of it where it is rounded and not cut off, which is the hardware's affair), a product of two by twice
// that, and a sum of products by that share of the sum of their sizes.
#include <catch2/catch.hpp>

#include "compare.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/ops/matmul.hpp"

namespace seegrad::testing {
namespace {

/// Chooses how products are computed, and gives fp32 back.
class WithPrecision {
 public:
  explicit WithPrecision(ProductPrecision precision) { backend_of(gpu_device).set_product_precision(precision); }
  ~WithPrecision() { backend_of(gpu_device).set_product_precision(ProductPrecision::fp32); }
  WithPrecision(const WithPrecision&) = delete;
  WithPrecision& operator=(const WithPrecision&) = delete;
};

struct Factors {
  std::int64_t rows, inner, columns;
  Numbers a, b;

  Factors(std::int64_t m, std::int64_t k, std::int64_t n) : rows(m), inner(k), columns(n) {
    Random random(static_cast<std::uint64_t>(m + k + n));
    for (std::int64_t i = 0; i < m * k; ++i) a.push_back(double{static_cast<float>(random.normal())});
    for (std::int64_t i = 0; i < k * n; ++i) b.push_back(double{static_cast<float>(random.normal())});
  }
  Numbers product(Device device, DType dtype, bool of_sizes = false) const {
    Numbers x = a, y = b;
    for (double& value : x) value = of_sizes ? std::fabs(value) : value;
    for (double& value : y) value = of_sizes ? std::fabs(value) : value;
    return matmul(tensor_on(device, x, {rows, inner}, dtype), tensor_on(device, y, {inner, columns}, dtype)).to_vector();
  }
};

/// The largest |found - exact| / (sum of the sizes of an element's products).
double worst_share(const Factors& factors, const Numbers& found) {
  const Numbers exact = factors.product(cpu_device, DType::float64), sizes = factors.product(cpu_device, DType::float64, true);
  REQUIRE(found.size() == exact.size());
  double worst = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double share = std::fabs(found[i] - exact[i]) / sizes[i];
    if (!(share <= worst)) worst = share;  // NaN too
  }
  return worst;
}

const std::vector<Factors>& all_factors() {
  static const std::vector<Factors> all{{128, 784, 256}, {256, 256, 64}, {33, 100, 17}, {512, 1024, 512}};
  return all;
}

}  // namespace

TEST_CASE("products are as near to the exact ones as their precision says, and no nearer", "[gpu][precision]") {
  for (const Factors& factors : all_factors()) {
    INFO("[" << factors.rows << ", " << factors.inner << "] times [" << factors.inner << ", " << factors.columns << "]");
    const double in_fp32 = worst_share(factors, factors.product(gpu_device, DType::float32));
    // Sums of up to 1024 products in float32: each rounded, 2^-24 of what has been added so far.
    CHECK(in_fp32 < 1e-6);
    const WithPrecision tf32(ProductPrecision::tf32);
    const double in_tf32 = worst_share(factors, factors.product(gpu_device, DType::float32));
    CHECK(in_tf32 < 0x1p-9 + 1e-6);
    CHECK(in_tf32 > 0x1p-17);  // an operand is off by some 2^-12.5, of both signs; nothing of the kind could be this near by chance
    const WithPrecision bf16(ProductPrecision::bf16);
    const double in_bf16 = worst_share(factors, factors.product(gpu_device, DType::float32));
    CHECK(in_bf16 < 0x1p-6 + 1e-6);
    CHECK(in_bf16 > 4 * in_tf32);
  }
}

TEST_CASE("products of float64 matrices do not care what float32 ones are rounded to", "[gpu][precision]") {
  const Factors& factors = all_factors().front();
  const Numbers plain = factors.product(gpu_device, DType::float64);
  CHECK(worst_share(factors, plain) < 1e-14);
  const WithPrecision bf16(ProductPrecision::bf16);
  CHECK(worst_share(factors, factors.product(gpu_device, DType::float64)) < 1e-14);
}

TEST_CASE("fp32 is fp32 again afterwards", "[gpu][precision]") {
  const Factors& factors = all_factors().front();
  const Numbers before = factors.product(gpu_device, DType::float32);
  { const WithPrecision bf16(ProductPrecision::bf16); }
  CHECK(bit_difference(before, factors.product(gpu_device, DType::float32)) == "");
}

}  // namespace seegrad::testing
