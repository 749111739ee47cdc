// The ten digits as a pen draws them. Only for the generator of digits.
#pragma once

#include <span>
#include <vector>

namespace seegrad {

struct Point {
  double x = 0, y = 0;
};

/// One stroke of the pen: a start and cubic Bezier pieces of three points each, so 1 + 3n points. A glyph's box is 70 wide and
/// 100 high, y running downwards.
using Stroke = std::vector<Point>;
using Glyph = std::vector<Stroke>;

/// The ways of writing one digit, 0 to 9.
std::span<const Glyph> glyphs_of(int digit);

}  // namespace seegrad
