#include "clip.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

namespace seegrad::records {
namespace {

Point between(Point a, Point b, double t) { return {a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t}; }

/// Shares t of the way from a to b between which the segment is inside (Liang and Barsky 1984).
std::optional<std::pair<double, double>> inside(Point a, Point b, const Rectangle& frame) {
  double first = 0, last = 1;
  const auto cut = [&](double towards, double room) {  // the segment leaves when t * towards > room
    if (towards == 0) return room >= 0;
    const double t = room / towards;
    if (towards > 0)
      last = std::min(last, t);
    else
      first = std::max(first, t);
    return first <= last;
  };
  const double dx = b.x - a.x, dy = b.y - a.y;
  if (cut(-dx, a.x - frame.left) && cut(dx, frame.right - a.x) && cut(-dy, a.y - frame.top) && cut(dy, frame.bottom - a.y))
    return std::pair(first, last);
  return std::nullopt;
}

/// One side of the frame takes its part of a polygon (Sutherland and Hodgman 1974). `depth` is how far inside a point lies.
std::vector<Point> cut_off(const std::vector<Point>& polygon, const std::function<double(Point)>& depth) {
  std::vector<Point> kept;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point a = polygon[i], b = polygon[(i + 1) % polygon.size()];
    const double from = depth(a), to = depth(b);
    if (from >= 0) kept.push_back(a);
    if ((from < 0) != (to < 0)) kept.push_back(between(a, b, from / (from - to)));
  }
  return kept;
}

double distance_to_segment(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, squared = dx * dx + dy * dy;
  const double t = squared > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / squared, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

}  // namespace

std::vector<std::vector<Point>> clipped_line(const std::vector<Point>& line, const Rectangle& frame) {
  std::vector<std::vector<Point>> parts;
  bool connected = false;
  for (std::size_t i = 1; i < line.size(); ++i) {
    const auto seen = inside(line[i - 1], line[i], frame);
    if (!seen) {
      connected = false;
      continue;
    }
    if (!connected || seen->first > 0) parts.push_back({between(line[i - 1], line[i], seen->first)});
    parts.back().push_back(seen->second < 1 ? between(line[i - 1], line[i], seen->second) : line[i]);
    connected = seen->second >= 1;
  }
  return parts;
}

std::vector<Point> clipped_polygon(std::vector<Point> polygon, const Rectangle& frame) {
  polygon = cut_off(polygon, [&](Point p) { return p.x - frame.left; });
  polygon = cut_off(polygon, [&](Point p) { return frame.right - p.x; });
  polygon = cut_off(polygon, [&](Point p) { return p.y - frame.top; });
  polygon = cut_off(polygon, [&](Point p) { return frame.bottom - p.y; });
  // What only touches the frame from outside leaves a line on it, with nothing inside.
  const auto one_line = [&](auto coordinate) {
    const auto less = [&](Point a, Point b) { return coordinate(a) < coordinate(b); };
    const auto [low, high] = std::minmax_element(polygon.begin(), polygon.end(), less);
    return low == polygon.end() || coordinate(*high) - coordinate(*low) < 1e-9;
  };
  if (one_line([](Point p) { return p.x; }) || one_line([](Point p) { return p.y; })) polygon.clear();
  return polygon;
}

// Douglas and Peucker 1973: keep the point farthest from the chord, then the same on both sides of it.
std::vector<Point> thinned(const std::vector<Point>& line, double tolerance) {
  if (line.size() < 3) return line;
  std::vector<bool> keep(line.size());
  keep.front() = keep.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, line.size() - 1}};
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    std::size_t farthest = first;
    double most = tolerance;
    for (std::size_t i = first + 1; i < last; ++i) {
      const double distance = distance_to_segment(line[i], line[first], line[last]);
      if (distance > most) most = distance, farthest = i;
    }
    if (farthest == first) continue;
    keep[farthest] = true;
    open.emplace_back(first, farthest);
    open.emplace_back(farthest, last);
  }
  std::vector<Point> kept;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (keep[i]) kept.push_back(line[i]);
  return kept;
}

}  // namespace seegrad::records
