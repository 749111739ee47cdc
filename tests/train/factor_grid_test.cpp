// The grid of an ablation and its analysis of variance, on grids that are small enough to be worked out by hand.
#include "seegrad/train/factor_grid.hpp"

#include <catch2/catch.hpp>

#include "seegrad/math/error.hpp"

namespace seegrad::test {
namespace {

using train::FactorGrid;

const std::vector<train::Factor> two_by_two{{"activation", {"relu", "tanh"}}, {"depth", {"2", "8"}}};

FactorGrid grid_of(std::size_t repeats, const std::vector<double>& values) {
  FactorGrid grid(two_by_two, repeats);
  REQUIRE(grid.size() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i) grid[i] = values[i];
  return grid;
}

/// activation, depth, seed, together
void check_shares(const FactorGrid& grid, const std::vector<double>& expected) {
  const std::vector<FactorGrid::Share> shares = grid.shares();
  REQUIRE(shares.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(shares[i].name);
    CHECK(shares[i].share == Approx(expected[i]).margin(1e-12));
  }
}

}  // namespace

TEST_CASE("a grid holds every combination of levels, the last factor fastest, repetitions side by side", "[train][ablation]") {
  const FactorGrid grid(two_by_two, 3);
  CHECK(grid.size() == 12);
  CHECK(grid.missing() == 12);
  CHECK(grid.cells().empty());
  CHECK(grid.setting(0) == grid.setting(2));
  CHECK(grid.level(grid.setting(3), 0) == "relu");
  CHECK(grid.level(grid.setting(3), 1) == "8");
  CHECK(grid.level(grid.setting(11), 0) == "tanh");
  CHECK(std::isnan(grid.mean(0, 0)));
}

TEST_CASE("the variance goes with the factor that makes the difference", "[train][ablation]") {
  check_shares(grid_of(2, {1, 1, 1, 1, 3, 3, 3, 3}), {1, 0, 0, 0});  // the activation alone
  check_shares(grid_of(2, {1, 1, 3, 3, 1, 1, 3, 3}), {0, 1, 0, 0});  // the depth alone
  check_shares(grid_of(2, {1, 3, 1, 3, 3, 1, 3, 1}), {0, 0, 1, 0});  // chance alone
  check_shares(grid_of(2, {1, 1, 3, 3, 3, 3, 1, 1}), {0, 0, 0, 1});  // one is good with the other's first level only
  // v = 2 a + d with a, d = -1, 1: sums of squares 4 and 1 of each four
  check_shares(grid_of(1, {-3, -1, 1, 3}), {0.8, 0.2, 0, 0});
}

TEST_CASE("with a value missing, or all of them equal, there are no shares", "[train][ablation]") {
  FactorGrid grid = grid_of(1, {1, 2, 3, 5});
  grid[2] = NAN;
  CHECK(grid.missing() == 1);
  for (const FactorGrid::Share& share : grid.shares()) CHECK(std::isnan(share.share));
  for (const FactorGrid::Share& share : grid_of(1, {2, 2, 2, 2}).shares()) CHECK(std::isnan(share.share));
  CHECK(grid.mean(0, 1) == 5);  // of what is there
  CHECK(grid.cells().size() == 3);
}

TEST_CASE("cells have mean and sample deviation over what is there, the best first", "[train][ablation]") {
  FactorGrid grid = grid_of(3, {1, 2, 3, 7, 8, 9, 4, 4, 4, NAN, 6, NAN});
  const std::vector<FactorGrid::Cell> cells = grid.cells();
  REQUIRE(cells.size() == 4);
  CHECK(grid.level(cells[0].setting, 1) == "8");
  CHECK(cells[0].mean == 8);
  CHECK(cells[0].deviation == Approx(1));
  CHECK(cells[1].mean == 6);
  CHECK(std::isnan(cells[1].deviation));
  CHECK(cells[1].first == 10);
  CHECK(cells[2].deviation == 0);
  CHECK(grid.csv("accuracy") == "activation,depth,accuracy,sd\nrelu,8,8,1\ntanh,8,6,nan\ntanh,2,4,0\nrelu,2,2,1\n");
}

TEST_CASE("settings within two standard errors of the best cannot be told from it", "[train][ablation]") {
  // With deviations of 1 and four repetitions, two standard errors of a difference are sqrt(2).
  const std::vector<FactorGrid::Cell> cells{{{0}, 10, 1}, {{1}, 8.7, 1}, {{2}, 8.5, 1}, {{3}, 9.9, NAN}};
  CHECK(train::as_good_as_first(cells, 4) == 1);
  CHECK(train::as_good_as_first({}, 4) == 0);
}

TEST_CASE("a grid without factors, levels or repetitions is refused", "[train][ablation]") {
  CHECK_THROWS_AS(FactorGrid({}, 1), Error);
  CHECK_THROWS_AS(FactorGrid({{"depth", {}}}, 1), Error);
  CHECK_THROWS_AS(FactorGrid(two_by_two, 0), Error);
}

}  // namespace seegrad::test
