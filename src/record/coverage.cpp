#include "coverage.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace seegrad::records {
namespace {

// Coordinates far outside the image are the same to it as a little outside, and must not overflow an int.
int clamped(double value, int limit) { return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(limit))); }

/// Signed areas of one polygon, accumulated edge by edge. An edge adds to each pixel the area between itself and the pixel's right
/// side, and its height to everything further right; summed along a row, what one edge adds beyond the polygon the next takes away.
/// Cells hold differences along the row, so an edge costs as much as it has pixels.
class AreaSum {
 public:
  AreaSum(int width, int height)
      : width_(width), height_(height), cells_((static_cast<std::size_t>(width) + 2) * static_cast<std::size_t>(height)) {}

  void add_edge(Point a, Point b) {
    if (a.y == b.y) return;
    const double direction = a.y < b.y ? 1 : -1;
    if (a.y > b.y) std::swap(a, b);
    const double slope = (b.x - a.x) / (b.y - a.y);
    for (int row = clamped(std::floor(a.y), height_); row < height_ && row < b.y; ++row) {
      const double y0 = std::max(a.y, static_cast<double>(row)), y1 = std::min(b.y, row + 1.0);
      if (y1 <= y0) continue;
      double x0 = a.x + (y0 - a.y) * slope, x1 = a.x + (y1 - a.y) * slope;
      if (x0 > x1) std::swap(x0, x1);
      add_span(row, x0, x1, direction * (y1 - y0));
    }
  }

  double cell(int row, int column) const { return cells_[at(row, column)]; }

 private:
  std::size_t at(int row, int column) const {
    return static_cast<std::size_t>(row) * (static_cast<std::size_t>(width_) + 2) + static_cast<std::size_t>(column);
  }

  /// A piece of an edge within one row, from x0 to x1 >= x0, of signed height `rise`. What lies left of the image covers the row from
  /// its first pixel on; what lies right of it covers nothing.
  void add_span(int row, double x0, double x1, double rise) {
    if (x0 >= width_) return;
    const double run = x1 - x0;
    const auto part = [&](double from, double to) { return run > 0 ? rise * (to - from) / run : rise; };
    if (x0 < 0) {
      cells_[at(row, 0)] += part(x0, std::min(x1, 0.0));
      if (x1 <= 0) return;
      x0 = 0;
    }
    do {
      const int column = static_cast<int>(x0);
      const double end = std::min(x1, column + 1.0), height = part(x0, end);
      const double area = height * (column + 1 - 0.5 * (x0 + end));
      cells_[at(row, column)] += area;
      cells_[at(row, column + 1)] += height - area;
      x0 = end;
    } while (x0 < x1 && x0 < width_);
  }

  int width_, height_;
  std::vector<double> cells_;
};

}  // namespace

PixelBox box_around(std::span<const Point> points, double margin, int width, int height) {
  if (points.empty()) return {};
  double left = points[0].x, right = left, top = points[0].y, bottom = top;
  for (const Point& p : points) {
    left = std::min(left, p.x), right = std::max(right, p.x);
    top = std::min(top, p.y), bottom = std::max(bottom, p.y);
  }
  return {clamped(std::floor(left - margin), width), clamped(std::floor(top - margin), height), clamped(std::ceil(right + margin), width),
          clamped(std::ceil(bottom + margin), height)};
}

Mask::Mask(PixelBox box) : box_(box), coverage_(static_cast<std::size_t>(box.width()) * static_cast<std::size_t>(box.height())) {}

void Mask::fill(std::span<const Point> polygon) {
  if (coverage_.empty() || polygon.size() < 3) return;
  AreaSum area(box_.width(), box_.height());
  const auto inside = [&](Point p) { return Point{p.x - box_.left, p.y - box_.top}; };
  for (std::size_t i = 0; i < polygon.size(); ++i) area.add_edge(inside(polygon[i]), inside(polygon[(i + 1) % polygon.size()]));
  for (int y = box_.top; y < box_.bottom; ++y) {
    double sum = 0;
    for (int x = box_.left; x < box_.right; ++x) {
      sum += area.cell(y - box_.top, x - box_.left);
      float& coverage = coverage_[index(x, y)];
      coverage = std::max(coverage, static_cast<float>(std::min(std::fabs(sum), 1.0)));
    }
  }
}

void Mask::stroke(std::span<const Point> line, double width) {
  if (line.size() == 1) stroke_segment(line[0], line[0], width / 2);
  for (std::size_t i = 1; i < line.size(); ++i) stroke_segment(line[i - 1], line[i], width / 2);
}

void Mask::stroke_segment(Point a, Point b, double half_width) {
  const double dx = b.x - a.x, dy = b.y - a.y, squared = dx * dx + dy * dy, reach = half_width + 1;
  const auto between = [](double v, int low, int high) { return static_cast<int>(std::clamp(v, double(low), double(high))); };
  const int top = between(std::floor(std::min(a.y, b.y) - reach), box_.top, box_.bottom);
  const int bottom = between(std::ceil(std::max(a.y, b.y) + reach), box_.top, box_.bottom);
  const int left = between(std::floor(std::min(a.x, b.x) - reach), box_.left, box_.right);
  const int right = between(std::ceil(std::max(a.x, b.x) + reach), box_.left, box_.right);
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const double px = x + 0.5 - a.x, py = y + 0.5 - a.y;
      const double along = squared > 0 ? std::clamp((px * dx + py * dy) / squared, 0.0, 1.0) : 0;
      const double distance = std::hypot(px - along * dx, py - along * dy);
      const double covered = std::min(distance + 0.5, half_width) - std::max(distance - 0.5, -half_width);
      float& coverage = coverage_[index(x, y)];
      coverage = std::max(coverage, static_cast<float>(covered));
    }
  }
}

}  // namespace seegrad::records
