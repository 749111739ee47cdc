#include "record/report/weight_picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "seegrad/record/png.hpp"

namespace seegrad::records::report {
namespace {

using Row = std::span<const float>;
using Pixel = std::array<std::uint8_t, 3>;

constexpr std::int64_t largest_side = 128;
constexpr std::size_t most_shown = 64, most_columns = 16;

double norm_of(Row row) {
  double sum = 0;
  for (const float w : row) sum += std::isfinite(w) ? static_cast<double>(w) * static_cast<double>(w) : 0;
  return std::sqrt(sum);
}

std::vector<Row> largest_rows(std::span<const float> weights, std::size_t units, std::size_t inputs) {
  std::vector<Row> rows;
  rows.reserve(units);
  for (std::size_t unit = 0; unit < units; ++unit) rows.push_back(weights.subspan(unit * inputs, inputs));
  std::vector<double> norms(units);
  std::transform(rows.begin(), rows.end(), norms.begin(), norm_of);
  std::vector<std::size_t> order(units);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return norms[a] > norms[b]; });
  order.resize(std::min(order.size(), most_shown));
  std::vector<Row> largest;
  largest.reserve(order.size());
  for (const std::size_t unit : order) largest.push_back(rows[unit]);
  return largest;
}

/// The 99th percentile of |w|; 0 when there is no finite weight.
double scale_of(const std::vector<Row>& rows) {
  std::vector<double> sizes;
  for (const Row row : rows)
    for (const float w : row)
      if (std::isfinite(w)) sizes.push_back(std::fabs(static_cast<double>(w)));
  if (sizes.empty()) return 0;
  const auto place = sizes.begin() + static_cast<std::ptrdiff_t>((sizes.size() - 1) * 99 / 100);
  std::nth_element(sizes.begin(), place, sizes.end());
  return *place;
}

/// From blue over white to red; these two are told apart by colour-blind eyes as well.
Pixel colour_of(double weight, double scale) {
  constexpr std::array<double, 3> red{178, 24, 43}, blue{33, 102, 172};
  if (std::isnan(weight)) return {128, 128, 128};
  const double share = scale > 0 ? std::clamp(weight / scale, -1.0, 1.0) : 0;
  Pixel pixel{};
  for (std::size_t i = 0; i < pixel.size(); ++i) {
    const double full = share > 0 ? red[i] : blue[i];
    pixel[i] = static_cast<std::uint8_t>(std::lround(255 + std::fabs(share) * (full - 255)));
  }
  return pixel;
}

}  // namespace

std::optional<WeightPicture> weight_picture(std::span<const float> weights, std::int64_t units, std::int64_t inputs) {
  const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(inputs))));
  if (units < 1 || inputs < 4 || side > largest_side || side * side != inputs) return std::nullopt;
  const std::vector<Row> rows = largest_rows(weights, static_cast<std::size_t>(units), static_cast<std::size_t>(inputs));
  const std::size_t tile = static_cast<std::size_t>(side), cell = tile + 1;  // a line between two units
  const std::size_t columns = std::min(rows.size(), most_columns);
  const std::size_t width = columns * cell, height = (rows.size() + columns - 1) / columns * cell;
  const double scale = scale_of(rows);
  constexpr std::uint8_t line = 128;
  std::vector<std::uint8_t> pixels(3 * width * height, line);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t k = 0; k < rows[i].size(); ++k) {
      const std::size_t x = i % columns * cell + k % tile, y = i / columns * cell + k / tile;
      const Pixel pixel = colour_of(static_cast<double>(rows[i][k]), scale);
      std::copy(pixel.begin(), pixel.end(), pixels.begin() + static_cast<std::ptrdiff_t>(3 * (y * width + x)));
    }
  }
  WeightPicture picture;
  picture.png = png_of(pixels, static_cast<int>(width), static_cast<int>(height), 3);
  picture.tile = side;
  picture.columns = static_cast<std::int64_t>(columns);
  picture.shown = static_cast<std::int64_t>(rows.size());
  picture.of = units;
  picture.scale = scale;
  return picture;
}

std::optional<WeightPicture> weight_picture(const SafeTensor& weights) {
  const bool fractions =
      weights.type == SafeType::f64 || weights.type == SafeType::f32 || weights.type == SafeType::f16 || weights.type == SafeType::bf16;
  if (weights.shape.rank() != 2 || !fractions) return std::nullopt;
  const std::vector<double> values = weights.to_tensor().to_vector();
  const std::vector<float> narrow(values.begin(), values.end());
  return weight_picture(narrow, weights.shape[0], weights.shape[1]);
}

}  // namespace seegrad::records::report
