// The random numbers: published vectors, fixed values, distributions. All sample sizes and seeds are fixed, so a test that
// passes once passes always; the limits on statistics are those that a right generator misses once in a million seeds.

#include "seegrad/math/random.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "seegrad/math/error.hpp"

using namespace seegrad;

namespace {

std::vector<std::uint32_t> words(const PhiloxBlock& block) { return {block.word, block.word + 4}; }

double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// The largest gap between the sample's distribution and f, times sqrt(n).
template <class F>
double kolmogorov_smirnov(std::vector<double> sample, F f) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double gap = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double p = f(sample[i]), k = static_cast<double>(i);
    gap = std::max({gap, p - k / n, (k + 1) / n - p});
  }
  return gap * std::sqrt(n);
}

}  // namespace

TEST_CASE("Philox4x32-10 gives the known answers of Random123", "[random]") {
  const std::uint32_t ones = 0xFFFFFFFFu;
  CHECK(words(philox({{0, 0, 0, 0}}, {{0, 0}})) == std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(words(philox({{ones, ones, ones, ones}}, {{ones, ones}})) ==
        std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(words(philox({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, {{0xa4093822, 0x299f31d0}})) ==
        std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a kernel can draw the words of a Random by their number", "[random]") {
  const std::uint64_t seed = 0x0123456789abcdef, stream = 0xfedcba9876543210;
  Random random(seed, stream);
  for (std::uint64_t block = 0; block < 100; ++block)
    for (const std::uint32_t word : words(philox(seed, stream, block))) REQUIRE(random.bits() == word);
  Random zero(0, 0);
  CHECK(zero.bits() == 0x6627e8d5u);
}

TEST_CASE("the numbers of a seed are these, with every compiler", "[random]") {
  Random bits(2026, 7), uniform(2026, 7), normal(2026, 7), below(2026, 7);
  for (const std::uint32_t expected : {0xc5f1788eu, 0x6bc31938u, 0x945b1117u, 0xb010cdffu, 0xee350aa1u, 0xf59d0f8du})
    CHECK(bits.bits() == expected);
  for (const double expected : {0x1.af0c64e317c5ep-2, 0x1.60219bff28b62p-1, 0x1.eb3a1f1bdc6a1p-1}) CHECK(uniform.uniform() == expected);
  for (const double expected : {-0x1.9c0c55b7a89adp-1, 0x1.9b8c1a31ba6e5p-2, 0x1.a0bd8de7580a1p-5, 0x1.1b395b5f10a73p+0,
                                0x1.5b5ec7b679603p+0, 0x1.2325d1f56b57ep-1, -0x1.7ef6269fd961p-2, -0x1.4d9d816dbfffap+1})
    CHECK(normal.normal() == expected);
  for (const std::uint64_t expected : {77, 42, 57, 68, 93, 95, 80, 26, 87, 17}) CHECK(below.below(100) == expected);
  CHECK(Random(2026, 7).permutation(10) == std::vector<std::int32_t>{2, 1, 0, 8, 6, 5, 9, 4, 3, 7});
  CHECK(Random(2026, 7).split(3).state() == RandomState{0x6c3b5e1a8345cc1d, 0xa8c0e1a70aa70e33, 0});

  Random many(1);
  double sum = 0;
  for (int i = 0; i < 1000000; ++i) sum += many.normal();
  CHECK(sum == 0x1.33dccda36ca1fp+9);
}

TEST_CASE("the normal quantile agrees with Wichura's values and with the complementary error function", "[random]") {
  CHECK(normal_quantile(0.25) == Approx(-0.6744897501960817).epsilon(1e-15));
  CHECK(normal_quantile(0.001) == Approx(-3.090232306167814).epsilon(1e-15));
  CHECK(normal_quantile(1e-20) == Approx(-9.262340089798408).epsilon(1e-15));
  CHECK(normal_quantile(0.5) == 0.0);
  for (double p = 1e-300; p < 0.5; p *= 1.37) {
    CAPTURE(p);
    const double x = normal_quantile(p);
    // One ulp of x moves the probability by about x^2 ulp in the tail.
    CHECK(normal_distribution(x) == Approx(p).epsilon(1e-15 * (4 + x * x)));
    if (p > 1e-16) CHECK(normal_quantile(1 - p) == Approx(-normal_quantile(1 - (1 - p))).epsilon(1e-15));
  }
}

TEST_CASE("the normal quantile rises and says what lies outside its domain", "[random]") {
  double before = -std::numeric_limits<double>::infinity();
  for (int i = 1; i < 20000; ++i) {
    const double x = normal_quantile(i / 20000.0);
    REQUIRE(x > before);
    before = x;
  }
  CHECK(normal_quantile(0) == -std::numeric_limits<double>::infinity());
  CHECK(normal_quantile(1) == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(normal_quantile(-1e-9)));
  CHECK(std::isnan(normal_quantile(1.0000001)));
  CHECK(std::isnan(normal_quantile(std::nan(""))));
  CHECK(std::isfinite(normal_quantile(std::numeric_limits<double>::denorm_min())));
}

TEST_CASE("uniform numbers are uniform", "[random]") {
  Random random(11);
  std::vector<double> sample(200000);
  for (double& x : sample) x = random.uniform();
  CHECK(*std::min_element(sample.begin(), sample.end()) >= 0.0);
  CHECK(*std::max_element(sample.begin(), sample.end()) < 1.0);
  CHECK(kolmogorov_smirnov(sample, [](double x) { return x; }) < 2.7);
  for (int i = 0; i < 1000; ++i) {
    const double x = random.uniform(-3, 5);
    REQUIRE((x >= -3 && x <= 5));
  }
}

TEST_CASE("normal numbers have the moments, tails and distribution of a normal", "[random]") {
  Random random(12);
  const int n = 1000000;
  std::vector<double> sample(static_cast<std::size_t>(n));
  for (double& x : sample) x = random.normal();
  double moments[5] = {};
  for (const double x : sample)
    for (int k = 1; k <= 4; ++k) moments[k] += std::pow(x, k) / n;
  // Standard errors of the raw moments of a standard normal: sqrt of 1, 2, 15, 96 over n.
  CHECK(std::abs(moments[1]) < 5 * std::sqrt(1.0 / n));
  CHECK(std::abs(moments[2] - 1) < 5 * std::sqrt(2.0 / n));
  CHECK(std::abs(moments[3]) < 5 * std::sqrt(15.0 / n));
  CHECK(std::abs(moments[4] - 3) < 5 * std::sqrt(96.0 / n));
  for (const double limit : {1.0, 2.0, 3.0, 4.0}) {
    const double share = normal_distribution(-limit);
    for (const double sign : {-1.0, 1.0}) {
      const auto beyond = std::count_if(sample.begin(), sample.end(), [&](double x) { return sign * x > limit; });
      CHECK(std::abs(static_cast<double>(beyond) - n * share) < 5 * std::sqrt(n * share) + 1);
    }
  }
  CHECK(kolmogorov_smirnov(sample, normal_distribution) < 2.7);
  CHECK(Random(5).normal(3, 2) == 3 + 2 * Random(5).normal());
}

TEST_CASE("neighbouring seeds, streams and draws are not correlated", "[random]") {
  const int n = 100000;
  const auto correlation = [&](Random a, Random b, int skip) {
    double sum = 0;
    for (int i = 0; i < skip; ++i) b.normal();
    for (int i = 0; i < n; ++i) sum += a.normal() * b.normal();
    return std::abs(sum) / std::sqrt(n);
  };
  CHECK(correlation(Random(1), Random(2), 0) < 5);
  CHECK(correlation(Random(1, 0), Random(1, 1), 0) < 5);
  CHECK(correlation(Random(1), Random(1), 1) < 5);
  CHECK(correlation(Random(1), Random(1).split(0), 0) < 5);
  CHECK(correlation(Random(1).split(0), Random(1).split(1), 0) < 5);
}

TEST_CASE("integers below a limit are below it and equally likely", "[random]") {
  Random random(13);
  for (const std::uint64_t limit : {1ull, 2ull, 3ull, 10ull, 1000ull, 0xFFFFFFFFull, 0x100000000ull, 0xC000000000000000ull, ~0ull})
    for (int i = 0; i < 2000; ++i) REQUIRE(random.below(limit) < limit);
  for (const std::uint64_t limit : {3u, 10u, 100u}) {
    std::vector<double> counts(limit);
    const double n = 300000, expected = n / static_cast<double>(limit);
    for (int i = 0; i < static_cast<int>(n); ++i) ++counts[random.below(limit)];
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - expected) * (count - expected) / expected;
    const double freedom = static_cast<double>(limit) - 1;
    CHECK(chi_square < freedom + 6 * std::sqrt(2 * freedom) + 12);
  }
  // Two thirds of 2^32: multiplying without rejection would give every second number twice the weight of its neighbour.
  const std::uint64_t limit = 0xAAAAAAAAull;
  int even = 0;
  for (int i = 0; i < 100000; ++i) even += random.below(limit) % 2 == 0;
  CHECK(std::abs(even - 50000) < 5 * 158);
  CHECK_THROWS_AS(random.below(0), Error);
}

TEST_CASE("a permutation holds every number once, and every order is equally likely", "[random]") {
  for (const std::size_t n : {0u, 1u, 2u, 17u, 1000u}) {
    std::vector<std::int32_t> order = Random(3).permutation(n), sorted(n);
    std::iota(sorted.begin(), sorted.end(), 0);
    std::sort(order.begin(), order.end());
    CHECK(order == sorted);
  }
  std::vector<int> counts(27);
  Random random(4);
  for (int i = 0; i < 60000; ++i) {
    const auto order = random.permutation(3);
    ++counts[static_cast<std::size_t>(order[0] * 9 + order[1] * 3 + order[2])];
  }
  CHECK(std::count_if(counts.begin(), counts.end(), [](int count) { return count > 0; }) == 6);
  for (const int count : counts) CHECK((count == 0 || std::abs(count - 10000) < 5 * 92));
  CHECK_THROWS_AS(random.permutation(std::size_t{1} << 31), Error);
}

TEST_CASE("a saved state continues exactly where it stood", "[random]") {
  Random random(99, 5);
  for (int drawn = 0; drawn < 23; ++drawn) {
    Random resumed(random.state()), skipped(99, 5);
    skipped.skip(random.state().position);
    CHECK(resumed == random);
    Random original = random;
    for (int i = 0; i < 20; ++i) {
      const std::uint32_t expected = original.bits();
      REQUIRE(resumed.bits() == expected);
      REQUIRE(skipped.bits() == expected);
    }
    random.bits();
  }
}

TEST_CASE("a split depends on seed, stream and number, not on what was drawn", "[random]") {
  Random random(1, 2);
  const Random child = random.split(3);
  random.normal();
  CHECK(random.split(3) == child);
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (std::uint64_t stream = 0; stream < 10; ++stream)
      for (std::uint64_t number = 0; number < 10; ++number) seeds.insert(Random(seed, stream).split(number).state().seed);
  CHECK(seeds.size() == 1000);
}

TEST_CASE("chance is never at 0 and always at 1", "[random]") {
  Random random(8);
  int hits = 0;
  for (int i = 0; i < 10000; ++i) {
    REQUIRE(!random.chance(0));
    REQUIRE(random.chance(1));
    hits += random.chance(0.3);
  }
  CHECK(std::abs(hits - 3000) < 5 * 46);
}
