// Batches and the conversion of bytes to numbers.

#include "seegrad/data/batches.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "data/temporary_folder.hpp"
#include "seegrad/data/digits.hpp"
#include "seegrad/math/error.hpp"

using namespace seegrad;
using namespace seegrad::test;
using Catch::Matchers::Contains;
using Indices = std::vector<std::int32_t>;

namespace {

Indices all_of(const Batches& batches) {
  Indices all;
  for (const std::span<const std::int32_t> batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

Indices counting(std::size_t n) {
  Indices numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

}  // namespace

TEST_CASE("every epoch holds every sample once, in a new order", "[data]") {
  for (const std::size_t samples : {1u, 7u, 100u, 1000u})
    for (const std::int64_t batch_size : {1, 3, 100, 5000}) {
      Batches batches(samples, batch_size, 3);
      Indices first = all_of(batches.epoch(0)), second = all_of(batches.epoch(1));
      if (samples > 10) CHECK(first != second);
      std::sort(first.begin(), first.end());
      std::sort(second.begin(), second.end());
      CHECK(first == counting(samples));
      CHECK(second == counting(samples));
    }
}

TEST_CASE("the last batch is short, or left out when asked", "[data]") {
  Batches kept(10, 4, 1), dropped(10, 4, 1, {.drop_last = true}), even(8, 4, 1, {.drop_last = true});
  CHECK((kept.size() == 3 && dropped.size() == 2 && even.size() == 2));
  CHECK((kept[0].size() == 4 && kept[2].size() == 2));
  CHECK(all_of(dropped.epoch(0)).size() == 8);
}

TEST_CASE("the order depends on seed and epoch alone, so a resumed run continues as it would have", "[data]") {
  Batches run(500, 32, 42), resumed(500, 32, 42), other(500, 32, 43);
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch) run.epoch(epoch);
  CHECK(all_of(run.epoch(7)) == all_of(resumed.epoch(7)));
  CHECK(all_of(other.epoch(7)) != all_of(resumed.epoch(7)));
  CHECK(all_of(run.epoch(0)) == all_of(resumed.epoch(0)));
}

TEST_CASE("without shuffling the samples come in their own order in every epoch", "[data]") {
  Batches batches(10, 3, 1, {.shuffle = false});
  CHECK(all_of(batches.epoch(0)) == counting(10));
  CHECK(all_of(batches.epoch(5)) == counting(10));
}

TEST_CASE("impossible batches are refused", "[data]") {
  CHECK_THAT(message_of<UsageError>([] { Batches(10, 0, 1); }), Contains("--batch 0: must be at least 1"));
  CHECK_THAT(message_of<UsageError>([] { Batches(10, -3, 1); }), Contains("--batch -3"));
  CHECK_THAT(message_of<UsageError>([] { Batches(0, 1, 1); }), Contains("batches of 0 samples"));
  CHECK_THAT(message_of<UsageError>([] { Batches(10, 11, 1, {.drop_last = true}); }), Contains("a short batch is not wanted"));
}

TEST_CASE("bytes become numbers of both precisions, sample by sample", "[data]") {
  const Images images = generate_digits(20);
  const Indices chosen{3, 19, 0, 3};
  std::vector<float> single(4 * 784, -1);
  std::vector<double> twice(4 * 784, -1);
  std::vector<std::int32_t> labels(4, -1);
  to_float(images, chosen, single.data(), 2.0f, -3.0f);
  to_float(images, chosen, twice.data());
  gather_labels(images, chosen, labels.data());
  for (std::size_t i = 0; i < 4; ++i) {
    const auto image = images.image(static_cast<std::size_t>(chosen[i]));
    CHECK(labels[i] == images.labels[static_cast<std::size_t>(chosen[i])]);
    for (std::size_t p = 0; p < 784; ++p) {
      REQUIRE(single[784 * i + p] == static_cast<float>(image[p]) * 2.0f - 3.0f);
      REQUIRE(twice[784 * i + p] == Approx(image[p] / 255.0));
    }
  }
}

TEST_CASE("an index without a sample is refused before anything is written", "[data]") {
  const Images images = generate_digits(5);
  for (const std::int32_t wrong : {5, -1, 1000000}) {
    std::vector<float> out(2 * 784, -1);
    std::vector<std::int32_t> labels(2, -1);
    const Indices chosen{0, wrong};
    CHECK_THAT(message_of<Error>([&] { to_float(images, chosen, out.data()); }), Contains("sample " + std::to_string(wrong)));
    CHECK_THAT(message_of<Error>([&] { gather_labels(images, chosen, labels.data()); }), Contains("there are 5"));
    CHECK(out == std::vector<float>(2 * 784, -1));
    CHECK(labels == std::vector<std::int32_t>(2, -1));
  }
}

TEST_CASE("standardised pixels have mean 0 and deviation 1", "[data]") {
  const Images images = generate_digits(300);
  std::vector<double> out(300 * 784);
  to_float(images, counting(300), out.data(), standardising(images));
  double mean = 0, square = 0;
  for (const double x : out) mean += x / static_cast<double>(out.size());
  for (const double x : out) square += (x - mean) * (x - mean) / static_cast<double>(out.size());
  CHECK(std::abs(mean) < 1e-6);
  CHECK(square == Approx(1).epsilon(1e-6));

  const PixelStatistics statistics = pixel_statistics(images);
  double naive = 0;
  for (const std::uint8_t pixel : images.pixels) naive += pixel / 255.0;
  CHECK(statistics.mean == Approx(naive / static_cast<double>(images.pixels.size())).epsilon(1e-12));
}

TEST_CASE("images of one colour are standardised to 0, not to infinity", "[data]") {
  Images flat;
  flat.count = 2;
  flat.rows = flat.columns = 3;
  flat.pixels.assign(18, 200);
  flat.labels.assign(2, 0);
  std::vector<float> out(18);
  to_float(flat, Indices{0, 1}, out.data(), standardising(flat));
  for (const float x : out) CHECK(std::abs(x) < 1e-6f);
}
