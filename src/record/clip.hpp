// Lines and polygons cut off at a rectangle, and lines thinned to the points that can be seen.
#pragma once
#include <vector>

#include "seegrad/record/picture.hpp"

namespace seegrad::records {

/// The parts of a line that lie inside the frame.
std::vector<std::vector<Point>> clipped_line(const std::vector<Point>& line, const Rectangle& frame);
/// The part of a polygon inside the frame; empty when there is none.
std::vector<Point> clipped_polygon(std::vector<Point> polygon, const Rectangle& frame);
/// The line without the points that lie within `tolerance` of what remains.
std::vector<Point> thinned(const std::vector<Point>& line, double tolerance);

}  // namespace seegrad::records
