// The letters as paths on a grid of 100 units an em, baseline at y = 0, capitals 70 high, small letters 50, y upwards. In the manner
// of SVG, M moves the pen, L draws a line, C a cubic curve; O draws an arc of an ellipse (centre, radii, angles in degrees, counter-
// clockwise from the right), A the same after a line from where the pen stands. x = 0 is the leftmost place of the pen.
#include "stroke_font.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numbers>

#include "utf8.hpp"

namespace seegrad::records {
namespace {

struct Glyph {
  char32_t character;
  double width;  // of the strokes; the same space is left on both sides of every letter
  const char* path;
};

constexpr double side_bearing = 9, bold_side_bearing = 11;

constexpr Glyph glyphs[] = {
    {U' ', 11, ""},
    {U'!', 0, "M 0 70 L 0 23 O 0 1 1.5 1.5 0 360"},
    {U'"', 14, "M 0 70 L 0 52 M 14 70 L 14 52"},
    {U'#', 48, "M 9 0 L 19 70 M 29 0 L 39 70 M 2 47 L 48 47 M 0 23 L 46 23"},
    {U'$', 42, "M 40 55 A 21 52.5 19 14 20 270 A 21 21 21 17.5 90 -155 M 21 80 L 21 -10"},
    {U'%', 62, "O 13 54 13 16 0 360 O 49 16 13 16 0 360 M 52 70 L 10 0"},
    {U'&', 50, "M 50 0 L 13 44 C 2 58 10 71 21 71 C 35 71 36 53 20 41 C -8 24 -2 -1 19 -1 C 34 -1 43 12 46 33"},
    {U'\'', 0, "M 0 70 L 0 52"},
    {U'(', 14, "M 14 79 C -5 56 -5 8 14 -15"},
    {U')', 14, "M 0 79 C 19 56 19 8 0 -15"},
    {U'*', 26, "M 13 70 L 13 40 M 0 62.5 L 26 47.5 M 26 62.5 L 0 47.5"},
    {U'+', 42, "M 0 33 L 42 33 M 21 12 L 21 54"},
    {U',', 5, "M 4 2 C 6 -5 4 -10 0 -14"},
    {U'-', 22, "M 0 27 L 22 27"},
    {U'.', 0, "O 0 1 1.5 1.5 0 360"},
    {U'/', 28, "M 0 -9 L 28 76"},
    {U'0', 40, "O 20 35 20 35 0 360"},
    {U'1', 40, "M 5 57 L 23 70 L 23 0"},
    {U'2', 40, "M 2 54 C 4 76 38 76 38 51 C 38 36 20 24 1 0 L 40 0"},
    {U'3', 40, "M 3 60 C 11 74 36 73 36 54 C 36 43 27 38 14 38 C 29 38 39 32 39 19 C 39 -4 8 -6 0 11"},
    {U'4', 42, "M 31 0 L 31 70 L 0 19 L 42 19"},
    {U'5', 40, "M 36 70 L 7 70 L 4 38 C 14 49 40 47 40 23 C 40 -4 8 -6 0 10"},
    {U'6', 40, "O 20 22 20 22 0 360 M 0 22 C 0 46 10 62 29 70"},
    {U'7', 40, "M 0 70 L 40 70 L 14 0"},
    {U'8', 40, "O 20 53.5 17 16.5 0 360 O 20 18.5 20 18.5 0 360"},
    {U'9', 40, "O 20 48 20 22 0 360 M 40 48 C 40 24 30 8 11 0"},
    {U':', 0, "O 0 1 1.5 1.5 0 360 O 0 45 1.5 1.5 0 360"},
    {U';', 5, "M 4 2 C 6 -5 4 -10 0 -14 O 3 45 1.5 1.5 0 360"},
    {U'<', 40, "M 40 54 L 0 33 L 40 12"},
    {U'=', 42, "M 0 43 L 42 43 M 0 23 L 42 23"},
    {U'>', 40, "M 0 54 L 40 33 L 0 12"},
    {U'?', 34, "M 0 57 C 3 75 34 74 34 53 C 34 40 16 39 16 22 O 16 1 1.5 1.5 0 360"},
    {U'@', 66,
     "O 33 29 14 16 0 360 M 47 46 L 47 22 C 47 9 66 10 66 31 C 66 58 50 71 33 71 C 14 71 0 55 0 30 C 0 2 18 -13 40 -13 C 46 -13 53 -11 57 "
     "-8"},
    {U'A', 53, "M 0 0 L 26.5 70 L 53 0 M 9 23 L 44 23"},
    {U'B', 43, "M 0 37 L 23 37 M 0 0 L 0 70 L 21 70 A 23 53.5 17 16.5 90 -90 A 23 18.5 20 18.5 90 -90 L 0 0"},
    {U'C', 51, "O 30 35 30 35 46 314"},
    {U'D', 50, "M 0 0 L 0 70 L 16 70 A 16 35 34 35 90 -90 L 0 0"},
    {U'E', 40, "M 39 70 L 0 70 L 0 0 L 40 0 M 0 37 L 34 37"},
    {U'F', 38, "M 38 70 L 0 70 L 0 0 M 0 36 L 33 36"},
    {U'G', 55, "O 31 35 31 35 46 318 L 55 33 L 35 33"},
    {U'H', 49, "M 0 0 L 0 70 M 49 0 L 49 70 M 0 37 L 49 37"},
    {U'I', 0, "M 0 0 L 0 70"},
    {U'J', 29, "M 29 70 L 29 17 A 14 17 15 17 0 -158"},
    {U'K', 46, "M 0 0 L 0 70 M 43 70 L 0 27 M 15 42 L 46 0"},
    {U'L', 37, "M 0 70 L 0 0 L 37 0"},
    {U'M', 62, "M 0 0 L 0 70 L 31 16 L 62 70 L 62 0"},
    {U'N', 50, "M 0 0 L 0 70 L 50 0 L 50 70"},
    {U'O', 64, "O 32 35 32 35 0 360"},
    {U'P', 42, "M 0 0 L 0 70 L 22 70 A 22 51 20 19 90 -90 L 0 32"},
    {U'Q', 64, "O 32 35 32 35 0 360 M 40 15 L 61 -7"},
    {U'R', 45, "M 0 0 L 0 70 L 22 70 A 22 51.5 20 18.5 90 -90 L 0 33 M 21 33 L 45 0"},
    {U'S', 43, "O 21 53 18.5 17 28 270 A 21.5 18 21.5 18 90 -154"},
    {U'T', 50, "M 0 70 L 50 70 M 25 70 L 25 0"},
    {U'U', 48, "M 0 70 L 0 24 A 24 24 24 24 180 360 L 48 70"},
    {U'V', 51, "M 0 70 L 25.5 0 L 51 70"},
    {U'W', 77, "M 0 70 L 19 0 L 38.5 63 L 58 0 L 77 70"},
    {U'X', 48, "M 0 0 L 47 70 M 1 70 L 48 0"},
    {U'Y', 49, "M 0 70 L 24.5 33 L 49 70 M 24.5 33 L 24.5 0"},
    {U'Z', 46, "M 1 70 L 45 70 L 0 0 L 46 0"},
    {U'[', 14, "M 14 79 L 0 79 L 0 -15 L 14 -15"},
    {U'\\', 28, "M 0 76 L 28 -9"},
    {U']', 14, "M 0 79 L 14 79 L 14 -15 L 0 -15"},
    {U'^', 32, "M 0 45 L 16 70 L 32 45"},
    {U'_', 40, "M 0 -13 L 40 -13"},
    {U'`', 12, "M 0 74 L 12 60"},
    {U'a', 37, "M 3 40 C 8 53 37 55 37 33 L 37 0 M 37 29 C 18 29 0 27 0 13 C 0 -5 30 -4 37 14"},
    {U'b', 41, "M 0 73 L 0 0 O 20.5 25 20.5 25 0 360"},
    {U'c', 36, "O 21.5 25 21.5 25 46 314"},
    {U'd', 41, "M 41 73 L 41 0 O 20.5 25 20.5 25 0 360"},
    {U'e', 43, "M 0 26 L 43 26 A 21.5 25 21.5 25 2 318"},
    {U'f', 25, "M 25 71 C 14 75 9 69 9 58 L 9 0 M 0 48 L 23 48"},
    {U'g', 41, "O 20.5 25 20.5 25 0 360 M 41 50 L 41 -1 A 21 -1 20 19 0 -152"},
    {U'h', 37, "M 0 73 L 0 0 M 0 30 A 18.5 30 18.5 20 180 0 L 37 0"},
    {U'i', 0, "M 0 50 L 0 0 O 0 68 1.5 1.5 0 360"},
    {U'j', 10, "M 9 50 L 9 -6 C 9 -16 5 -19 -1 -18 O 9 68 1.5 1.5 0 360"},
    {U'k', 36, "M 0 73 L 0 0 M 33 50 L 0 19 M 12 30 L 36 0"},
    {U'l', 9, "M 0 73 L 0 11 C 0 3 2 0 8 0"},
    {U'm', 62, "M 0 50 L 0 0 M 0 32 A 15.5 32 15.5 18 180 0 L 31 0 M 31 32 A 46.5 32 15.5 18 180 0 L 62 0"},
    {U'n', 37, "M 0 50 L 0 0 M 0 30 A 18.5 30 18.5 20 180 0 L 37 0"},
    {U'o', 43, "O 21.5 25 21.5 25 0 360"},
    {U'p', 41, "M 0 50 L 0 -20 O 20.5 25 20.5 25 0 360"},
    {U'q', 41, "M 41 50 L 41 -20 O 20.5 25 20.5 25 0 360"},
    {U'r', 23, "M 0 50 L 0 0 M 0 28 C 1 43 9 51 23 49"},
    {U's', 35, "O 17 37.5 15.5 12.5 30 270 A 17 12.5 17.5 12.5 90 -152"},
    {U't', 26, "M 10 66 L 10 14 C 10 2 15 -2 26 1 M 0 50 L 25 50"},
    {U'u', 37, "M 0 50 L 0 20 A 18.5 20 18.5 20 180 360 M 37 50 L 37 0"},
    {U'v', 40, "M 0 50 L 20 0 L 40 50"},
    {U'w', 61, "M 0 50 L 15.5 0 L 30.5 46 L 45.5 0 L 61 50"},
    {U'x', 38, "M 0 0 L 37 50 M 1 50 L 38 0"},
    {U'y', 40, "M 0 50 L 20 2 M 40 50 L 18 -8 C 14 -17 9 -20 1 -18"},
    {U'z', 36, "M 1 50 L 35 50 L 0 0 L 36 0"},
    {U'{', 18, "M 18 79 C 4 79 10 57 8 43 C 7 35 4 32 0 32 C 4 32 7 29 8 21 C 10 7 4 -15 18 -15"},
    {U'|', 0, "M 0 80 L 0 -16"},
    {U'}', 18, "M 0 79 C 14 79 8 57 10 43 C 11 35 14 32 18 32 C 14 32 11 29 10 21 C 8 7 14 -15 0 -15"},
    {U'~', 42, "M 0 27 C 4 41 13 41 21 33 C 29 25 38 25 42 39"},
    {U'°', 18, "O 9 61 9 9 0 360"},
    {U'±', 42, "M 0 38 L 42 38 M 21 18 L 21 58 M 0 3 L 42 3"},
    {U'·', 2, "O 1 29 1.8 1.8 0 360"},
    {U'×', 32, "M 0 17 L 32 49 M 0 49 L 32 17"},
    {U'÷', 42, "M 0 33 L 42 33 O 21 52 1.5 1.5 0 360 O 21 14 1.5 1.5 0 360"},
    {U'Δ', 54, "M 0 0 L 27 70 L 54 0 L 0 0"},
    {U'Σ', 44, "M 43 70 L 1 70 L 25 36 L 0 0 L 44 0"},
    {U'Φ', 62, "O 31 35 31 21 0 360 M 31 72 L 31 -2"},
    {U'α', 46, "M 46 50 C 38 16 30 -1 18 -1 C 8 -1 0 9 0 25 C 0 41 8 51 18 51 C 30 51 38 34 46 0"},
    {U'β', 40, "M 0 -20 L 0 50 C 0 77 35 78 35 55 C 35 43 26 38 14 38 C 30 38 40 32 40 18 C 40 -5 10 -5 0 8"},
    {U'γ', 40, "M 0 50 C 10 50 14 20 20 0 M 40 50 L 20 0 L 18 -20"},
    {U'δ', 40, "O 20 23 20 23 0 360 M 34 68 C 10 78 4 64 22 46"},
    {U'ε', 33, "M 32 44 C 22 55 2 52 3 38 C 3 28 12 27 19 27 C 10 27 0 24 0 13 C 0 -4 24 -5 33 7"},
    {U'λ', 42, "M 2 72 C 12 74 14 66 17 57 L 42 0 M 21 47 L 0 0"},
    {U'μ', 37, "M 0 50 L 0 -20 M 0 20 A 18.5 20 18.5 20 180 360 M 37 50 L 37 0"},
    {U'π', 50, "M 0 48 L 50 48 M 13 48 L 11 0 M 37 48 L 37 12 C 37 2 41 0 48 1"},
    {U'σ', 48, "O 21 23.5 21 24 0 360 M 21 47.5 L 48 47.5"},
    {U'φ', 52, "O 26 25 26 25 0 360 M 26 68 L 26 -20"},
    {U'ω', 58, "M 8 50 C -8 20 2 0 14 0 C 24 0 29 8 29 30 C 29 8 34 0 44 0 C 56 0 66 20 50 50"},
    {U'–', 40, "M 0 27 L 40 27"},
    {U'—', 74, "M 0 27 L 74 27"},
    {U'…', 48, "O 0 1 1.5 1.5 0 360 O 24 1 1.5 1.5 0 360 O 48 1 1.5 1.5 0 360"},
    {U'′', 8, "M 8 72 L 1 51"},
    {U'″', 23, "M 8 72 L 1 51 M 23 72 L 16 51"},
    {U'∂', 42, "M 4 66 C 20 76 42 66 42 34 C 42 10 32 0 20 0 C 8 0 0 8 0 20 C 0 33 9 41 20 41 C 31 41 40 32 41 22"},
    {U'−', 42, "M 0 33 L 42 33"},
    {U'√', 44, "M 0 30 L 7 34 L 19 0 L 40 76 L 44 76"},
    {U'∞', 70, "M 35 30 C 48 54 70 52 70 30 C 70 8 48 6 35 30 C 22 54 0 52 0 30 C 0 8 22 6 35 30"},
    {U'∫', 28, "M 28 76 C 17 82 14 74 14 62 L 14 2 C 14 -10 11 -18 0 -12"},
    {U'≈', 42, "M 0 37 C 4 51 13 51 21 43 C 29 35 38 35 42 49 M 0 15 C 4 29 13 29 21 21 C 29 13 38 13 42 27"},
    {U'≠', 42, "M 0 43 L 42 43 M 0 23 L 42 23 M 33 58 L 9 8"},
    {U'≤', 40, "M 40 62 L 0 43 L 40 24 M 0 8 L 40 8"},
    {U'≥', 40, "M 0 62 L 40 43 L 0 24 M 0 8 L 40 8"},
};

constexpr const char* missing = "M 0 0 L 0 70 L 36 70 L 36 0 L 0 0";

// Raised letters are the usual ones made smaller.
constexpr std::pair<char32_t, char32_t> raised[] = {{U'⁰', U'0'}, {U'¹', U'1'}, {U'²', U'2'}, {U'³', U'3'}, {U'⁴', U'4'},
                                                    {U'⁵', U'5'}, {U'⁶', U'6'}, {U'⁷', U'7'}, {U'⁸', U'8'}, {U'⁹', U'9'},
                                                    {U'⁺', U'+'}, {U'⁻', U'−'}, {U'ˣ', U'x'}};
constexpr double raised_scale = 0.6, raised_by = 34;

/// Draws a path's text into polylines.
class Pen {
 public:
  explicit Pen(const char* text) : text_(text) {}

