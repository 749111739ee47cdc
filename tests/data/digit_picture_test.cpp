// Pictures prepared as those of the known data sets: the result must not depend on how and where the digit was drawn.

#include "seegrad/data/digit_picture.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "data/temporary_folder.hpp"
#include "seegrad/data/digits.hpp"
#include "seegrad/data/image_file.hpp"
#include "seegrad/math/error.hpp"
#include "support/pictures.hpp"

using namespace seegrad;
using namespace seegrad::test;
using Catch::Matchers::Contains;

namespace {

constexpr std::size_t digits_tried = 20;

GreyImage digit(std::uint64_t number) { return image_of(generate_digits(1, 11, number), 0); }

/// A digit on a black sheet, `factor` times as large, its square's corner at (top, left).
GreyImage drawn(const GreyImage& digit, double factor, std::size_t rows, std::size_t columns, double top, double left) {
  const Grid grid{.top = -top / factor, .left = -left / factor, .step = 1 / factor, .rows = rows, .columns = columns};
  GreyImage sheet{rows, columns, {}};
  for (const float value : sampled(digit, grid, 0)) sheet.pixels.push_back(static_cast<std::uint8_t>(std::lround(value)));
  return sheet;
}

/// `black` where the sheet was black, `white` where it was white.
GreyImage recoloured(GreyImage image, int black, int white) {
  for (std::uint8_t& pixel : image.pixels) pixel = static_cast<std::uint8_t>(black + (white - black) * pixel / 255);
  return image;
}

double mean_difference(const GreyImage& a, const GreyImage& b) {
  REQUIRE((a.rows == b.rows && a.columns == b.columns));
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(int{a.pixels[i]} - int{b.pixels[i]});
  return sum / static_cast<double>(a.pixels.size());
}

struct Middle {
  double row = 0, column = 0;
};
Middle centre_of_mass(const GreyImage& image) {
  double mass = 0, row_sum = 0, column_sum = 0;
  for (std::size_t row = 0; row < image.rows; ++row)
    for (std::size_t column = 0; column < image.columns; ++column) {
      mass += image.at(row, column);
      row_sum += (static_cast<double>(row) + 0.5) * image.at(row, column);
      column_sum += (static_cast<double>(column) + 0.5) * image.at(row, column);
    }
  return {row_sum / mass, column_sum / mass};
}

/// How many rows and columns hold something brighter than half.
std::pair<std::size_t, std::size_t> extent(const GreyImage& image) {
  std::size_t top = image.rows, left = image.columns, bottom = 0, right = 0;
  for (std::size_t row = 0; row < image.rows; ++row)
    for (std::size_t column = 0; column < image.columns; ++column)
      if (image.at(row, column) > 127) {
        top = std::min(top, row), bottom = std::max(bottom, row + 1);
        left = std::min(left, column), right = std::max(right, column + 1);
      }
  return {bottom - top, right - left};
}

}  // namespace

TEST_CASE("a prepared digit has its centre of mass in the middle and fills 20 of 28 pixels", "[data][image]") {
  for (std::uint64_t i = 0; i < digits_tried; ++i) {
    INFO("digit " << i);
    const GreyImage seen = prepared_digit(drawn(digit(i), 5, 200, 300, 30, 120));
    REQUIRE((seen.rows == 28 && seen.columns == 28));
    const Middle middle = centre_of_mass(seen);
    CHECK(middle.row == Approx(14).margin(0.1));  // the rounding of 784 pixels to bytes
    CHECK(middle.column == Approx(14).margin(0.1));
    const auto [rows, columns] = extent(seen);
    CHECK(std::max(rows, columns) >= 18);
    CHECK(std::max(rows, columns) <= 21);
    CHECK(*std::max_element(seen.pixels.begin(), seen.pixels.end()) == 255);
    CHECK(border_median(seen) == 0);
  }
}

