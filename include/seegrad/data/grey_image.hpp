// A grey picture of any size, and how it is brought to another size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace seegrad {

/// Bytes from black (0) to white (255), rows from top to bottom.
struct GreyImage {
  std::size_t rows = 0, columns = 0;
  std::vector<std::uint8_t> pixels;  ///< [rows, columns]

  std::uint8_t at(std::size_t row, std::size_t column) const { return pixels[row * columns + column]; }
  bool operator==(const GreyImage&) const = default;
};

/// The middle one of the outermost pixels in order of brightness: what the picture has for a background.
std::uint8_t border_median(const GreyImage& image);

/// A grid laid over a picture. Places are measured in pixels of the picture from its upper left corner, so that the centre of the
/// first pixel is at (0.5, 0.5); a pixel of the grid is a square with sides of `step`.
struct Grid {
  double top = 0, left = 0, step = 1;
  std::size_t rows = 0, columns = 0;
};

/// The brightness in each pixel of the grid, [rows, columns]: a mean over what it covers, weighted by a triangle that is as wide as two
/// pixels of the grid or of the picture, whichever are larger. So a smaller picture is free of aliasing, a larger one is interpolated
/// linearly, and a grid that lies on the pixels gives them back. Outside of the picture all is `background`.
std::vector<float> sampled(const GreyImage& image, const Grid& grid, float background);

/// The picture as large as it goes into rows x columns, not distorted, in the middle, on the median of its border. One that has that size
/// is given back as it is.
GreyImage fitted(const GreyImage& image, std::size_t rows, std::size_t columns);

}  // namespace seegrad
