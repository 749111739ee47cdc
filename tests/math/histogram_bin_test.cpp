// Bins that do not depend on the numbers: two an octave on either side of zero.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/histogram_bin.hpp"

namespace seegrad {

TEST_CASE("every bin holds the numbers between its edges, and its mirror image their negatives", "[math][histogram]") {
  for (int distance = 1; distance <= histogram_side; ++distance) {
    const double lowest = histogram_edge(distance), next = histogram_edge(distance + 1);
    INFO("bin " << distance << " from the middle, [" << lowest << ", " << next << ")");
    CHECK(next > lowest);
    for (const double x : {lowest, 0.5 * (lowest + next), std::nextafter(next, 0.0)}) {
      CHECK(histogram_bin(x) == histogram_side + distance);
      CHECK(histogram_bin(-x) == histogram_side - distance);
    }
  }
}

TEST_CASE("an octave is two bins: a number twice as large lies two bins further", "[math][histogram]") {
  for (double x = 1e-11; x < 8e6; x *= 1.37) CHECK(histogram_bin(2 * x) == histogram_bin(x) + 2);
}

TEST_CASE("nothing falls out of a histogram but NaN", "[math][histogram]") {
  constexpr double infinity = std::numeric_limits<double>::infinity(), tiny = std::numeric_limits<double>::denorm_min();
  CHECK(histogram_bin(0.0) == histogram_side);
  CHECK(histogram_bin(-0.0) == histogram_side);
  CHECK(histogram_bin(tiny) == histogram_side + 1);
  CHECK(histogram_bin(-tiny) == histogram_side - 1);
  CHECK(histogram_bin(infinity) == histogram_bins - 1);
  CHECK(histogram_bin(1e300) == histogram_bins - 1);
  CHECK(histogram_bin(-infinity) == 0);
  CHECK(histogram_bin(std::numeric_limits<double>::quiet_NaN()) == -1);
}

}  // namespace seegrad
