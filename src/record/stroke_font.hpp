// The letters of PNG pictures. A letter is a few strokes of a round pen, so that one small table serves every size and weight and
// the rasteriser of lines draws it.
#pragma once
#include <string_view>
#include <vector>

#include "seegrad/record/picture.hpp"

namespace seegrad::records {

/// The strokes of a text whose baseline begins at (0, 0) with an em of 1, y downwards; and how far the pen has moved then. Characters
/// that the font lacks are drawn as an empty box.
struct Strokes {
  std::vector<std::vector<Point>> lines;
  double advance = 0;
};
Strokes strokes_of(std::string_view text, bool bold);

/// Width of the pen for an em of 1.
inline constexpr double pen_width = 0.082, bold_pen_width = 0.122;

/// Whether the font has this character.
bool has_glyph(char32_t character);

}  // namespace seegrad::records
