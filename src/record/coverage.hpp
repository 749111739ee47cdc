// How much of each pixel a shape covers: the whole of anti-aliasing. Pixel (i, j) is the square [i, i+1] x [j, j+1].
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "seegrad/record/picture.hpp"

namespace seegrad::records {

/// Pixels left <= i < right, top <= j < bottom.
struct PixelBox {
  int left = 0, top = 0, right = 0, bottom = 0;
  int width() const { return right > left ? right - left : 0; }
  int height() const { return bottom > top ? bottom - top : 0; }
};

/// The pixels of an image of the given size that lie within `margin` of the points.
PixelBox box_around(std::span<const Point> points, double margin, int width, int height);

/// Coverage of the pixels of a box, from 0 to 1. Several shapes in one mask cover a pixel as much as the one that covers it most:
/// joints of a stroked letter do not darken.
class Mask {
 public:
  explicit Mask(PixelBox box);

  /// Adds a closed polygon: the exact area of each pixel inside it.
  void fill(std::span<const Point> polygon);
  /// Adds a line with round ends and joints: in each pixel, the part of `width` that lies within half a pixel of its centre, measured
  /// across the line. Exact for lines along the axes.
  void stroke(std::span<const Point> line, double width);

  const PixelBox& box() const { return box_; }
  float at(int x, int y) const { return coverage_[index(x, y)]; }

 private:
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y - box_.top) * static_cast<std::size_t>(box_.width()) + static_cast<std::size_t>(x - box_.left);
  }
  void stroke_segment(Point a, Point b, double half_width);

  PixelBox box_;
  std::vector<float> coverage_;
};

}  // namespace seegrad::records
