// The drawn digits: the same everywhere, each sample on its own, legible and varied as far as a program can judge.

#include "seegrad/data/digits.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <vector>

#include "seegrad/data/batches.hpp"
#include "seegrad/math/error.hpp"

using namespace seegrad;

namespace {

double distance(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = a[i] - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

}  // namespace

TEST_CASE("the committed sample is what the generator draws, byte for byte", "[data]") {
  const Dataset sample = load_dataset((std::filesystem::path(SEEGRAD_SOURCE_DIR) / "datasets/sample").string());
  const Dataset drawn = digits_dataset(160, 40);
  CHECK(sample.train.pixels == drawn.train.pixels);
  CHECK(sample.train.labels == drawn.train.labels);
  CHECK(sample.test.pixels == drawn.test.pixels);
  CHECK(sample.test.labels == drawn.test.labels);
  CHECK(sample.checksum() == drawn.checksum());
}

TEST_CASE("a sample depends on seed and number alone", "[data]") {
  const Images many = generate_digits(3000, 7), few = generate_digits(5, 7, 1234);
  for (std::size_t i = 0; i < few.count; ++i) {
    CHECK(few.labels[i] == many.labels[1234 + i]);
    CHECK(distance(few.image(i), many.image(1234 + i)) == 0);
  }
  CHECK(generate_digits(100, 7).pixels != generate_digits(100, 8).pixels);
  CHECK(generate_digits(3000, 7).pixels == many.pixels);
  CHECK(generate_digits(0).pixels.empty());
}

TEST_CASE("training and test samples differ, and no two samples are the same", "[data]") {
  const Dataset data = digits_dataset(2000, 2000);
  std::set<std::vector<std::uint8_t>> seen;
  for (const Images* part : {&data.train, &data.test})
    for (std::size_t i = 0; i < part->count; ++i) seen.insert({part->image(i).begin(), part->image(i).end()});
  CHECK(seen.size() == 4000);
}

TEST_CASE("all digits occur about equally often, white strokes on a black ground, with a margin", "[data]") {
  const Images images = generate_digits(5000);
  std::array<int, 10> counts{};
  int touching = 0;
  for (std::size_t i = 0; i < images.count; ++i) {
    ++counts[images.labels[i]];
    const auto image = images.image(i);
    const auto ink = std::count_if(image.begin(), image.end(), [](int p) { return p > 127; });
    const auto ground = std::count(image.begin(), image.end(), 0);
    CAPTURE(i);
    REQUIRE((ink >= 12 && ink < 300));
    REQUIRE(ground > 350);
    bool edge = false;
    for (std::size_t k = 0; k < 28; ++k) edge = edge || image[k] || image[27 * 28 + k] || image[28 * k] || image[28 * k + 27];
    touching += edge;
  }
  for (const int count : counts) CHECK(std::abs(count - 500) < 5 * 22);
  CHECK(touching < 1000);
  const PixelStatistics statistics = pixel_statistics(images);
  CHECK((statistics.mean > 0.10 && statistics.mean < 0.17));            // MNIST: 0.131
  CHECK((statistics.deviation > 0.25 && statistics.deviation < 0.35));  // MNIST: 0.308
}

TEST_CASE("the nearest neighbour among 5000 digits reads most of 500 others, but not all", "[data][slow]") {
  const Dataset data = digits_dataset(5000, 500);
  int right = 0;
  for (std::size_t i = 0; i < data.test.count; ++i) {
    double nearest = 1e300;
    std::uint8_t answer = 0;
    for (std::size_t j = 0; j < data.train.count; ++j)
      if (const double d = distance(data.test.image(i), data.train.image(j)); d < nearest) {
        nearest = d;
        answer = data.train.labels[j];
      }
    right += answer == data.test.labels[i];
  }
  CAPTURE(right);
  CHECK((right >= 450 && right < 500));
}

TEST_CASE("drawing into room of another size is refused", "[data]") {
  std::vector<std::uint8_t> small(783);
  CHECK_THROWS_AS(draw_digit(1, 1, small), Error);
}
