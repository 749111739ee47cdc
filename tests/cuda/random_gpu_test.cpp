// What is drawn at random is a pure function of seed, stream and place, so it is the same on every device to the last bit.
#include <catch2/catch.hpp>

#include "compare.hpp"
#include "seegrad/activation/activation.hpp"
#include "seegrad/ops/dropout.hpp"
#include "seegrad/ops/random.hpp"

namespace seegrad::testing {
namespace {

constexpr std::int64_t counts[] = {1, 2, 3, 4, 5, 17, 1000, 4096, 65537, 1000003};

template <class Draw>
void check_same(Draw draw) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const std::int64_t count : counts) {
      for (const std::uint64_t stream : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xFFFFFFFF12345678}}) {
        INFO(count << " numbers of " << name_of(dtype) << ", stream " << stream);
        const auto run = [&](Device device) {
          Tensor y = Tensor::full({count}, -77, {dtype, device});
          draw(backend_of(device), y.array_for_update(), stream);
          return y.to_vector();
        };
        CHECK(bit_difference(run(cpu_device), run(gpu_device)) == "");
      }
    }
  }
}

}  // namespace

TEST_CASE("dropout masks are the CPU's, bit for bit", "[gpu][random]") {
  for (const double keep : {1.0, 0.9, 0.5, 1.0 / 3, 1e-6})
    check_same([keep](Backend& b, Array y, std::uint64_t stream) { b.dropout_mask(y, keep, 0xABCDEF0123456789, stream); });
}

TEST_CASE("uniform numbers are the CPU's, bit for bit", "[gpu][random]") {
  for (const auto& [lower, upper] : {std::pair(0.0, 1.0), std::pair(-0.1, 0.3), std::pair(1.0 / 8, 1.0 / 3), std::pair(5.0, 5.0)})
    check_same([lower, upper](Backend& b, Array y, std::uint64_t stream) { b.fill_uniform(y, lower, upper, 42, stream); });
}

TEST_CASE("the ops that draw give the same on both devices", "[gpu][random]") {
  const Tensor here = uniform({37, 41}, -1, 2, 7, 3), there = uniform({37, 41}, -1, 2, 7, 3, {DType::float32, gpu_device});
  CHECK(bit_difference(here.to_vector(), there.to_vector()) == "");
  CHECK(bit_difference(dropout(here, 0.3, 5, 9).to_vector(), dropout(there, 0.3, 5, 9).to_vector()) == "");
}

}  // namespace seegrad::testing
