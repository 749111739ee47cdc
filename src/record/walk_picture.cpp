#include "seegrad/record/walk_picture.hpp"

#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/record/chart.hpp"

namespace seegrad::records {
namespace {

std::vector<Point> points_of(const std::vector<observe::Pair>& weights) {
  std::vector<Point> points;
  points.reserve(weights.size());
  for (const auto& [first, second] : weights) points.push_back({first, second});
  return points;
}

}  // namespace

Canvas WalkPicture::draw(double width, double height) const {
  const observe::Pair begin = walk.path.front();
  const double half = 0.8 * std::hypot(goal[0] - begin[0], goal[1] - begin[1]);
  if (!(half > 0)) throw Error("walk picture: the goal lies where the walk begins");
  const auto axis = [&](const char* label, std::size_t i) {
    const double middle = (begin[i] + goal[i]) / 2;
    return Axis{label, Scale::linear, Range{middle - half, middle + half}};
  };
  Chart chart(title, subtitle, axis("weight 1", 0), axis("weight 2", 1));
  for (const auto& line : contours) chart.curve("", {points_of(line)}, {.colour = shade, .width = 1});
  chart.curve("", {points_of(walk.path)}, {.colour = colour, .width = 1.6});
  chart.markers("", points_of({begin}), 5, {.colour = ink}, true);
  chart.markers("", points_of({goal}), 5, {.colour = ink});
  return chart.draw(width, height);
}

}  // namespace seegrad::records
