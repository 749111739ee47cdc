// A canvas as PNG: every item becomes a mask of coverage and is blended onto the sheet.
#include <fmt/format.h>
#include <cmath>
#include <numbers>

#include "coverage.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/record/picture.hpp"
#include "seegrad/record/png.hpp"
#include "stroke_font.hpp"

namespace seegrad::records {
namespace {

/// The line cut into its dashes.
std::vector<std::vector<Point>> dashes_of(std::span<const Point> line, const std::vector<double>& pattern) {
  constexpr double shortest = 0.05;  // finer dashes are a grey line to the eye, and no work to the machine
  double period = 0;
  for (const double length : pattern) period += length;
  if (period < shortest || line.size() < 2) return {{line.begin(), line.end()}};
  std::vector<std::vector<Point>> dashes{{line[0]}};
  std::size_t phase = 0;
  double left = pattern[0];
  for (std::size_t i = 1; i < line.size(); ++i) {
    Point from = line[i - 1];
    const Point to = line[i];
    double length = std::hypot(to.x - from.x, to.y - from.y);
    while (length > left) {
      const double t = left / length;
      from = {from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t};
      length -= left;
      const bool drawing = phase % 2 == 0;
      if (drawing) dashes.back().push_back(from);
      if (!drawing) dashes.push_back({from});
      left = pattern[++phase % pattern.size()];
    }
    left -= length;
    if (phase % 2 == 0) dashes.back().push_back(to);
  }
  return dashes;
}

class Sheet {
 public:
  Sheet(int width, int height, double scale)
      : width_(width),
        height_(height),
        scale_(scale),
        samples_(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 255.0F) {}

  void operator()(const Canvas::Polygon& p) {
    const std::vector<Point> corners = scaled(p.corners);
    Mask mask(box_around(corners, 0, width_, height_));
    mask.fill(corners);
    blend(mask, p.look.colour, p.look.opacity);
  }
  void operator()(const Canvas::Line& l) { stroke(scaled(l.points), l.look); }
  void operator()(const Canvas::Circle& c) {
    constexpr int corners = 64;
    std::vector<Point> ring;
    for (int i = 0; i <= corners; ++i) {
      const double angle = 2 * std::numbers::pi * i / corners;
      ring.push_back({c.centre.x + c.radius * std::cos(angle), c.centre.y + c.radius * std::sin(angle)});
    }
    Look filling = c.look;
    if (c.inside) filling.colour = *c.inside, filling.opacity = 1;
    (*this)(Canvas::Polygon{ring, filling});
    if (c.inside) stroke(scaled(ring), c.look);
  }
  void operator()(const Canvas::Text& t) {
    const Lettering& l = t.lettering;
    const Strokes strokes = strokes_of(t.text, l.bold);
    const double shift = l.anchor == Anchor::start ? 0 : l.anchor == Anchor::middle ? strokes.advance / 2 : strokes.advance;
    std::vector<std::vector<Point>> lines = strokes.lines;
    std::vector<Point> all;
    for (auto& line : lines) {
      for (Point& p : line) {
        const Point moved{(p.x - shift) * l.size, p.y * l.size};
        p = l.upwards ? Point{t.baseline.x + moved.y, t.baseline.y - moved.x} : Point{t.baseline.x + moved.x, t.baseline.y + moved.y};
        p = {p.x * scale_, p.y * scale_};
        all.push_back(p);
      }
    }
    const double pen = (l.bold ? bold_pen_width : pen_width) * l.size * scale_;
    Mask mask(box_around(all, pen + 1, width_, height_));
    for (const auto& line : lines) mask.stroke(line, pen);
    blend(mask, l.colour, 1);
  }

  std::vector<unsigned char> bytes() const {
    std::vector<unsigned char> result(samples_.size());
    for (std::size_t i = 0; i < samples_.size(); ++i) result[i] = static_cast<unsigned char>(std::lround(samples_[i]));
    return result;
  }

 private:
  std::vector<Point> scaled(const std::vector<Point>& points) const {
    std::vector<Point> result;
    result.reserve(points.size());
    for (const Point& p : points) result.push_back({p.x * scale_, p.y * scale_});
    return result;
  }
  void stroke(const std::vector<Point>& line, const Look& look) {
    std::vector<double> pattern = look.dash;
    for (double& length : pattern) length *= scale_;
    Mask mask(box_around(line, look.width * scale_ / 2 + 1, width_, height_));
    for (const auto& dash : dashes_of(line, pattern)) mask.stroke(dash, look.width * scale_);
    blend(mask, look.colour, look.opacity);
  }
  void blend(const Mask& mask, Colour colour, double opacity) {
    const float channels[] = {float(colour.red), float(colour.green), float(colour.blue)};
    for (int y = mask.box().top; y < mask.box().bottom; ++y) {
      for (int x = mask.box().left; x < mask.box().right; ++x) {
        const float share = mask.at(x, y) * static_cast<float>(opacity);
        if (share <= 0) continue;
        float* sample = &samples_[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x))];
        for (int i = 0; i < 3; ++i) sample[i] += share * (channels[i] - sample[i]);
      }
    }
  }

  int width_, height_;
  double scale_;
  std::vector<float> samples_;
};

}  // namespace

std::string Canvas::png(double scale) const {
  const double columns = std::round(width_ * scale), rows = std::round(height_ * scale);
  if (!(columns >= 1 && rows >= 1 && columns * rows <= 0x1p28))
    throw Error(fmt::format("picture: a PNG of {} x {} pixels cannot be made", columns, rows));
  const int w = static_cast<int>(columns), h = static_cast<int>(rows);
  Sheet sheet(w, h, scale);
  for (const Item& item : items_) std::visit(sheet, item);
  return png_of(sheet.bytes(), w, h, 3);
}

}  // namespace seegrad::records
