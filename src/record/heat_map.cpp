#include "seegrad/record/heat_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

constexpr Rectangle frame{70, 84, 640, 458};
constexpr double top_of_clipped = 1e6;  // a line that runs away to infinity is cut as if it went here

/// The pieces of a line between two heights, cut where it crosses them.
std::vector<std::vector<Point>> pieces_between(const std::vector<Point>& line, double low, double high) {
  std::vector<std::vector<Point>> pieces(1);
  const auto within = [&](double v) { return v >= low && v <= high; };
  const auto cut = [&](Point from, Point to) {  // where the line, inside at `from`, leaves
    const double edge = to.y > high ? high : low, far = std::min(to.y, top_of_clipped);
    return Point{std::lerp(from.x, to.x, (edge - from.y) / (far - from.y)), edge};
  };
  for (std::size_t i = 1; i < line.size(); ++i) {
    const Point a = line[i - 1], b = line[i];
    if (std::isnan(a.y) || std::isnan(b.y) || (!within(a.y) && !within(b.y))) continue;
    if (!within(a.y))
      pieces.push_back({cut(b, a)});
    else if (pieces.back().empty())
      pieces.back().push_back(a);
    pieces.back().push_back(within(b.y) ? b : cut(a, b));
    if (!within(b.y)) pieces.emplace_back();
  }
  std::erase_if(pieces, [](const auto& piece) { return piece.size() < 2; });
  return pieces;
}

/// Where the numbers of a heat map lie on its canvas.
struct Plane {
  double left, right, low, high;
  explicit Plane(const HeatMap& map)
      : left(map.x[0] - (map.x[1] - map.x[0]) / 2),
        right(map.x.back() + (map.x[1] - map.x[0]) / 2),
        low(map.y[0] - (map.y[1] - map.y[0]) / 2),
        high(map.y.back() + (map.y[1] - map.y[0]) / 2) {}
  double across(double v) const { return std::lerp(frame.left, frame.right, (v - left) / (right - left)); }
  double up(double v) const { return std::lerp(frame.bottom, frame.top, (v - low) / (high - low)); }
};

void draw_cells(Canvas& sheet, const HeatMap& map, const Plane& plane) {
  const double dx = map.x[1] - map.x[0], dy = map.y[1] - map.y[0];
  for (std::size_t c = 0; c < map.x.size(); ++c) {
    sheet.text({plane.across(map.x[c]), frame.bottom + 20}, fmt::format("{:.4g}", map.x[c]), {.size = 12, .anchor = Anchor::middle});
    for (std::size_t r = map.y.size(); r-- > 0;)  // each a little into the next, which covers that: no seams
      sheet.rectangle({plane.across(map.x[c] - dx / 2), plane.up(map.y[r] + dy / 2),
                       std::min(plane.across(map.x[c] + dx / 2) + 1, frame.right), std::min(plane.up(map.y[r] - dy / 2) + 1, frame.bottom)},
                      {.colour = heat_colour(map.value(c, r))});
  }
  for (const double v : map.y) sheet.text({frame.left - 8, plane.up(v) + 4}, fmt::format("{:.4g}", v), {.size = 12, .anchor = Anchor::end});
}

void draw_theory(Canvas& sheet, const HeatMap& map, const Plane& plane) {
  if (map.mark > plane.left && map.mark < plane.right) {
    const double x = plane.across(map.mark);
    sheet.line({{x, frame.top}, {x, frame.bottom}}, {.colour = white, .width = 2, .dash = {6, 5}});
    sheet.text({x, frame.top - 7}, map.mark_label, {.size = 12, .colour = muted, .anchor = Anchor::middle});
  }
  const auto pieces = pieces_between(map.line, plane.low, plane.high);
  for (const auto& [colour, width] : {std::pair{white, 7.0}, std::pair{palette[1], 3.5}}) {
    for (std::vector<Point> piece : pieces) {
      for (Point& p : piece) p = {plane.across(p.x), plane.up(p.y)};
      sheet.line(std::move(piece), {.colour = colour, .width = width});
    }
  }
  if (pieces.empty()) return;
  sheet.line({{440, frame.bottom + 40}, {470, frame.bottom + 40}}, {.colour = palette[1], .width = 3.5});
  sheet.text({478, frame.bottom + 44}, map.line_label, {});
}

void draw_scale(Canvas& sheet) {
  const auto at = [&](int percent) { return std::lerp(frame.bottom, frame.top, percent / 100.0); };
  for (int i = 99; i >= 0; --i) {
    sheet.rectangle({664, at(i + 1), 684, std::min(at(i) + 1, frame.bottom)}, {.colour = heat_colour((i + 0.5) / 100)});
    if (i % 25 == 0) sheet.text({690, at(i) + 4}, fmt::format("{} %", i), {.size = 12});
  }
  sheet.text({690, frame.top + 4}, "100 %", {.size = 12});
}

}  // namespace

Colour heat_colour(double share) {
  static constexpr Colour scale[] = {{40, 20, 70}, {60, 80, 140}, {40, 145, 140}, {120, 205, 90}, {250, 230, 60}};
  if (std::isnan(share)) return faint;
  const double place = std::clamp(share, 0.0, 0.9999) * 4;
  const auto low = static_cast<std::size_t>(place);
  const auto mix = [&](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lerp(static_cast<double>(a), static_cast<double>(b), place - static_cast<double>(low)));
  };
  const Colour &a = scale[low], &b = scale[low + 1];
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

Canvas HeatMap::draw() const {
  if (x.size() < 2 || y.size() < 2)
    throw Error(fmt::format("a heat map takes two columns and two rows or more, not {} and {}", x.size(), y.size()));
  const Plane plane(*this);
  Canvas sheet(760, 516, title, subtitle);
  sheet.text({16, 30}, title, {.size = 17, .bold = true});
  sheet.text({16, 54}, subtitle, {.colour = muted});
  draw_cells(sheet, *this, plane);
  sheet.text({(frame.left + frame.right) / 2, frame.bottom + 44}, x_label, {.size = 14, .anchor = Anchor::middle});
  sheet.text({26, (frame.top + frame.bottom) / 2}, y_label, {.size = 14, .anchor = Anchor::middle, .upwards = true});
  draw_theory(sheet, *this, plane);
  draw_scale(sheet);
  return sheet;
}

}  // namespace seegrad::records
