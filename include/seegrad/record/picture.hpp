// A picture is a list of things to draw. The same list is written as SVG, for pages and slides, and as PNG, for everything that
// cannot show SVG; both by code of our own, so that a program with no display and no network can draw. Charts draw on it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace seegrad::records {

/// x to the right; y downwards on a canvas, upwards in the data of a chart.
struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

struct Rectangle {
  double left = 0, top = 0, right = 0, bottom = 0;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Colour&) const = default;
};

inline constexpr Colour white{255, 255, 255}, ink{34, 40, 49}, muted{98, 106, 118}, faint{228, 231, 236}, shade{178, 186, 199};

/// Colours that stay apart for colour-blind readers, in the order in which a chart takes them
/// (Okabe and Ito 2008, "Color Universal Design", without black and yellow).
inline constexpr Colour palette[] = {{0, 114, 178}, {213, 94, 0}, {0, 158, 115}, {204, 121, 167}, {230, 159, 0}, {86, 180, 233}};

/// How something is drawn. All lengths are in units of the canvas, 1/96 inch on paper.
struct Look {
  Colour colour = palette[0];
  double width = 2;            ///< of the line
  std::vector<double> dash{};  ///< lengths of dashes and gaps in turn; none: an unbroken line
  double opacity = 1;
};

enum class Anchor { start, middle, end };  ///< which end of a text its position is

struct Lettering {
  double size = 13;  ///< of the em
  Colour colour = ink;
  Anchor anchor = Anchor::start;
  bool bold = false;
  bool upwards = false;  ///< written from bottom to top, as at a vertical axis
};

/// How wide the text is, as the PNG shows it; the fonts of SVG viewers differ by some percent. Text is UTF-8.
double text_width(std::string_view text, const Lettering& lettering);
/// The text, or as much of its beginning as fits into `width` with an ellipsis.
std::string fitted_text(std::string_view text, const Lettering& lettering, double width);

class Canvas {
 public:
  struct Polygon {
    std::vector<Point> corners;
    Look look;
  };
  struct Line {
    std::vector<Point> points;
    Look look;
  };
  struct Circle {
    Point centre;
    double radius = 0;
    Look look;
    std::optional<Colour> inside;  ///< none: filled with its own colour; else a ring
  };
  struct Text {
    Point baseline;
    std::string text;
    Lettering lettering;
  };
  using Item = std::variant<Polygon, Line, Circle, Text>;

  /// A white sheet. Title and description are what a screen reader says of an SVG. Sides are between 1 and 20,000, else Error.
  Canvas(double width, double height, std::string title = {}, std::string description = {});

  /// Things drawn later cover earlier ones. A coordinate that is not finite (or beyond a million) is an Error: whoever has such data
  /// must decide what to show (charts break the curve and count).
  void polygon(std::vector<Point> corners, Look look);
  void rectangle(const Rectangle& r, Look look);
  void line(std::vector<Point> points, Look look);
  void circle(Point centre, double radius, Look look, std::optional<Colour> inside = {});
  void text(Point baseline, std::string text, Lettering lettering);
  /// Another canvas, moved by `offset`, as a part of this one.
  void place(const Canvas& part, Point offset);

  double width() const { return width_; }
  double height() const { return height_; }
  const std::string& title() const { return title_; }
  const std::string& description() const { return description_; }
  std::span<const Item> items() const& { return items_; }
  std::span<const Item> items() const&& = delete;  // would be gone before a loop over it begins

  std::string svg() const;
  /// The bytes of a PNG file, `scale` pixels a unit. More than 2^28 pixels are an Error.
  std::string png(double scale = 2) const;

 private:
  double width_, height_;
  std::string title_, description_;
  std::vector<Item> items_;
};

/// Canvases in a row, tops aligned.
Canvas side_by_side(std::span<const Canvas> panels, double gap = 0);

/// Writes the picture as a whole or not at all, as SVG or PNG by the name's ending: `.svg` or `.png`, else UsageError. Throws
/// Error with the file and the reason when it cannot be written.
void write_picture(const Canvas& canvas, const std::filesystem::path& path);

}  // namespace seegrad::records
