// Walks over functions whose valleys and bends are known.
#include "seegrad/observe/landscape.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "seegrad/math/error.hpp"

namespace seegrad::observe {
namespace {

constexpr double pi = 3.14159265358979323846;

/// f at `count` equally spaced points from `from` to `to`.
template <class F>
std::vector<double> walk(F f, double from, double to, int count = 401) {
  std::vector<double> losses;
  losses.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) losses.push_back(f(from + (to - from) * i / (count - 1)));
  return losses;
}

}  // namespace

TEST_CASE("a parabola is one valley, turned round it is one hill", "[observe][landscape]") {
  const Landscape bowl = survey(walk([](double t) { return t * t; }, -3, 5));
  CHECK(bowl == Landscape{.minima = 1, .turns = 1, .concave = 0, .not_finite = 0});
  CHECK(bowl.convex());
  const Landscape hill = survey(walk([](double t) { return -t * t; }, -3, 5));
  CHECK(hill == Landscape{.minima = 0, .turns = 1, .concave = 1, .not_finite = 0});
  CHECK_FALSE(hill.convex());
}

TEST_CASE("the ends of a walk are no minima", "[observe][landscape]") {
  CHECK(survey(walk([](double t) { return std::exp(t); }, -3, 3)) == Landscape{});
  CHECK(survey(walk([](double t) { return std::exp(-t); }, -3, 3)) == Landscape{});
  CHECK(survey(walk([](double t) { return 2 - 3 * t; }, -3, 3)) == Landscape{});
}

TEST_CASE("a cosine has a valley and a hill in every period and is concave on half of its way", "[observe][landscape]") {
  const Landscape seen = survey(walk([](double t) { return std::cos(t); }, 0.1, 0.1 + 10 * pi, 4001));
  CHECK(seen.minima == 5);
  CHECK(seen.turns == 10);
  CHECK(seen.concave == Approx(0.5).margin(0.002));
}

TEST_CASE("a level piece belongs to the slope before it", "[observe][landscape]") {
  CHECK(survey(std::vector<double>{3, 2, 1, 1, 1, 2, 3}) == Landscape{.minima = 1, .turns = 1, .concave = 0, .not_finite = 0});
  const Landscape stair = survey(std::vector<double>{3, 2, 2, 1});  // bent up by 1, then down by 1
  CHECK(stair == Landscape{.minima = 0, .turns = 0, .concave = 0.5, .not_finite = 0});
  CHECK(survey(std::vector<double>{1, 2, 2, 1}) == Landscape{.minima = 0, .turns = 1, .concave = 1, .not_finite = 0});
}

TEST_CASE("what rounding does to a constant or to a bowl is not met", "[observe][landscape]") {
  CHECK(survey(std::vector<double>(50, 0.1)) == Landscape{});
  std::vector<double> shaken = walk([](double) { return 0.1; }, 0, 1);
  for (std::size_t i = 0; i < shaken.size(); ++i) shaken[i] *= 1 + 2e-16 * static_cast<double>(i % 3);
  CHECK(survey(shaken) == Landscape{});
  const Landscape far_up = survey(walk([](double t) { return 1e6 + t * t; }, -10, 10));  // its ulp is 1e-10, its smallest bend 0.005
  CHECK(far_up == Landscape{.minima = 1, .turns = 1, .concave = 0, .not_finite = 0});
  // A dip that is more than rounding is one, however small beside the walk's highest point.
  std::vector<double> dip(9, 0.0);
  dip.front() = 1, dip[5] = -1e-6;
  CHECK(survey(dip).minima == 1);
}

TEST_CASE("losses that are no numbers are counted, and divide the walk", "[observe][landscape]") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();
  const Landscape seen = survey(std::vector<double>{2, 1, 2, nan, infinite, 1, 2, 1});
  CHECK(seen.not_finite == 2);
  CHECK(seen.minima == 1);
  CHECK(seen.turns == 2);
  CHECK(seen.concave == Approx(1.0 / 6));
  CHECK_FALSE(survey(std::vector<double>{3, 2, nan, 2, 3}).convex());
  CHECK(survey(std::vector<double>{2, 1, nan, 1, 2}).minima == 0);  // whether it is one is not known
  CHECK(survey(std::vector<double>(4, nan)) == Landscape{.minima = 0, .turns = 0, .concave = 0, .not_finite = 4});
}

TEST_CASE("a walk of a few points has nothing on it", "[observe][landscape]") {
  CHECK(survey({}) == Landscape{});
  CHECK(survey(std::vector<double>{1}) == Landscape{});
  CHECK(survey(std::vector<double>{1, 2}) == Landscape{});
}

TEST_CASE("the means of many walks count each walk once", "[observe][landscape]") {
  const std::vector<Landscape> walks{{.minima = 1, .turns = 1},
                                     {.minima = 3, .turns = 5, .concave = 0.5},
                                     {.minima = 0, .not_finite = 2},
                                     {.minima = 0, .turns = 0, .concave = 0.1}};
  const LandscapeMeans means = means_of(walks);
  CHECK(means.minima == 1);
  CHECK(means.turns == 1.5);
  CHECK(means.concave == Approx(0.15));
  CHECK(means.several == 0.25);
  CHECK(means.not_convex == 0.75);
  CHECK_THROWS_AS(means_of({}), Error);
}

}  // namespace seegrad::observe
