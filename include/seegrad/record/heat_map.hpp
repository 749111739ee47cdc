// A heat map of shares over a grid of two quantities, with what theory says drawn over it as a line.
#pragma once
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "seegrad/record/picture.hpp"

namespace seegrad::records {

/// Dark for 0, light for 1; pale grey for NaN.
Colour heat_colour(double share);

/// Shares from 0 to 100 % over a grid.
struct HeatMap {
  std::string title{}, subtitle{}, x_label{}, y_label{};
  std::vector<double> x{}, y{};                                        ///< middles of columns and rows; two or more, equally far apart
  std::function<double(std::size_t column, std::size_t row)> value{};  ///< NaN: was not measured
  std::vector<Point> line{};                                           ///< in units of x and y; drawn where it is inside the grid
  std::string line_label{};
  double mark = NAN;  ///< x of a dashed line upwards, with its label on top; NaN: none
  std::string mark_label{};

  /// Throws Error when x or y has fewer than two entries.
  Canvas draw() const;
};

}  // namespace seegrad::records
