// The training loss as a chart takes it.
#include "seegrad/record/loss_curve.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "record/run_on_disk.hpp"
#include "seegrad/math/error.hpp"

using namespace seegrad;
using namespace seegrad::records;

TEST_CASE("the loss curve of a run has a point for each logged step", "[record][loss_curve]") {
  const test::Scratch scratch;
  const auto run = test::write_run(scratch.path / "run", {.steps = 4, .log_every = 10, .late_loss = 1});  // losses 2, 2, 1, 1
  CHECK(loss_curve(run) == std::vector<Point>{{0, 2}, {10, 2}, {20, 1}, {30, 1}});
  CHECK(loss_curve(run, 2) == std::vector<Point>{{0, 2}, {10, 2}, {20, 1.5}, {30, 1}});
  CHECK(loss_curve(run, 100) == std::vector<Point>{{0, 2}, {10, 2}, {20, 5.0 / 3}, {30, 1.5}});
}

TEST_CASE("a loss that is no number is a point that is none", "[record][loss_curve]") {
  const test::Scratch scratch;
  const auto curve = loss_curve(test::write_run(scratch.path / "run", {.steps = 2, .late_loss = NAN}));
  REQUIRE(curve.size() == 2);
  CHECK(curve[0].y == 2);
  CHECK(std::isnan(curve[1].y));
}

TEST_CASE("a loss curve of no run, of a corrupt one, and of no losses is refused", "[record][loss_curve][errors]") {
  const test::Scratch scratch;
  CHECK_THROWS_AS(loss_curve(scratch.path / "nowhere"), Error);
  const auto run = test::write_run(scratch.path / "run");
  CHECK_THROWS_AS(loss_curve(run, 0), UsageError);
  test::write(run / "steps.csv", "step,epoch,train_loss,train_accuracy,learning_rate,seconds\n0,1,many,0.5,0.1,0\n");
  CHECK_THROWS_WITH(loss_curve(run), Catch::Matchers::Contains("steps.csv"));
}