  std::vector<std::vector<Point>> lines() {
    for (char letter = next_letter(); letter != 0; letter = next_letter()) {
      switch (letter) {
        case 'M': lines_.push_back({point()}); break;
        case 'L': line().push_back(point()); break;
        case 'C': curve(); break;
        case 'O': lines_.emplace_back(); [[fallthrough]];
        case 'A': arc(); break;
        default: std::abort();  // a slip in the table above; a test draws every letter
      }
    }
    return std::move(lines_);
  }

 private:
  std::vector<Point>& line() { return lines_.back(); }

  char next_letter() {
    while (*text_ == ' ') ++text_;
    return *text_ == 0 ? '\0' : *text_++;
  }
  double number() {
    char* end = nullptr;
    const double value = std::strtod(text_, &end);
    text_ = end;
    return value;
  }
  Point point() {
    const double x = number();
    return {x, number()};
  }
  void curve() {
    constexpr int pieces = 12;
    const Point a = line().back(), b = point(), c = point(), d = point();
    for (int i = 1; i <= pieces; ++i) {
      const double t = double(i) / pieces, s = 1 - t;
      const double wa = s * s * s, wb = 3 * s * s * t, wc = 3 * s * t * t, wd = t * t * t;
      line().push_back({wa * a.x + wb * b.x + wc * c.x + wd * d.x, wa * a.y + wb * b.y + wc * c.y + wd * d.y});
    }
  }
  void arc() {
    const Point centre = point(), radii = point();
    const double from = number(), to = number();
    const int pieces = std::max(6, static_cast<int>(std::fabs(to - from) / 9));
    for (int i = 0; i <= pieces; ++i) {
      const double angle = (from + (to - from) * i / pieces) * std::numbers::pi / 180;
      line().push_back({centre.x + radii.x * std::cos(angle), centre.y + radii.y * std::sin(angle)});
    }
  }

