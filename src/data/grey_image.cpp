// Resampling, one direction after the other: the triangle over a square is the product of two triangles.

#include "seegrad/data/grey_image.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace seegrad {
namespace {

/// The weights of neighbouring pixels in one pixel of the grid; what they lack to 1 lies outside of the picture.
struct Taps {
  std::size_t first = 0;
  std::vector<float> weights;
  float outside = 1;
};

Taps taps_at(double centre, double step, std::size_t length) {
  const double radius = std::max(1.0, step);
  const double begin = std::ceil(centre - radius - 0.5), end = std::floor(centre + radius - 0.5);
  Taps taps;
  double all = 0, inside = 0;
  for (double i = begin; i <= end; ++i) {
    const double weight = std::max(0.0, 1 - std::abs(i + 0.5 - centre) / radius);
    all += weight;
    if (i < 0 || i >= static_cast<double>(length)) continue;
    if (taps.weights.empty()) taps.first = static_cast<std::size_t>(i);
    taps.weights.push_back(static_cast<float>(weight));
    inside += weight;
  }
  for (float& weight : taps.weights) weight = static_cast<float>(weight / all);
  taps.outside = static_cast<float>(1 - inside / all);
  return taps;
}

std::vector<Taps> taps_along(double origin, double step, std::size_t count, std::size_t length) {
  std::vector<Taps> taps;
  taps.reserve(count);
  for (std::size_t i = 0; i < count; ++i) taps.push_back(taps_at(origin + (static_cast<double>(i) + 0.5) * step, step, length));
  return taps;
}

}  // namespace

std::uint8_t border_median(const GreyImage& image) {
  std::vector<std::uint8_t> border;
  for (std::size_t row = 0; row < image.rows; ++row) {
    const bool edge = row == 0 || row + 1 == image.rows;
    for (std::size_t column = 0; column < image.columns; column += edge ? 1 : std::max<std::size_t>(1, image.columns - 1))
      border.push_back(image.at(row, column));
  }
  if (border.empty()) return 0;
  const auto middle = border.begin() + static_cast<std::ptrdiff_t>(border.size() / 2);
  std::nth_element(border.begin(), middle, border.end());
  return *middle;
}

std::vector<float> sampled(const GreyImage& image, const Grid& grid, float background) {
  const std::vector<Taps> across = taps_along(grid.left, grid.step, grid.columns, image.columns);
  const std::vector<Taps> down = taps_along(grid.top, grid.step, grid.rows, image.rows);
  std::vector<float> narrow(image.rows * grid.columns);  // every row of the picture, with the columns of the grid
  for (std::size_t row = 0; row < image.rows; ++row)
    for (std::size_t column = 0; column < grid.columns; ++column) {
      const Taps& taps = across[column];
      const std::uint8_t* pixels = image.pixels.data() + row * image.columns + taps.first;
      float sum = taps.outside * background;
      for (std::size_t i = 0; i < taps.weights.size(); ++i) sum += taps.weights[i] * pixels[i];
      narrow[row * grid.columns + column] = sum;
    }
  std::vector<float> result(grid.rows * grid.columns);
  for (std::size_t row = 0; row < grid.rows; ++row) {
    const Taps& taps = down[row];
    float* target = result.data() + row * grid.columns;
    std::fill_n(target, grid.columns, taps.outside * background);
    for (std::size_t i = 0; i < taps.weights.size(); ++i) {
      const float* source = narrow.data() + (taps.first + i) * grid.columns;
      for (std::size_t column = 0; column < grid.columns; ++column) target[column] += taps.weights[i] * source[column];
    }
  }
  return result;
}

GreyImage fitted(const GreyImage& image, std::size_t rows, std::size_t columns) {
  if (image.rows == rows && image.columns == columns) return image;
  const auto height = static_cast<double>(image.rows), width = static_cast<double>(image.columns);
  Grid grid{.rows = rows, .columns = columns};
  grid.step = std::max(height / static_cast<double>(rows), width / static_cast<double>(columns));
  grid.top = (height - grid.step * static_cast<double>(rows)) / 2;
  grid.left = (width - grid.step * static_cast<double>(columns)) / 2;
  GreyImage result{rows, columns, {}};
  result.pixels.reserve(rows * columns);
  for (const float value : sampled(image, grid, border_median(image)))
    result.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f)));
  return result;
}

}  // namespace seegrad
