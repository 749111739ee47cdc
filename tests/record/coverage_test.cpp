#include "record/coverage.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "record/clip.hpp"
#include "seegrad/math/random.hpp"

using namespace seegrad;
using namespace seegrad::records;

namespace {

double total(const Mask& mask) {
  double sum = 0;
  for (int y = mask.box().top; y < mask.box().bottom; ++y)
    for (int x = mask.box().left; x < mask.box().right; ++x) sum += mask.at(x, y);
  return sum;
}

double area_of(const std::vector<Point>& polygon) {
  double sum = 0;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point a = polygon[i], b = polygon[(i + 1) % polygon.size()];
    sum += (a.x * b.y - b.x * a.y) / 2;
  }
  return std::fabs(sum);
}

std::vector<Point> random_convex(Random& random, double size) {
  const Point centre{random.uniform(0, size), random.uniform(0, size)};
  const double radius = random.uniform(0.2, size);
  std::vector<Point> corners;
  for (double angle = 0; angle < 2 * std::numbers::pi; angle += random.uniform(0.2, 2))
    corners.push_back({centre.x + radius * std::cos(angle), centre.y + radius * std::sin(angle)});
  return corners;
}

}  // namespace

TEST_CASE("a filled rectangle covers each pixel by exactly the common area", "[record][picture]") {
  Mask mask({0, 0, 5, 4});
  mask.fill(std::vector<Point>{{1.25, 0.5}, {3.5, 0.5}, {3.5, 2.75}, {1.25, 2.75}});
  const double across[] = {0, 0.75, 1, 0.5, 0}, down[] = {0.5, 1, 0.75, 0};
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 5; ++x) CHECK(mask.at(x, y) == float(across[x] * down[y]));
}

TEST_CASE("the coverage of a polygon sums to its area, also where the image cuts it off", "[record][picture]") {
  Random random(7);
  constexpr int size = 24;
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Point> polygon = random_convex(random, size);
    if (polygon.size() < 3) continue;
    if (random.chance(0.5)) std::reverse(polygon.begin(), polygon.end());
    Mask mask({0, 0, size, size});
    mask.fill(polygon);
    INFO("trial " << trial);
    // Coverage is kept in float: half an ulp in each of 576 pixels.
    CHECK(total(mask) == Approx(area_of(clipped_polygon(polygon, {0, 0, size, size}))).margin(576 * 6e-8));
  }
}

TEST_CASE("a mask that is only a part of the image sees the same coverage", "[record][picture]") {
  const std::vector<Point> polygon{{-3, 1.3}, {9.7, 4.2}, {6.1, 11.9}, {-20, 8}};
  Mask whole({0, 0, 12, 12}), part({3, 2, 8, 9});
  whole.fill(polygon);
  part.fill(polygon);
  for (int y = 2; y < 9; ++y)
    for (int x = 3; x < 8; ++x) CHECK(part.at(x, y) == Approx(whole.at(x, y)).margin(1e-6));
}

TEST_CASE("a stroke along an axis covers exactly its width", "[record][picture]") {
  for (const double width : {0.25, 1.0, 2.5}) {
    for (const double at : {5.0, 5.5, 5.8}) {
      Mask mask({0, 0, 20, 12});
      mask.stroke(std::vector<Point>{{-5, at}, {25, at}}, width);
      for (int y = 0; y < 12; ++y) {
        const double covered = std::max(0.0, std::min(y + 1.0, at + width / 2) - std::max<double>(y, at - width / 2));
        INFO("width " << width << " at " << at << ", row " << y);
        CHECK(mask.at(10, y) == Approx(covered).margin(1e-6));
      }
    }
  }
}

TEST_CASE("a stroke drawn twice, or in many pieces, is no darker than once", "[record][picture]") {
  const Point a{2.2, 3.1}, b{17.4, 9.6};
  Mask once({0, 0, 20, 12}), pieces({0, 0, 20, 12});
  once.stroke(std::vector<Point>{a, b}, 1.7);
  std::vector<Point> line;
  for (int i = 0; i <= 50; ++i) line.push_back({a.x + (b.x - a.x) * i / 50, a.y + (b.y - a.y) * i / 50});
  pieces.stroke(line, 1.7);
  pieces.stroke(line, 1.7);
  for (int y = 0; y < 12; ++y)
    for (int x = 0; x < 20; ++x) CHECK(pieces.at(x, y) == Approx(once.at(x, y)).margin(1e-5));
}

TEST_CASE("a clipped line stays in the frame and loses none of what is inside", "[record][picture]") {
  Random random(3);
  const Rectangle frame{2, 3, 9, 7};
  std::vector<Point> line;
  for (int i = 0; i < 500; ++i) line.push_back({random.uniform(0, 12), random.uniform(0, 12)});
  double length = 0, expected = 0;
  for (const auto& part : clipped_line(line, frame)) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      CHECK((part[i].x >= 2 - 1e-9 && part[i].x <= 9 + 1e-9 && part[i].y >= 3 - 1e-9 && part[i].y <= 7 + 1e-9));
      if (i > 0) length += std::hypot(part[i].x - part[i - 1].x, part[i].y - part[i - 1].y);
    }
  }
  // The same length by counting small steps.
  constexpr int steps = 2000;
  for (std::size_t i = 1; i < line.size(); ++i) {
    const Point a = line[i - 1], b = line[i];
    int inside = 0;
    for (int s = 0; s < steps; ++s) {
      const double t = (s + 0.5) / steps, x = a.x + (b.x - a.x) * t, y = a.y + (b.y - a.y) * t;
      inside += x >= 2 && x <= 9 && y >= 3 && y <= 7;
    }
    expected += std::hypot(b.x - a.x, b.y - a.y) * inside / steps;
  }
  CHECK(length == Approx(expected).epsilon(1e-3));
}

TEST_CASE("a thinned line leaves no point further away than the tolerance", "[record][picture]") {
  std::vector<Point> line;
  for (int i = 0; i <= 1000; ++i) line.push_back({i * 0.6, 100 * std::sin(i * 0.02)});
  const std::vector<Point> thin = thinned(line, 0.05);
  CHECK(thin.size() < line.size() / 3);
  CHECK((thin.front() == line.front() && thin.back() == line.back()));
  for (const Point& p : line) {
    double nearest = 1e9;
    for (std::size_t i = 1; i < thin.size(); ++i) {
      const Point a = thin[i - 1], b = thin[i];
      const double dx = b.x - a.x, dy = b.y - a.y;
      const double t = std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
      nearest = std::min(nearest, std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy));
    }
    CHECK(nearest <= 0.05 + 1e-12);
  }
}
