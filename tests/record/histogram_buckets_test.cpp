#include "record/histogram_buckets.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "seegrad/math/error.hpp"
#include "support/event_reader.hpp"

using namespace seegrad;
using namespace seegrad::records;
using test::histogram_of;

namespace {
constexpr double inf = std::numeric_limits<double>::infinity(), nan_value = std::numeric_limits<double>::quiet_NaN();
}  // namespace

TEST_CASE("the buckets of a histogram hold the numbers that they say", "[record][event]") {
  std::mt19937_64 random(3);
  std::normal_distribution<double> gauss;
  std::uniform_real_distribution<double> exponent(-60, 40);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> numbers;
    const int count = 1 + round % 17;
    for (int i = 0; i < count; ++i) {
      const double x = gauss(random), sign = x < 0 ? -1 : 1;
      const double candidates[] = {x, 0, std::max(x, 0.0), sign * std::exp2(exponent(random)), sign * inf, sign, nan_value};
      numbers.push_back(candidates[(round / 3 + i * (round % 5)) % 7]);
    }
    const observe::LayerHistogram histogram = histogram_of(numbers);
    const HistogramBuckets buckets = buckets_of(histogram);
    INFO("round " << round);
    REQUIRE(buckets.limits.size() == buckets.counts.size());
    CHECK(buckets.count == static_cast<double>(std::count_if(numbers.begin(), numbers.end(), [](double x) { return x == x; })));
    if (buckets.limits.empty()) continue;
    CHECK((buckets.counts.front() > 0 && buckets.counts.back() > 0));
    CHECK(buckets.min < buckets.limits.front());
    CHECK(buckets.max == buckets.limits.back());
    for (std::size_t i = 1; i < buckets.limits.size(); ++i) CHECK(buckets.limits[i - 1] < buckets.limits[i]);
    // Each number by the limits alone; what is nearer to zero than 2^-40 is told from zero by its bin only.
    std::vector<double> found(buckets.limits.size(), 0);
    double tiny = 0, tiny_found = 0;
    for (const double x : numbers) {
      if (x != x) continue;
      if (x != 0 && std::fabs(x) < 0x1p-40) {
        tiny += 1;
        continue;
      }
      std::size_t i = 0;
      while (i + 1 < found.size() && (x < 0 ? x > buckets.limits[i] : x >= buckets.limits[i])) ++i;
      found[i] += 1;
    }
    for (std::size_t i = 0; i < found.size(); ++i) tiny_found += buckets.counts[i] - found[i];
    CHECK(tiny_found == tiny);
    if (tiny == 0) CHECK(found == buckets.counts);
  }
}

TEST_CASE("zeros have a bucket of their own, and the outer ends are the real ones", "[record][event]") {
  const HistogramBuckets buckets = buckets_of(histogram_of({0, 0, 0, 1e-9, 0.3, -0.7}));
  CHECK(buckets.min == -0.7);
  CHECK(buckets.max == 0.3);
  const auto zeros = std::find(buckets.counts.begin(), buckets.counts.end(), 3.0) - buckets.counts.begin();
  CHECK(buckets.limits[static_cast<std::size_t>(zeros)] == 0x1p-40);
  CHECK(buckets.limits[static_cast<std::size_t>(zeros) - 1] == -0x1p-40);
  const HistogramBuckets rectified = buckets_of(histogram_of({0, 0, 0.3}));
  CHECK((rectified.min == 0 && rectified.limits.front() == 0x1p-40 && rectified.max == 0.3));
}

TEST_CASE("the outer buckets of a histogram keep a width whatever is in them", "[record][event]") {
  const auto ends = [](const std::vector<double>& numbers) {
    const HistogramBuckets buckets = buckets_of(histogram_of(numbers));
    return std::pair(buckets.min, buckets.max);
  };
  CHECK(ends({0, 0}) == std::pair(-0x1p-40, 0x1p-40));
  CHECK(ends({1.25, 1.25}) == std::pair(1.0, 1.5));
  CHECK(ends({-1, 1}) == std::pair(-1.5, 1.5));  // at the edges of their bins, as a saturated tanh is
  CHECK(ends({0.5, inf}) == std::pair(0.5, 0x1p24));
  CHECK(ends({-inf, 0.2, 0.7}) == std::pair(-0x1p24, 0.7));
  CHECK(ends({-1e9, 1e9}) == std::pair(-1e9, 1e9));
  CHECK(ends({-1e-20, 1e-20}) == std::pair(-0x1.8p-40, 0x1.8p-40));
}

TEST_CASE("a histogram without any number has no buckets, and one with too few bins is refused", "[record][event]") {
  CHECK(buckets_of(histogram_of({nan_value})).limits.empty());
  observe::LayerHistogram histogram;
  CHECK(test::message_of<Error>([&] { buckets_of(histogram); }) == "histogram of layer 0: has 0 counts, 257 are needed");
}