  const char* text_;
  std::vector<std::vector<Point>> lines_;
};

struct Drawing {
  double width = 36;
  std::vector<std::vector<Point>> lines;
};

Drawing drawing_of(const char* path, double width, double scale, double raise) {
  Drawing drawing{width * scale, Pen(path).lines()};
  for (auto& line : drawing.lines)
    for (Point& p : line) p = {p.x * scale, p.y * scale + raise};
  return drawing;
}

/// Every letter drawn once, when the first text is.
const std::map<char32_t, Drawing>& alphabet() {
  static const std::map<char32_t, Drawing> letters = [] {
    std::map<char32_t, Drawing> all;
    for (const Glyph& g : glyphs) all[g.character] = drawing_of(g.path, g.width, 1, 0);
    for (const auto& [small, usual] : raised) {
      const auto* g = std::find_if(std::begin(glyphs), std::end(glyphs), [u = usual](const Glyph& each) { return each.character == u; });
      all[small] = drawing_of(g->path, g->width, raised_scale, raised_by);
    }
    return all;
  }();
  return letters;
}

}  // namespace

bool has_glyph(char32_t character) { return alphabet().contains(character); }

Strokes strokes_of(std::string_view text, bool bold) {
  static const Drawing box = drawing_of(missing, 36, 1, 0);
  const double bearing = bold ? bold_side_bearing : side_bearing;
  Strokes strokes;
  double x = 0;
  while (!text.empty()) {
    const auto letter = alphabet().find(next_character(text));
    const Drawing& drawing = letter == alphabet().end() ? box : letter->second;
    x += bearing;
    for (const auto& line : drawing.lines) {
      strokes.lines.emplace_back();
      for (const Point& p : line) strokes.lines.back().push_back({(x + p.x) / 100, -p.y / 100});
    }
    x += drawing.width + bearing;
  }
  strokes.advance = x / 100;
  return strokes;
}

double text_width(std::string_view text, const Lettering& lettering) { return strokes_of(text, lettering.bold).advance * lettering.size; }

std::string fitted_text(std::string_view text, const Lettering& lettering, double width) {
  constexpr std::size_t longest = 2000;  // bytes: nobody reads more on one line
  if (text.size() <= longest && text_width(text, lettering) <= width) return std::string(text);
  std::string fitted;
  std::string_view rest = text.substr(0, longest);
  double left = width - text_width("…", lettering);
  while (!rest.empty()) {
    std::string letter;
    append_utf8(letter, next_character(rest));
    left -= text_width(letter, lettering);
    if (left < 0) break;
    fitted += letter;
  }
  return fitted + "…";
}

}  // namespace seegrad::records
