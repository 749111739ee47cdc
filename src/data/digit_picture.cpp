// Both preparations find what is there (levels above a dark background, and the box around it), lay a grid over it, and sample once.

#include "seegrad/data/digit_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "seegrad/math/error.hpp"

namespace seegrad {
namespace {

constexpr int least_contrast = 24;     // of 255; less is paper and noise
constexpr double ink_share = 0.2;      // of the contrast; less is shading of the paper, or what JPEG leaves around strokes
constexpr int garment_threshold = 13;  // 5 % of 255
constexpr double digit_share = 20.0 / 28.0;

constexpr std::array<std::pair<Preparation, std::string_view>, 3> preparations{
    {{Preparation::mnist, "mnist"}, {Preparation::fashion_mnist, "fashion-mnist"}, {Preparation::none, "none"}}};

bool has_bright_border(const GreyImage& picture) { return border_median(picture) > 127; }

/// How much brighter each pixel is than a dark border; darker than a bright one.
GreyImage above_background(const GreyImage& picture) {
  const int background = border_median(picture);
  const bool negative = has_bright_border(picture);
  GreyImage levels = picture;
  for (std::uint8_t& pixel : levels.pixels)
    pixel = static_cast<std::uint8_t>(std::max(0, negative ? background - int{pixel} : int{pixel} - background));
  return levels;
}

int strongest(const GreyImage& levels) { return levels.pixels.empty() ? 0 : *std::max_element(levels.pixels.begin(), levels.pixels.end()); }

/// In pixels of the picture; right and bottom are the far edges.
struct Box {
  std::size_t top = 0, left = 0, bottom = 0, right = 0;
  double height() const { return static_cast<double>(bottom - top); }
  double width() const { return static_cast<double>(right - left); }
};

/// Around all pixels of at least `level`, of which there must be one.
Box box_around(const GreyImage& levels, int level) {
  Box box{levels.rows, levels.columns, 0, 0};
  for (std::size_t row = 0; row < levels.rows; ++row)
    for (std::size_t column = 0; column < levels.columns; ++column) {
      if (levels.at(row, column) < level) continue;
      box.top = std::min(box.top, row);
      box.left = std::min(box.left, column);
      box.bottom = std::max(box.bottom, row + 1);
      box.right = std::max(box.right, column + 1);
    }
  return box;
}

/// A place in a picture.
struct Place {
  double row = 0, column = 0;
};

Place centre_of_mass(const GreyImage& levels) {
  double mass = 0;
  Place moment;
  for (std::size_t row = 0; row < levels.rows; ++row)
    for (std::size_t column = 0; column < levels.columns; ++column) {
      const double level = levels.at(row, column);
      mass += level;
      moment.row += level * (static_cast<double>(row) + 0.5);
      moment.column += level * (static_cast<double>(column) + 0.5);
    }
  return {moment.row / mass, moment.column / mass};
}

/// A grid in which the box takes at most `share` of either side.
Grid grid_around(const Box& box, Place centre, double share, std::size_t rows, std::size_t columns) {
  Grid grid{.rows = rows, .columns = columns};
  const auto down = static_cast<double>(rows), across = static_cast<double>(columns);
  grid.step = std::max(box.height() / (share * down), box.width() / (share * across));
  // From here on the box would leave the grid.
  const auto edge = [](double wanted, std::size_t near, std::size_t far, double length) {
    return std::clamp(wanted, static_cast<double>(far) - length, static_cast<double>(near));
  };
  grid.top = edge(centre.row - grid.step * down / 2, box.top, box.bottom, grid.step * down);
  grid.left = edge(centre.column - grid.step * across / 2, box.left, box.right, grid.step * across);
  return grid;
}

GreyImage as_bytes(const std::vector<float>& values, float gain, std::size_t rows, std::size_t columns) {
  GreyImage image{rows, columns, {}};
  image.pixels.reserve(values.size());
  for (const float value : values) image.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value * gain + 0.5f, 0.0f, 255.0f)));
  return image;
}

}  // namespace

Preparation parse_preparation(std::string_view text) {
  std::vector<std::string> names;
  for (const auto& [preparation, name] : preparations) {
    if (name == text) return preparation;
    names.emplace_back(name);
  }
  throw UsageError(fmt::format("'{}' is none of {}, {}, {}{}", text, names[0], names[1], names[2], suggestion(text, names)));
}

std::string_view name_of(Preparation preparation) {
  const auto found = std::find_if(preparations.begin(), preparations.end(), [&](const auto& entry) { return entry.first == preparation; });
  return found->second;
}

Preparation preparation_for(std::string_view data, const GreyImage& picture, std::size_t rows, std::size_t columns) {
  if (picture.rows == rows && picture.columns == columns && !has_bright_border(picture)) return Preparation::none;
  if (data == "mnist" || data == "digits") return Preparation::mnist;
  return data == "fashion-mnist" ? Preparation::fashion_mnist : Preparation::none;
}

GreyImage prepared_digit(const GreyImage& picture, std::size_t rows, std::size_t columns) {
  GreyImage ink = above_background(picture);
  const int contrast = strongest(ink);
  if (contrast < least_contrast)
    throw Error(
        fmt::format("is blank: no pixel differs from the border by more than {} of 255, a digit by at least {}", contrast, least_contrast));
  const int threshold = std::max(1, static_cast<int>(std::lround(ink_share * contrast)));
  for (std::uint8_t& level : ink.pixels)
    if (level < threshold) level = 0;
  const Grid grid = grid_around(box_around(ink, threshold), centre_of_mass(ink), digit_share, rows, columns);
  const std::vector<float> values = sampled(ink, grid, 0);
  return as_bytes(values, 255 / *std::max_element(values.begin(), values.end()), rows, columns);
}

GreyImage prepared_garment(const GreyImage& picture, std::size_t rows, std::size_t columns) {
  const GreyImage levels = above_background(picture);
  if (strongest(levels) < garment_threshold)
    throw Error(fmt::format("is blank: no pixel differs from the border by more than {} of 255, a garment by at least {}",
                            strongest(levels), garment_threshold));
  const Box box = box_around(levels, garment_threshold);
  const Place middle{static_cast<double>(box.top + box.bottom) / 2, static_cast<double>(box.left + box.right) / 2};
  return as_bytes(sampled(levels, grid_around(box, middle, 1, rows, columns), 0), 1, rows, columns);
}

GreyImage prepared(const GreyImage& picture, Preparation preparation, std::size_t rows, std::size_t columns) {
  switch (preparation) {
    case Preparation::mnist: return prepared_digit(picture, rows, columns);
    case Preparation::fashion_mnist: return prepared_garment(picture, rows, columns);
    case Preparation::none: break;
  }
  return fitted(picture, rows, columns);
}

}  // namespace seegrad
