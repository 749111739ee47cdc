// Each digit in several hands, written as paths in the manner of SVG: M moves the pen, L draws a line, C a cubic curve.

#include "glyphs.hpp"

#include <array>
#include <cstdlib>

namespace seegrad {
namespace {

struct Path {
  int digit;
  const char* text;
};

constexpr Path paths[] = {
    // round, narrow, begun at the upper right and not quite closed
    {0, "M 35 0 C 10 0 3 25 3 50 C 3 76 12 100 35 100 C 58 100 67 76 67 50 C 67 25 58 0 35 0"},
    {0, "M 38 0 C 20 2 12 28 12 54 C 12 80 20 100 34 100 C 50 100 58 74 58 46 C 58 18 50 -2 38 0"},
    {0, "M 50 8 C 26 -8 4 22 4 54 C 4 84 18 100 36 100 C 56 100 68 76 66 46 C 65 24 54 6 34 4"},
    // a bar, a leaning bar, with a flag, with a flag and a foot
    {1, "M 35 0 L 35 100"},
    {1, "M 48 0 C 42 34 30 70 24 100"},
    {1, "M 14 24 C 24 18 34 8 38 0 L 36 100"},
    {1, "M 14 22 C 24 18 32 8 36 0 L 36 100 M 14 100 L 58 100"},
    // round with a flat foot, with a loop in the foot, angular
    {2, "M 6 26 C 6 -6 64 -10 62 28 C 60 54 24 76 4 100 L 66 100"},
    {2, "M 8 22 C 14 -8 62 -6 58 28 C 56 56 38 82 22 92 C 6 102 0 86 12 82 C 28 78 44 106 68 92"},
    {2, "M 6 14 C 22 2 54 -8 60 18 C 66 46 26 76 8 98 C 26 92 48 94 68 98"},
    {2, "M 8 6 L 54 2 C 58 30 26 72 4 98 L 64 96"},
    // two bowls, a flat roof, a small upper and a wide lower bowl
    {3, "M 8 14 C 18 -6 62 -8 60 24 C 59 42 42 48 26 48 C 48 47 66 54 65 74 C 64 106 16 108 4 86"},
    {3, "M 8 2 L 60 2 L 30 42 C 52 38 68 52 66 72 C 63 106 18 108 4 88"},
    {3, "M 12 10 C 28 -6 56 0 52 22 C 50 36 38 44 24 46 C 56 40 72 62 64 82 C 56 104 20 104 2 92"},
    // open, closed, with one corner, curved
    {4, "M 14 0 C 10 22 6 40 4 58 L 68 56 M 52 4 L 48 100"},
    {4, "M 50 0 L 2 66 L 70 66 M 50 0 L 50 100"},
    {4, "M 10 2 L 10 54 L 62 54 M 58 0 L 56 100"},
    {4, "M 16 2 C 2 44 2 60 26 58 C 42 56 56 40 58 8 C 58 40 52 70 48 100"},
    // with a bar of its own, in one stroke, with a soft neck
    {5, "M 14 2 L 12 44 C 30 34 66 38 64 70 C 62 104 20 108 4 90 M 14 2 L 62 0"},
    {5, "M 62 2 L 18 2 L 12 46 C 34 32 68 42 66 70 C 64 106 20 108 2 88"},
    {5, "M 66 6 C 46 0 24 2 18 8 C 10 26 8 44 22 46 C 46 48 62 58 56 78 C 48 102 20 102 4 92"},
    // a long back, a straight back, a wide bowl
    {6, "M 52 0 C 24 14 6 44 6 70 C 6 108 60 110 62 76 C 63 48 20 46 8 74"},
    {6, "M 44 0 L 12 58 C 0 84 14 100 34 100 C 58 100 68 78 58 62 C 48 48 20 52 10 70"},
    {6, "M 60 10 C 34 -8 4 26 4 62 C 4 96 22 100 36 100 C 58 100 66 86 64 72 C 62 50 24 46 8 70"},
    // plain, with a bar through it, with a serif, with a bent back
    {7, "M 4 4 L 66 2 L 26 100"},
    {7, "M 4 6 L 64 2 C 50 32 36 68 28 100 M 16 52 L 60 50"},
    {7, "M 6 20 L 6 4 L 66 4 C 52 30 32 64 30 100"},
    {7, "M 2 10 C 24 14 44 2 66 6 C 58 34 34 58 32 100"},
    // one stroke that crosses itself, two rings, one stroke begun at the right
    {8, "M 36 48 C 4 38 2 0 36 0 C 68 0 66 36 36 48 C 0 62 -2 100 34 100 C 72 100 70 60 36 48"},
    {8, "M 35 0 C 8 0 8 46 35 46 C 62 46 62 0 35 0 M 35 46 C -4 46 -4 100 35 100 C 74 100 74 46 35 46"},
    {8, "M 58 12 C 40 -10 4 0 12 24 C 20 46 64 54 62 78 C 60 106 8 108 10 78 C 12 52 60 42 60 16"},
    // a ring with a straight leg, with a curved leg, with a tail that comes back
    {9, "M 60 22 C 52 -8 6 -6 8 28 C 10 60 58 56 60 22 C 60 50 58 76 56 100"},
    {9, "M 60 18 C 44 -12 4 4 10 34 C 16 58 52 52 60 18 C 66 58 54 90 28 100"},
    {9, "M 62 28 C 62 -8 8 -10 8 28 C 8 60 60 60 62 28 C 66 66 56 100 32 100 C 20 100 12 94 8 86"},
};

// Numbers and letters of a path, one at a time.
class Pen {
 public:
  explicit Pen(const char* text) : text_(text) {}
  char letter() {
    while (*text_ == ' ') ++text_;
    return *text_ == 0 ? '\0' : *text_++;
  }
  Point point() {
    const double x = number();
    return {x, number()};
  }

 private:
  double number() {
    char* end = nullptr;
    const long value = std::strtol(text_, &end, 10);
    text_ = end;
    return static_cast<double>(value);
  }
  const char* text_;
};

Glyph parse(const char* text) {
  Glyph glyph;
  Pen pen(text);
  for (char letter = pen.letter(); letter != 0; letter = pen.letter()) {
    if (letter == 'M') glyph.push_back({pen.point()});
    if (letter == 'L') {
      const Point from = glyph.back().back(), to = pen.point();
      const Point step{(to.x - from.x) / 3, (to.y - from.y) / 3};
      glyph.back().insert(glyph.back().end(), {{from.x + step.x, from.y + step.y}, {to.x - step.x, to.y - step.y}, to});
    }
    if (letter == 'C')
      for (int i = 0; i < 3; ++i) glyph.back().push_back(pen.point());
  }
  return glyph;
}

std::array<std::vector<Glyph>, 10> all_glyphs() {
  std::array<std::vector<Glyph>, 10> glyphs;
  for (const Path& path : paths) glyphs[static_cast<std::size_t>(path.digit)].push_back(parse(path.text));
  return glyphs;
}

}  // namespace

std::span<const Glyph> glyphs_of(int digit) {
  static const std::array<std::vector<Glyph>, 10> glyphs = all_glyphs();
  return glyphs[static_cast<std::size_t>(digit)];
}

}  // namespace seegrad