TEST_CASE("where on the sheet a digit is drawn makes no difference", "[data][image]") {
  for (std::uint64_t i = 0; i < digits_tried; ++i) {
    INFO("digit " << i);
    const GreyImage there = prepared_digit(drawn(digit(i), 4, 200, 300, 20, 20));
    const auto difference = [&](std::size_t rows, std::size_t columns, double top, double left) {
      return mean_difference(prepared_digit(drawn(digit(i), 4, rows, columns, top, left)), there);
    };
    CHECK(difference(200, 300, 84, 180) < 0.1);    // no more than roundings
    CHECK(difference(116, 116, 2, 2) < 0.1);       // hardly a margin
    CHECK(difference(500, 500, 17.3, 301.8) < 3);  // between the pixels of the sheet: other edges
  }
}

TEST_CASE("how large a digit is drawn makes next to no difference", "[data][image]") {
  for (std::uint64_t i = 0; i < digits_tried; ++i) {
    const GreyImage reference = prepared_digit(drawn(digit(i), 8, 300, 300, 40, 40));
    for (const double factor : {2.0, 3.0, 5.5, 20.0}) {
      INFO("digit " << i << ", " << factor << " times as large");
      const auto side = static_cast<std::size_t>(40 * factor);
      // Of 255, over all 784 pixels. Edges differ, which a smaller picture has less finely.
      CHECK(mean_difference(prepared_digit(drawn(digit(i), factor, side, side + 10, 5, 8)), reference) < 5);
    }
  }
}

TEST_CASE("white on black, black on white and grey on grey are the same", "[data][image]") {
  for (std::uint64_t i = 0; i < digits_tried; ++i) {
    INFO("digit " << i);
    const GreyImage sheet = drawn(digit(i), 4, 200, 150, 50, 20);
    const GreyImage reference = prepared_digit(sheet);
    CHECK(prepared_digit(recoloured(sheet, 255, 0)) == reference);
    CHECK(mean_difference(prepared_digit(recoloured(sheet, 230, 60)), reference) < 1);
    CHECK(mean_difference(prepared_digit(recoloured(sheet, 20, 120)), reference) < 2);  // fewer shades
  }
}

TEST_CASE("shading of the paper and what JPEG leaves around strokes do not count as ink", "[data][image]") {
  const TemporaryFolder folder;
  for (std::uint64_t i = 0; i < digits_tried; ++i) {
    INFO("digit " << i);
    const GreyImage sheet = drawn(digit(i), 6, 260, 260, 60, 30), reference = prepared_digit(sheet);
    GreyImage shaded = recoloured(sheet, 230, 40);
    for (std::size_t k = 0; k < shaded.pixels.size(); ++k)
      shaded.pixels[k] = static_cast<std::uint8_t>(shaded.pixels[k] * (1 - 0.1 * static_cast<double>(k % 260) / 260));
    write_picture(folder / "photo.jpg", shaded);
    CHECK(mean_difference(prepared_digit(read_image(folder / "photo.jpg")), reference) < 3);
  }
}

TEST_CASE("the margin and the middle are the same for networks of other sizes", "[data][image]") {
  const GreyImage sheet = drawn(digit(2), 6, 260, 260, 60, 30);
  const GreyImage wide = prepared_digit(sheet, 56, 84);
  CHECK((wide.rows == 56 && wide.columns == 84));
  CHECK(centre_of_mass(wide).row == Approx(28).margin(0.1));
  CHECK(centre_of_mass(wide).column == Approx(42).margin(0.1));
  CHECK(extent(wide).first == Approx(40).margin(2));
}

TEST_CASE("a stroke far from the middle of its mass is not cut off", "[data][image]") {
  GreyImage sheet{100, 100, std::vector<std::uint8_t>(10000)};
  for (std::size_t row = 10; row < 90; ++row) sheet.pixels[row * 100 + 50] = 255;  // a thin mast
  for (std::size_t row = 70; row < 90; ++row)
    for (std::size_t column = 20; column < 80; ++column) sheet.pixels[row * 100 + column] = 255;  // on a heavy foot
  const GreyImage seen = prepared_digit(sheet);
  const Middle middle = centre_of_mass(seen);
  CHECK(middle.row > 15);  // not in the middle: then the mast would begin above the picture
  CHECK(seen.at(1, 14) + seen.at(1, 13) > 20);
  CHECK(extent(seen).second == Approx(15).margin(1));
}

