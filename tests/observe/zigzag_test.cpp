// Walks that can be written down by hand, signs that are sure, and the ellipse of equal loss against the loss itself.
#include "seegrad/observe/zigzag.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "seegrad/activation/moments.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::observe {
namespace {

/// These inputs in turn.
std::function<Pair()> in_turn(std::vector<Pair> inputs) {
  return [inputs = std::move(inputs), next = std::size_t{0}]() mutable { return inputs[next++ % inputs.size()]; };
}

}  // namespace

TEST_CASE("with one input at a time the weights walk along the axes, and the path is 2 / sqrt(2) of the distance", "[observe][zigzag]") {
  const Walk found = walk({.goal = {2, -2}, .rate = 1}, in_turn({{1, 0}, {0, 1}}));
  CHECK(found.path == std::vector<Pair>{{0, 0}, {2, 0}, {2, -2}});
  CHECK(found.arrived);
  CHECK(found.steps() == 2);
  CHECK(found.length == Approx(4));
  CHECK(found.detour() == Approx(std::sqrt(2.0)));
  CHECK(std::isnan(found.one_sign));  // no update moved both
}

TEST_CASE("an input along the way to the goal leads there straight, by a step that shrinks geometrically", "[observe][zigzag]") {
  // error_n = 4 (1 - rate |x|^2)^n with x = (1, -1): rate 1/4 halves it each time, and 2^-7 < 0.01 < 2^-6.
  const Walk found = walk({.goal = {2, -2}, .rate = 0.25}, in_turn({{1, -1}}));
  CHECK(found.steps() == 7);
  CHECK(found.path[1] == Pair{1, -1});
  CHECK(found.path[2] == Pair{1.5, -1.5});
  CHECK(found.detour() == Approx(1));
  CHECK(found.one_sign == 0);  // one rises, one falls
}

TEST_CASE("inputs of one sign move both weights the same way in every update", "[observe][zigzag]") {
  for (const char* positive : {"sigmoid", "softplus", "relu", "-sigmoid(x)"}) {
    CAPTURE(positive);
    const Walk found = walk_behind(Activation::parse(positive), {.rate = 0.2}, Random(3));
    CHECK(found.one_sign == 1);
    CHECK(found.arrived);
    CHECK(found.detour() > 1.5);
  }
}

TEST_CASE("symmetric inputs have no such need: half of the updates have one sign, and there is little detour", "[observe][zigzag]") {
  for (const char* symmetric : {"tanh", "identity", "sigmoid(x) - 0.5"}) {
    CAPTURE(symmetric);
    const WalkMeans found = walks_behind(Activation::parse(symmetric), {.rate = 0.1}, 50, Random(3));
    CHECK(found.one_sign == Approx(0.5).margin(0.04));
    CHECK(found.detour < 1.4);
    CHECK(found.arrived == 1);
  }
}

TEST_CASE("with normal inputs and short steps the path is 4 / pi of the distance", "[observe][zigzag]") {
  // At a distance d in the direction (1, 0) the update is d x1 (x1, x2): E |x1| r = E r^2 |cos| = 2 * 2 / pi beside E x1^2 = 1.
  const WalkMeans found = walks_behind(Activation::parse("identity"), {.rate = 0.01}, 20, Random(4));
  CHECK(found.detour == Approx(4 / std::numbers::pi).epsilon(0.02));
}

TEST_CASE("the rate is one for inputs of mean square length 1, so that scaling an activation changes nothing", "[observe][zigzag]") {
  const Walk small = walk_behind(Activation::parse("0.125*tanh(x)"), {.rate = 0.2}, Random(5));
  const Walk large = walk_behind(Activation::parse("tanh"), {.rate = 0.2}, Random(5));
  CHECK(small.steps() == large.steps());
  CHECK(small.length == Approx(large.length).epsilon(1e-6));
}

TEST_CASE("means are those of the walks with split generators", "[observe][zigzag]") {
  const Activation f = Activation::parse("relu");
  const WalkOptions how{.rate = 0.2};
  const Walk first = walk_behind(f, how, Random(7).split(0)), second = walk_behind(f, how, Random(7).split(1));
  const WalkMeans means = walks_behind(f, how, 2, Random(7));
  CHECK(means.steps == Approx(static_cast<double>(first.steps() + second.steps()) / 2));
  CHECK(means.detour == Approx((first.detour() + second.detour()) / 2));
  CHECK_THROWS_AS(walks_behind(f, how, 0, Random(7)), Error);
}

TEST_CASE("a walk ends before steps that are too long, and when its steps are used up", "[observe][zigzag]") {
  const Walk wild = walk({.goal = {2, -2}, .rate = 10}, in_turn({{1, -1}}));
  CHECK_FALSE(wild.arrived);
  CHECK(wild.steps() < 20);
  CHECK(std::hypot(wild.path.back()[0], wild.path.back()[1]) < 1e6);
  const Walk slow = walk({.goal = {2, -2}, .rate = 1e-9, .most_steps = 30}, in_turn({{1, 1}, {1, -1}}));
  CHECK_FALSE(slow.arrived);
  CHECK(slow.steps() == 30);
  const Walk none = walk({.goal = {2, -2}, .rate = NAN}, in_turn({{1, 1}}));
  CHECK(none.steps() == 0);
  CHECK(std::isnan(none.detour()));
}

TEST_CASE("the expected loss is the same all along a contour", "[observe][zigzag]") {
  const Pair goal{2, -2};
  const Moments m = moments(Activation::parse("sigmoid"));
  const std::vector<Pair> line = contour(goal, m.mean, m.second_moment, 1.5);
  CHECK(line.size() == 121);
  CHECK(line.front() == line.back());
  // E (u x1 + v x2)^2 = s (u^2 + v^2) + 2 m^2 u v for independent inputs
  const auto loss = [&](const Pair& w) {
    const double u = w[0] - goal[0], v = w[1] - goal[1];
    return m.second_moment * (u * u + v * v) + 2 * m.mean * m.mean * u * v;
  };
  double longest = 0, shortest = 1e9;
  for (const Pair& w : line) {
    CHECK(loss(w) == Approx(loss(line[0])));
    const double away = std::hypot(w[0] - goal[0], w[1] - goal[1]);
    longest = std::max(longest, away), shortest = std::min(shortest, away);
  }
  CHECK(longest == Approx(1.5));
  CHECK(shortest / longest == Approx(std::sqrt((m.second_moment - 0.25) / (m.second_moment + 0.25))));  // the mean of sigmoid is 1/2
}

TEST_CASE("a contour is a circle without a mean and a line for inputs that never change; impossible moments are refused",
          "[observe][zigzag]") {
  for (const Pair& w : contour({0, 0}, 0, 0.3, 2)) CHECK(std::hypot(w[0], w[1]) == Approx(2));
  for (const Pair& w : contour({0, 0}, 0.5, 0.25, 2)) CHECK(w[0] == Approx(-w[1]).margin(1e-12));
  CHECK_THROWS_AS(contour({0, 0}, 1, 0.5, 2), Error);
  CHECK(contour({0, 0}, 0, 0, 2).empty());  // the loss does not depend on the weights
  CHECK(contour({0, 0}, NAN, NAN, 2).empty());
  CHECK_THROWS_AS(contour({0, 0}, 0, 1, 2, 2), Error);
}

}  // namespace seegrad::observe
