// Learning-rate schedules: laws over all of them, then their values.
#include "seegrad/optim/schedule.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "seegrad/math/error.hpp"

using namespace seegrad;
using namespace seegrad::optim;
using Catch::Matchers::Contains;

TEST_CASE("every schedule reads what it prints, starts at the base rate and stays in [0, 1]", "[optim][schedule]") {
  for (const Schedule& plain : Schedule::all()) {
    for (const std::int64_t warmup : {0, 1, 7, 200}) {
      const Schedule schedule = plain.with_warmup(warmup);
      INFO(schedule.to_string());
      CHECK(Schedule::parse(schedule.to_string()) == schedule);
      CHECK(schedule.warmup_steps() == warmup);
      CHECK(schedule.factor({warmup, 100, 5}) == 1);
      for (std::int64_t step = 0; step <= 150; ++step) {
        const double factor = schedule.factor({step, 100, 5});
        CHECK(factor >= 0);
        CHECK(factor <= 1);
        if (step < warmup) CHECK(factor == double(step + 1) / double(warmup));
      }
      CHECK(std::isfinite(schedule.factor({0, 0, 0})));
    }
  }
  CHECK(Schedule() == Schedule::parse("constant"));
}

TEST_CASE("schedules have the values of their formulas", "[optim][schedule]") {
  CHECK(Schedule::parse("constant").rate(0.3, {77, 100, 10}) == 0.3);

  const Schedule step = Schedule::parse("step(2, 0.5)");
  CHECK(step.rate(8, {19, 100, 10}) == 8);
  CHECK(step.rate(8, {20, 100, 10}) == 4);
  CHECK(step.rate(8, {99, 100, 10}) == 0.5);

  const Schedule cosine = Schedule::parse("cosine");
  for (const std::int64_t i : {0, 1, 25, 50, 99, 100}) {
    CHECK(cosine.rate(2, {i, 100}) == Approx(1 + std::cos(std::numbers::pi * double(i) / 100)).margin(1e-15));
  }
  CHECK(cosine.factor({500, 100}) == 0);
  CHECK(Schedule::parse("cosine(floor=0.1)").factor({100, 100}) == Approx(0.1));

  // After the warm-up the cosine runs over the steps that remain.
  const Schedule warmed = Schedule::parse("cosine(warmup=20)");
  CHECK(warmed.factor({0, 120}) == 0.05);
  CHECK(warmed.factor({19, 120}) == 1);
  CHECK(warmed.factor({70, 120}) == Approx(0.5));
  CHECK(warmed.factor({120, 120}) == Approx(0).margin(1e-15));
}

TEST_CASE("parameters of schedules survive printing", "[optim][schedule]") {
  for (const char* text : {"step(every=3, factor=0.5)", "cosine(floor=0.05, warmup=10)", "constant(warmup=5)"}) {
    CHECK(Schedule::parse(text).to_string() == text);
  }
}

TEST_CASE("wrong schedules are refused", "[optim][schedule][errors]") {
  CHECK_THROWS_WITH(Schedule::parse("cosin"), Contains("did you mean 'cosine'?"));
  for (const char* text : {"", "step(0)", "step(1.5)", "step(10, 0)", "step(10, -1)", "cosine(2)", "cosine(floor=nan)",
                           "constant(warmup=-1)", "constant(warmup=0.5)", "step(1,2,3,4)", "cosine)"}) {
    INFO(text);
    CHECK_THROWS_AS(Schedule::parse(text), UsageError);
  }
  CHECK_THROWS_AS(Schedule().with_warmup(-1), UsageError);
}