TEST_CASE("a thin line is as bright as a thick one", "[data][image]") {
  GreyImage sheet{400, 400, std::vector<std::uint8_t>(160000, 255)};
  for (std::size_t i = 50; i < 350; ++i) sheet.pixels[i * 400 + i] = 0;
  const GreyImage seen = prepared_digit(sheet);
  CHECK(*std::max_element(seen.pixels.begin(), seen.pixels.end()) == 255);
}

TEST_CASE("a garment fills the longer side, keeps its shades, and is negated on bright ground", "[data][image]") {
  GreyImage photo{120, 80, std::vector<std::uint8_t>(120 * 80, 250)};
  for (std::size_t row = 20; row < 104; ++row)
    for (std::size_t column = 10; column < 52; ++column) photo.pixels[row * 80 + column] = row < 62 ? 50 : 150;
  const GreyImage seen = prepared_garment(photo);
  REQUIRE((seen.rows == 28 && seen.columns == 28));
  CHECK(seen.at(7, 14) == 200);   // 250 - 50
  CHECK(seen.at(21, 14) == 100);  // 250 - 150
  CHECK(seen.at(14, 5) == 0);     // 14 columns wide, in the middle
  CHECK(seen.at(14, 22) == 0);
  CHECK(seen.at(1, 14) > 150);  // up to the edge
  CHECK(seen.at(26, 14) > 75);
  CHECK(mean_difference(prepared_garment(recoloured(photo, 255, 0)), seen) < 1.5);
}

TEST_CASE("a blank picture is an error that says so", "[data][image]") {
  const GreyImage blank{50, 50, std::vector<std::uint8_t>(2500, 200)};
  const auto digit_error = [](const GreyImage& image) { return message_of<Error>([&] { prepared_digit(image); }); };
  const auto garment_error = [](const GreyImage& image) { return message_of<Error>([&] { prepared_garment(image); }); };
  CHECK(digit_error(blank) == "is blank: no pixel differs from the border by more than 0 of 255, a digit by at least 24");
  CHECK_THAT(garment_error(blank), Contains("is blank: no pixel differs from the border by more than 0 of 255"));
  GreyImage noisy = blank;
  for (std::size_t i = 0; i < noisy.pixels.size(); i += 3) noisy.pixels[i] = 190;
  CHECK_THAT(digit_error(noisy), Contains("by more than 10 of 255"));
  CHECK_THAT(garment_error(noisy), Contains("by more than 10 of 255"));
  CHECK_THAT(digit_error({1, 1, {0}}), Contains("is blank"));
  noisy.pixels[25 * 50 + 25] = 170;
  CHECK(prepared_digit(noisy).rows == 28);
}

TEST_CASE("what is prepared how follows from the data that the network learned from", "[data][image]") {
  const GreyImage sheet = recoloured(drawn(digit(1), 3, 100, 100, 0, 0), 255, 0), sample = digit(1);
  CHECK(preparation_for("mnist", sheet, 28, 28) == Preparation::mnist);
  CHECK(preparation_for("digits", sheet, 28, 28) == Preparation::mnist);
  CHECK(preparation_for("fashion-mnist", sheet, 28, 28) == Preparation::fashion_mnist);
  CHECK(preparation_for("my_folder", sheet, 28, 28) == Preparation::none);
  CHECK(preparation_for("mnist", sample, 28, 28) == Preparation::none);  // prepared already
  CHECK(preparation_for("mnist", recoloured(sample, 255, 0), 28, 28) == Preparation::mnist);
  CHECK(preparation_for("mnist", sample, 32, 32) == Preparation::mnist);
  CHECK(prepared(sample, Preparation::none, 28, 28) == sample);
  CHECK(prepared(sheet, Preparation::none, 28, 28) == fitted(sheet, 28, 28));
  CHECK(prepared(sheet, Preparation::mnist, 28, 28) == prepared_digit(sheet));
  CHECK(prepared(sheet, Preparation::fashion_mnist, 28, 28) == prepared_garment(sheet));
  for (const Preparation p : {Preparation::mnist, Preparation::fashion_mnist, Preparation::none}) CHECK(parse_preparation(name_of(p)) == p);
  CHECK_THAT(message_of<UsageError>([] { parse_preparation("fashion-mnits"); }), Contains("did you mean 'fashion-mnist'?"));
}
