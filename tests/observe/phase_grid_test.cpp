// A grid small enough to count by hand.
#include "seegrad/observe/phase_grid.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"

using namespace seegrad;
using observe::PhaseGrid;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

/// Three starts, three depths: one that learns shallow, one that learns all, one that stops half-way.
PhaseGrid grid() {
  return {.starts = {1, 2, 3},
          .depths = {10, 20, 30},
          .accuracy = {0.9, 0.1, 0.1,  //
                       0.8, 0.9, 0.7,  //
                       0.9, 0.7, 0.2}};
}

}  // namespace

TEST_CASE("a grid knows its best start and where each column stops learning", "[observe][theory]") {
  CHECK(grid().at(2, 1) == 0.7);
  CHECK(grid().best() == 0.9);
  CHECK(grid().best_start() == 2);
  CHECK(grid().boundary(0, 0.5) == Approx(15));
  CHECK(std::isnan(grid().boundary(1, 0.5)));
  CHECK(grid().boundary(2, 0.5) == Approx(20 + 10 * 0.2 / 0.5));
  CHECK(std::isnan(grid().boundary(0, 0.95)));  // never learnt
}

TEST_CASE("theory is right about a network that it says learns, and does", "[observe][theory]") {
  // 6 xi: 15, endless, 12. Of the nine it is wrong about (3, 20) alone.
  const auto found = observe::compare(grid(), std::vector<double>{2.5, infinity, 2}, 0.5);
  CHECK(found.compared == 9);
  CHECK(found.share == Approx(8.0 / 9));
  CHECK(found.boundaries == 2);
  CHECK(found.boundary_in_xi == Approx(24.0 / 2));  // of 15/2.5 = 6 and 24/2 = 12 the upper one
  CHECK(observe::compare(grid(), std::vector<double>{1.5, infinity, 2}, 0.5, 10).share == 1);
}

TEST_CASE("what was not trained, or has no theory, is not compared", "[observe][theory]") {
  PhaseGrid part = grid();
  part.accuracy[4] = missing;
  CHECK(part.best_start() == 3);
  const auto found = observe::compare(part, std::vector<double>{missing, 1, 2}, 0.5);
  CHECK(found.compared == 5);
  CHECK(found.boundaries == 1);
  CHECK(observe::compare(part, std::vector<double>{0, 1, 2}, 0.5).boundaries == 1);  // a depth has no size in units of 0

  part.accuracy.assign(9, missing);
  CHECK(std::isnan(part.best()));
  CHECK(std::isnan(part.best_start()));
  const auto none = observe::compare(part, std::vector<double>{1, 1, 1}, 0.5);
  CHECK(none.compared == 0);
  CHECK(std::isnan(none.share));
  CHECK(std::isnan(none.boundary_in_xi));
}

TEST_CASE("a grid begins untrained, and can be read as text", "[observe][theory]") {
  const PhaseGrid empty = observe::untrained_grid(0.5, 4, 3, 60, 4);
  CHECK(empty.starts == std::vector<double>{0.5, 2.25, 4});
  CHECK(empty.depths == std::vector<std::int64_t>{15, 30, 45, 60});
  CHECK(empty.accuracy.size() == 12);
  CHECK(std::isnan(empty.best()));
  CHECK(observe::untrained_grid(1, 2, 2, 3, 10).depths == std::vector<std::int64_t>{1, 2, 3});
  CHECK_THROWS_AS(observe::untrained_grid(1, 2, 1, 3, 10), Error);
  CHECK_THROWS_AS(observe::untrained_grid(1, 2, 2, 0, 10), Error);
  CHECK(empty.lines()[1] == "   60 |     -     -     -");
  CHECK(grid().lines() == std::vector<std::string>{"depth |     1     2     3",  //
                                                   "   30 |    10    70    20",  //
                                                   "   20 |    10    90    70",  //
                                                   "   10 |    90    80    90"});
}

TEST_CASE("a comparison needs an xi for each start", "[observe][theory]") {
  CHECK_THROWS_AS(observe::compare(grid(), std::vector<double>{1, 2}, 0.5), Error);
  PhaseGrid broken = grid();
  broken.accuracy.pop_back();
  CHECK_THROWS_AS(observe::compare(broken, std::vector<double>{1, 2, 3}, 0.5), Error);
}
