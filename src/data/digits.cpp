// From glyph to pixels: jitter, affine map, elastic bend, pen. All lengths are in pixels once the affine map is done.

#include "seegrad/data/digits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include "glyphs.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/math/random.hpp"

namespace seegrad {
namespace {

constexpr auto side = static_cast<int>(digit_side);

// x' = a x + b y + shift, for a glyph whose middle is moved to the origin first.
struct Affine {
  double xx, xy, yx, yy, shift_x, shift_y;

  Point operator()(Point p) const {
    const double x = p.x - 35, y = p.y - 50;
    return {xx * x + xy * y + shift_x, yx * x + yy * y + shift_y};
  }
};

// Rotation up to 15 degrees, slant, separate scales. The rotation comes from the tangent t of half the angle:
// cos = (1 - t^2) / (1 + t^2), sin = 2t / (1 + t^2).
Affine random_affine(Random& random) {
  const double t = random.uniform(-0.13, 0.13);
  const double cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
  const double slant = random.uniform(-0.35, 0.15);  // most hands lean to the right
  const double height = random.uniform(0.145, 0.2);
  const double width = height * random.uniform(0.75, 1.15);
  const double middle = side / 2.0 - 0.5;
  Affine map{};
  map.xx = cosine * width;
  map.xy = (cosine * slant - sine) * height;
  map.yx = sine * width;
  map.yy = (sine * slant + cosine) * height;
  map.shift_x = middle + random.uniform(-1.8, 1.8);
  map.shift_y = middle + random.uniform(-1.8, 1.8);
  return map;
}

// A smooth random displacement: normal vectors on a grid of `spacing` pixels, blended by cubic B-splines. The spline's
// standard deviation, spacing / sqrt(3), is the 4 pixels of Simard et al.
class ElasticField {
 public:
  ElasticField(Random& random, double strength) {
    for (auto& row : nodes_)
      for (Point& node : row) {
        node.x = strength * random.normal();
        node.y = strength * random.normal();
      }
  }

  Point operator()(Point p) const {
    const double u = std::clamp(p.x / spacing, 0.0, last), v = std::clamp(p.y / spacing, 0.0, last);
    const auto column = static_cast<std::size_t>(u), row = static_cast<std::size_t>(v);
    const auto across = weights(u - static_cast<double>(column)), down = weights(v - static_cast<double>(row));
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = 0; j < 4; ++j) {
        const double weight = down[i] * across[j];
        p.x += weight * nodes_[row + i][column + j].x;
        p.y += weight * nodes_[row + i][column + j].y;
      }
    return p;
  }

 private:
  static constexpr std::size_t nodes = 7;  // four cells of 7 pixels, and three more nodes because a spline spans four
  static constexpr double spacing = 7;
  static constexpr double last = nodes - 4 + 0.999;

  static std::array<double, 4> weights(double t) {
    const double s = 1 - t;
    return {s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6, t * t * t / 6};
  }

  std::array<std::array<Point, nodes>, nodes> nodes_;
};

Point bezier(const Point* p, double t) {
  const double s = 1 - t;
  const double a = s * s * s, b = 3 * s * s * t, c = 3 * s * t * t, d = t * t * t;
  return {a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x, a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y};
}

// A round pen: how much ink a pixel gets falls from 1 to 0 across the edge of the stroke.
struct Pen {
  double radius;    // half the width of the stroke
  double softness;  // width of the edge

  double ink(double distance) const { return std::clamp((radius - distance) / softness + 0.5, 0.0, 1.0); }

  void line(Point from, Point to, std::array<double, side * side>& canvas) const {
    const double reach = radius + softness / 2;
    const auto low = [&](double a, double b) { return std::max(0, static_cast<int>(std::min(a, b) - reach)); };
    const auto high = [&](double a, double b) { return std::min(side - 1, static_cast<int>(std::max(a, b) + reach + 1)); };
    const double dx = to.x - from.x, dy = to.y - from.y;
    const double squared_length = dx * dx + dy * dy;
    for (int y = low(from.y, to.y); y <= high(from.y, to.y); ++y)
      for (int x = low(from.x, to.x); x <= high(from.x, to.x); ++x) {
        const double px = x - from.x, py = y - from.y;
        const double along = squared_length > 0 ? std::clamp((px * dx + py * dy) / squared_length, 0.0, 1.0) : 0.0;
        const double ex = px - along * dx, ey = py - along * dy;
        const double squared = ex * ex + ey * ey;
        if (squared >= reach * reach) continue;
        double& pixel = canvas[static_cast<std::size_t>(y) * static_cast<std::size_t>(side) + static_cast<std::size_t>(x)];
        pixel = std::max(pixel, ink(std::sqrt(squared)));
      }
  }
};

}  // namespace

std::uint8_t draw_digit(std::uint64_t seed, std::uint64_t index, std::span<std::uint8_t> pixels) {
  if (pixels.size() != digit_side * digit_side)
    throw Error(fmt::format("draw_digit: room for {} pixels, expected {}", pixels.size(), digit_side * digit_side));
  Random random(seed, index);
  const auto label = static_cast<std::uint8_t>(random.below(10));
  const std::span<const Glyph> hands = glyphs_of(label);
  const Glyph& glyph = hands[random.below(hands.size())];
  const Affine place = random_affine(random);
  const ElasticField bend(random, random.uniform(0.8, 2.6));
  const Pen pen{random.uniform(0.75, 1.75), random.uniform(1.0, 1.7)};
  const double brightness = random.uniform(200, 275);  // beyond 255 the ink saturates

  std::array<double, side * side> canvas{};
  std::vector<Point> points;
  for (const Stroke& stroke : glyph) {
    points.clear();
    for (const Point p : stroke) points.push_back(place({p.x + random.uniform(-4, 4), p.y + random.uniform(-4, 4)}));
    Point before = bend(points[0]);
    for (std::size_t piece = 0; piece + 3 < points.size(); piece += 3)
      for (int step = 1; step <= 8; ++step) {
        const Point now = bend(bezier(&points[piece], step / 8.0));
        pen.line(before, now, canvas);
        before = now;
      }
  }
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const double ink = canvas[i] == 0 ? 0 : canvas[i] * brightness + random.uniform(-16, 16);
    pixels[i] = static_cast<std::uint8_t>(std::clamp(ink + 0.5, 0.0, 255.0));
  }
  return label;
}

Images generate_digits(std::size_t count, std::uint64_t seed, std::uint64_t first) {
  constexpr std::size_t piece = 256;
  Images images;
  images.count = count;
  images.rows = images.columns = digit_side;
  images.pixels.resize(count * images.size());
  images.labels.resize(count);

  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t begin = next.fetch_add(piece); begin < count; begin = next.fetch_add(piece))
      for (std::size_t i = begin; i < std::min(begin + piece, count); ++i)
        images.labels[i] = draw_digit(seed, first + i, std::span(images.pixels).subspan(i * images.size(), images.size()));
  };
  const std::size_t helpers = std::min<std::size_t>(std::max(1u, std::thread::hardware_concurrency()), count / 1024 + 1) - 1;
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < helpers; ++i) threads.emplace_back(work);
  work();
  threads.clear();  // joins
  return images;
}

}  // namespace seegrad
