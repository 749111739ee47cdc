// Bringing pictures to another size: what must not change, and what a mean must be.

#include "seegrad/data/grey_image.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "seegrad/data/digits.hpp"
#include "support/pictures.hpp"

using namespace seegrad;

namespace {

GreyImage picture(std::size_t rows, std::size_t columns, std::vector<std::uint8_t> pixels) { return {rows, columns, std::move(pixels)}; }

}  // namespace

TEST_CASE("a grid that lies on the pixels gives them back, also moved", "[data][image]") {
  const GreyImage digit = test::image_of(generate_digits(1, 3), 0);
  const std::vector<float> same = sampled(digit, {.rows = 28, .columns = 28}, 0);
  CHECK(std::equal(same.begin(), same.end(), digit.pixels.begin()));
  const std::vector<float> moved = sampled(digit, {.top = -3, .left = 2, .rows = 28, .columns = 28}, 7);
  for (std::size_t row = 0; row < 28; ++row)
    for (std::size_t column = 0; column < 28; ++column) {
      const bool inside = row >= 3 && column + 2 < 28;
      REQUIRE(moved[row * 28 + column] == (inside ? static_cast<float>(digit.at(row - 3, column + 2)) : 7.0f));
    }
}

TEST_CASE("a flat picture on a background like it stays flat, at any size and place", "[data][image]") {
  const GreyImage flat = picture(13, 31, std::vector<std::uint8_t>(13 * 31, 77));
  for (const double step : {0.1, 0.9, 1.0, 1.7, 12.5, 100.0})
    for (const float value : sampled(flat, {.top = -5.3, .left = 2.25, .step = step, .rows = 9, .columns = 14}, 77))
      REQUIRE(value == Approx(77));
}

TEST_CASE("a picture that becomes smaller keeps its mean", "[data][image]") {
  const GreyImage digit = test::image_of(generate_digits(1, 5), 0);  // black all around
  const double before = std::accumulate(digit.pixels.begin(), digit.pixels.end(), 0.0);
  for (const double step : {1.0, 1.4, 2.0, 3.5, 7.0}) {
    const auto side = static_cast<std::size_t>(28 / step + 6);
    const std::vector<float> values = sampled(digit, {.top = -2 * step, .left = -2 * step, .step = step, .rows = side, .columns = side}, 0);
    CHECK(std::accumulate(values.begin(), values.end(), 0.0) * step * step == Approx(before).epsilon(0.02));
  }
}

TEST_CASE("a larger picture is interpolated linearly", "[data][image]") {
  const GreyImage two = picture(1, 2, {0, 100});
  const std::vector<float> values = sampled(two, {.top = 0.375, .left = 0.375, .step = 0.25, .rows = 1, .columns = 5}, 0);
  // The middle of the grid's pixels lies at 0.5, 0.75, ... 1.5; those of the picture's at 0.5 and 1.5.
  for (std::size_t i = 0; i < 5; ++i) CHECK(values[i] == Approx(25.0 * static_cast<double>(i)));
}

TEST_CASE("a picture is fitted without distortion, in the middle, on the median of its border", "[data][image]") {
  GreyImage bar = picture(40, 20, std::vector<std::uint8_t>(800, 200));
  for (std::size_t row = 8; row < 32; ++row)
    for (std::size_t column = 4; column < 16; ++column) bar.pixels[row * 20 + column] = 0;
  const GreyImage small = fitted(bar, 10, 10);
  CHECK((small.rows == 10 && small.columns == 10 && small.pixels.size() == 100));
  for (std::size_t row = 0; row < 10; ++row)
    for (std::size_t column = 0; column < 10; ++column) {
      CHECK(small.at(row, column) == small.at(9 - row, column));
      CHECK(small.at(row, column) == small.at(row, 9 - column));
    }
  CHECK(small.at(0, 0) == 200);  // beside the picture, which is five columns wide
  CHECK(small.at(5, 1) == 200);
  CHECK(small.at(5, 4) < 10);
  CHECK(fitted(bar, 40, 20) == bar);
  const GreyImage one = fitted(picture(1, 1, {9}), 28, 28);
  CHECK(std::all_of(one.pixels.begin(), one.pixels.end(), [](int pixel) { return pixel == 9; }));
}

TEST_CASE("the median of the border is that of the outermost pixels alone", "[data][image]") {
  CHECK(border_median(picture(3, 3, {1, 2, 3, 4, 255, 6, 7, 8, 9})) == 6);  // of 1 2 3 4 6 7 8 9
  CHECK(border_median(picture(1, 3, {5, 9, 1})) == 5);
  CHECK(border_median(picture(3, 1, {5, 9, 1})) == 5);
  CHECK(border_median(picture(1, 1, {8})) == 8);
}
