#include "seegrad/record/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/record/run_folder.hpp"

namespace seegrad::records {
namespace {

constexpr double longest_side = 20000, farthest = 1e6;

void check(std::span<const Point> points) {
  for (const Point& p : points)
    if (!(std::fabs(p.x) <= farthest && std::fabs(p.y) <= farthest))
      throw Error(fmt::format("picture: the point ({}, {}) cannot be drawn; leave such points out", p.x, p.y));
}

void check(const Look& look) {
  const auto is_length = [](double v) { return v >= 0 && v <= farthest; };
  if (!is_length(look.width) || !std::all_of(look.dash.begin(), look.dash.end(), is_length) || !(look.opacity >= 0 && look.opacity <= 1))
    throw Error(fmt::format("picture: a line of width {}, opacity {} and dashes [{}] cannot be drawn", look.width, look.opacity,
                            fmt::join(look.dash, ", ")));
}

}  // namespace

Canvas::Canvas(double width, double height, std::string title, std::string description)
    : width_(width), height_(height), title_(std::move(title)), description_(std::move(description)) {
  if (!(width >= 1 && width <= longest_side && height >= 1 && height <= longest_side))
    throw Error(fmt::format("picture: a canvas of {} x {} cannot be made; sides are between 1 and {}", width, height, longest_side));
}

void Canvas::polygon(std::vector<Point> corners, Look look) {
  check(corners);
  check(look);
  if (corners.size() >= 3) items_.emplace_back(Polygon{std::move(corners), std::move(look)});
}

void Canvas::rectangle(const Rectangle& r, Look look) {
  polygon({{r.left, r.top}, {r.right, r.top}, {r.right, r.bottom}, {r.left, r.bottom}}, std::move(look));
}

void Canvas::line(std::vector<Point> points, Look look) {
  check(points);
  check(look);
  if (!points.empty()) items_.emplace_back(Line{std::move(points), std::move(look)});
}

void Canvas::circle(Point centre, double radius, Look look, std::optional<Colour> inside) {
  check({{centre, {radius, radius}}});
  check(look);
  items_.emplace_back(Circle{centre, radius, std::move(look), inside});
}

void Canvas::text(Point baseline, std::string text, Lettering lettering) {
  check({{baseline}});
  if (!text.empty()) items_.emplace_back(Text{baseline, std::move(text), lettering});
}

void Canvas::place(const Canvas& part, Point offset) {
  check({{offset}});
  const auto moved = [&](Point p) { return Point{p.x + offset.x, p.y + offset.y}; };
  struct Mover {
    decltype(moved)& move;
    void operator()(Polygon& p) const { std::transform(p.corners.begin(), p.corners.end(), p.corners.begin(), move); }
    void operator()(Line& l) const { std::transform(l.points.begin(), l.points.end(), l.points.begin(), move); }
    void operator()(Circle& c) const { c.centre = move(c.centre); }
    void operator()(Text& t) const { t.baseline = move(t.baseline); }
  };
  const std::vector<Item> copies = part.items_;  // a canvas may be placed on itself
  for (Item item : copies) {
    std::visit(Mover{moved}, item);
    items_.push_back(std::move(item));
  }
}

Canvas side_by_side(std::span<const Canvas> panels, double gap) {
  double width = 0, height = 1;
  std::string title, description;
  for (const Canvas& panel : panels) {
    width += panel.width() + (width > 0 ? gap : 0);
    height = std::max(height, panel.height());
    title += (title.empty() ? "" : "; ") + panel.title();
    description += (description.empty() ? "" : " ") + panel.description();
  }
  Canvas whole(std::max(width, 1.0), height, std::move(title), std::move(description));
  double x = 0;
  for (const Canvas& panel : panels) {
    whole.place(panel, {x, 0});
    x += panel.width() + gap;
  }
  return whole;
}

void write_picture(const Canvas& canvas, const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (ending == ".svg")
    write_whole_file(path, canvas.svg());
  else if (ending == ".png")
    write_whole_file(path, canvas.png());
  else
    throw UsageError(fmt::format("{}: a picture's file name ends in .svg or .png", path.string()));
}

}  // namespace seegrad::records
