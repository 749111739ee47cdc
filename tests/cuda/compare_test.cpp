// The yardstick itself: that it calls equal what is equal, and that no planted fault gets past it.
#include "compare.hpp"

#include <catch2/catch.hpp>

namespace seegrad::testing {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

const Numbers base{1, -2, 0, 1e-30, 1e30, nan, infinity, -infinity, 0.5};

}  // namespace

TEST_CASE("equal arrays have no difference, whatever they hold", "[compare]") {
  CHECK(difference(base, base, DType::float32, {}) == "");
  CHECK(bit_difference(base, base) == "");
  CHECK(difference(Numbers{}, Numbers{}, DType::float32, {}) == "");
  CHECK(differences_in_size({base, base}, {base, base}, DType::float64, 0) == "");
}

TEST_CASE("one number that is off anywhere is found and named", "[compare]") {
  for (std::size_t i = 0; i < base.size(); ++i) {
    for (const double wrong : {7.0, nan, infinity, -infinity}) {
      if (same_value(base[i], wrong)) continue;
      Numbers other = base;
      other[i] = wrong;
      INFO("place " << i << ", " << wrong);
      const std::string place = "[" + std::to_string(i) + "]";
      CHECK_THAT(difference(base, other, DType::float32, {4, 1}), Catch::Contains(place) && Catch::Contains("1 of 9 differ"));
      CHECK_THAT(bit_difference(base, other), Catch::Contains(place));
      // What stands there must be finite where something finite was expected, however much is allowed.
      if (std::isfinite(base[i]) != std::isfinite(wrong)) CHECK(difference(base, other, DType::float32, {1e30, 1e30}) != "");
    }
  }
}

TEST_CASE("what is missing or too much is found", "[compare]") {
  const Numbers shorter(base.begin(), base.end() - 1);
  CHECK(difference(base, shorter, DType::float32, {1e9, 1e9}) != "");
  CHECK(difference(shorter, base, DType::float32, {1e9, 1e9}) != "");
  CHECK(differences({base, base}, {base}, DType::float32, {1e9, 1e9}) != "");
  CHECK(differences_in_size({base}, {base, base}, DType::float32, 1e9) != "");
  CHECK_THAT(differences({base, base}, {base, shorter}, DType::float32, {}), Catch::Contains("array 1"));
}

TEST_CASE("the limit is the limit: a little less passes, a little more does not", "[compare]") {
  const double epsilon = epsilon_of(DType::float32);
  const auto verdict = [&](double expected, double off, Nearness allowed) {
    return difference(Numbers{expected}, Numbers{expected + off}, DType::float32, allowed) == "";
  };
  CHECK(verdict(1, 3.99 * epsilon, {4, 0}));
  CHECK_FALSE(verdict(1, 4.1 * epsilon, {4, 0}));
  CHECK(verdict(-8, 8 * 3.99 * epsilon, {4, 0}));
  CHECK_FALSE(verdict(1e-6, 1e-6 * 5 * epsilon, {4, 0}));
  CHECK(verdict(1e-6, 3.9 * 0.25 * epsilon, {4, 0.25}));
  CHECK_FALSE(verdict(1e-6, 4.1 * 0.25 * epsilon, {4, 0.25}));
  CHECK(difference(Numbers{0}, Numbers{1e-300}, DType::float64, {4, 0}) != "");
  CHECK(difference(Numbers{1e-320}, Numbers{1e-320 + 2 * least_of(DType::float64)}, DType::float64, {4, 0}) == "");
}

TEST_CASE("bit for bit, 0 and -0 are two numbers", "[compare]") {
  CHECK(difference(Numbers{0.0}, Numbers{-0.0}, DType::float64, {}) == "");
  CHECK(bit_difference(Numbers{0.0}, Numbers{-0.0}) != "");
  CHECK(bit_difference(Numbers{1, -0.0}, Numbers{1, -0.0}) == "");
  CHECK(bit_difference(Numbers{0.1}, Numbers{std::nextafter(0.1, 1)}) != "");
}

TEST_CASE("against the array's size, a small number may be off by what a large one may", "[compare]") {
  const Numbers sums{1000, 1e-3}, others{1000, 1e-3 + 1000 * 3.9 * epsilon_of(DType::float32)};
  CHECK(differences_in_size({sums}, {others}, DType::float32, 4) == "");
  CHECK(differences_in_size({sums}, {others}, DType::float32, 3.8) != "");
  CHECK(differences({sums}, {others}, DType::float32, {4, 1}) != "");
}

}  // namespace seegrad::testing
