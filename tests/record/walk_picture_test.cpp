// What a picture of a walk shows, and where.
#include "seegrad/record/walk_picture.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/math/error.hpp"

using namespace seegrad;
using namespace seegrad::records;

namespace {

constexpr Colour way{1, 2, 3};

WalkPicture picture() {
  observe::Walk walk;
  walk.path = {{0, 0}, {2, 0}, {2, -2}};
  return {.title = "T", .subtitle = "S", .walk = walk, .goal = {2, -2}, .contours = {observe::contour({2, -2}, 0, 1, 1)}, .colour = way};
}

template <class Item>
std::vector<Item> items_of(const Canvas& canvas) {
  std::vector<Item> found;
  for (const Canvas::Item& item : canvas.items())
    if (const auto* one = std::get_if<Item>(&item)) found.push_back(*one);
  return found;
}

}  // namespace

TEST_CASE("a walk is drawn over its contours, from a ring at its begin to a disc at the goal", "[record][walk_picture]") {
  const Canvas canvas = picture().draw(350, 410);
  std::vector<Canvas::Circle> marks = items_of<Canvas::Circle>(canvas);
  REQUIRE(marks.size() == 2);
  CHECK(marks[0].inside.has_value());
  CHECK_FALSE(marks[1].inside.has_value());
  CHECK(marks[1].centre.x > marks[0].centre.x);  // weight 1 has risen
  CHECK(marks[1].centre.y > marks[0].centre.y);  // weight 2 has fallen
  std::vector<Canvas::Line> path, contours;
  for (const Canvas::Line& line : items_of<Canvas::Line>(canvas)) {
    if (line.look.colour == way) path.push_back(line);
    if (line.look.colour == shade && line.points.size() > 20) contours.push_back(line);
  }
  REQUIRE(path.size() == 1);
  CHECK(path[0].points.size() == 3);
  CHECK(path[0].points.front() == marks[0].centre);
  CHECK(path[0].points.back() == marks[1].centre);
  REQUIRE(contours.size() == 1);
  for (const Point& p : contours[0].points) CHECK(p.x > marks[0].centre.x);  // a circle of radius 1 around (2, -2)
}

TEST_CASE("a walk that never began is drawn too; one whose goal is its begin is refused", "[record][walk_picture]") {
  WalkPicture still = picture();
  still.walk = {};
  still.contours = {{}};
  CHECK(items_of<Canvas::Circle>(still.draw(350, 410)).size() == 2);
  still.goal = {0, 0};
  CHECK_THROWS_AS(still.draw(350, 410), Error);
}
