// Measuring speed: what is timed is what is meant, summaries are right, the report says what it should. No test depends on how fast a
// machine is.
#include "seegrad/observe/speed.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/math/error.hpp"

namespace seegrad::observe {

TEST_CASE("times are summarised by mean, sample deviation and median", "[observe][speed]") {
  const Timing odd = summarise({3, 1, 8}, 6e6);
  CHECK(odd.mean == Approx(4));
  CHECK(odd.deviation == Approx(std::sqrt(13.0)));
  CHECK(odd.median == Approx(3));
  CHECK(odd.gigabytes_per_second == Approx(2));  // 6 MB in 3 ms
  CHECK(summarise({4, 1, 2, 100}, 1).median == Approx(3));
  CHECK(summarise({5}, 1).deviation == 0);
}

TEST_CASE("four arrays are counted, and rows are dropped until they fit", "[observe][speed]") {
  SpeedSettings wanted{.rows = 5024, .columns = 100024};
  CHECK(wanted.bytes() == 4.0 * 5024 * 100024 * 4);
  CHECK(rows_that_fit(wanted, 1e12) == 5024);
  const std::int64_t fitting = rows_that_fit(wanted, 5e9);
  CHECK(fitting > 0);
  CHECK(fitting < 5024);
  wanted.rows = fitting;
  CHECK(wanted.bytes() <= 0.8 * 5e9);
  wanted.rows = fitting + 1;
  CHECK(wanted.bytes() > 0.8 * 5e9);
  CHECK(rows_that_fit(wanted, 1e6) == 0);
  wanted.tensor.dtype = DType::float64;
  CHECK(std::abs(rows_that_fit(wanted, 5e9) * 2 - fitting) <= 1);
}

TEST_CASE("subjects are activations and functions of rows, by their names", "[observe][speed]") {
  CHECK(SpeedSubject::parse("softmax").name() == "softmax");
  CHECK(SpeedSubject::parse("log_softmax").name() == "log_softmax");
  CHECK(SpeedSubject::parse("leaky_relu(0.2)").name() == Activation::parse("leaky_relu(0.2)").to_string());
  CHECK_THROWS_AS(SpeedSubject::parse("nonsense"), UsageError);
  CHECK(SpeedSubject::usual().size() == 9);
  const std::vector<SpeedSubject> list = SpeedSubject::parse_list("relu,elu(alpha=0.5),log_softmax");
  REQUIRE(list.size() == 3);
  CHECK(list[1].name() == Activation::parse("elu(0.5)").to_string());
  CHECK(SpeedSubject::parse_list("all").size() == Activation::all().size() + 2);
  for (const char* wrong : {"", "relu,,tanh", "relu,", "elu(1", "all,relu"}) CHECK_THROWS_AS(SpeedSubject::parse_list(wrong), UsageError);
}

TEST_CASE("every activation can be timed, and its rates are finite and above zero", "[observe][speed]") {
  std::vector<SpeedSubject> subjects{SpeedSubject::parse("softmax"), SpeedSubject::parse("log_softmax")};
  for (const Activation& activation : Activation::all()) subjects.emplace_back(activation);
  for (const DType dtype : {DType::float32, DType::float64}) {
    const std::vector<Speed> speeds = measure_speed(subjects, {.rows = 3, .columns = 37, .runs = 2, .warmup = 1, .tensor = {dtype, {}}});
    REQUIRE(speeds.size() == subjects.size());
    for (std::size_t i = 0; i < speeds.size(); ++i) {
      INFO(subjects[i].name());
      CHECK(speeds[i].name == subjects[i].name());
      for (const Timing* timing : {&speeds[i].forward, &speeds[i].backward, &speeds[i].copy}) {
        CHECK(std::isfinite(timing->gigabytes_per_second));
        CHECK(timing->gigabytes_per_second > 0);
        CHECK(timing->mean > 0);
        CHECK(timing->deviation >= 0);
      }
    }
  }
}

TEST_CASE("a measurement that is ended keeps what was complete", "[observe][speed]") {
  int asked = 0;
  const auto goes_on = [&](const std::string&, int) { return ++asked <= 7; };  // a function and a half, of five runs each
  const std::vector<Speed> speeds = measure_speed(SpeedSubject::usual(), {.rows = 1, .columns = 5, .runs = 3, .warmup = 2}, goes_on);
  REQUIRE(speeds.size() == 1);
  CHECK(speeds.front().name == "sigmoid");
  CHECK(asked == 8);
}

TEST_CASE("measuring nothing is refused", "[observe][speed]") {
  CHECK_THROWS_AS(measure_speed({}, {.rows = 0, .columns = 5}), Error);
  CHECK_THROWS_AS(measure_speed({}, {.rows = 5, .columns = 5, .runs = 0}), Error);
}

TEST_CASE("a limit of seconds leaves three runs or more, and no limit all of them", "[observe][speed]") {
  SpeedSettings settings{.rows = 1, .columns = 64, .runs = 20, .warmup = 2, .seconds = 1e-9};
  for (const Speed& speed : measure_speed(SpeedSubject::usual(), settings)) CHECK(speed.runs == 3);
  settings.seconds = 0;
  for (const Speed& speed : measure_speed(SpeedSubject::usual(), settings)) CHECK(speed.runs == 20);
  settings.seconds = 3600;
  for (const Speed& speed : measure_speed(SpeedSubject::usual(), settings)) CHECK(speed.runs == 20);
}

TEST_CASE("timed runs ask the system for no memory and touch no new pages", "[observe][speed][memory]") {
  std::vector<std::int64_t> asked, faults;
  const auto count = [&](const std::string&, int run) {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    if (run > 0) faults.push_back(used.ru_minflt);
    asked.push_back(backend_of({}).memory().system_allocations);
    return true;
  };
  const SpeedSettings settings{.rows = 64, .columns = 16384, .runs = 3, .warmup = 1};
  for (const SpeedSubject& subject : SpeedSubject::usual()) {
    INFO(subject.name());
    asked.clear(), faults.clear();
    measure_speed({subject}, settings, count);
    REQUIRE(asked.size() == 4);
    CHECK(asked.back() == asked.front());
    // An array has 1024 pages of 4 KiB; what a program does besides may touch a few.
    CHECK(faults.back() - faults.front() < 200);
  }
}

TEST_CASE("an element has a cost and a bound", "[observe][speed]") {
  const std::vector<Activation> two{Activation::parse("relu"), Activation::parse("gelu")};
  const std::vector<ElementCost> costs = element_costs(two);
  REQUIRE(costs.size() == 2);
  for (const ElementCost& cost : costs) {
    CHECK(std::isfinite(cost.forward + cost.backward));
    CHECK(cost.forward > 0);
    CHECK(cost.backward > 0);
    CHECK(cost.forward_bound > 0);
    CHECK(cost.backward_bound == Approx(1.5 * cost.forward_bound));
  }
}

TEST_CASE("the machine says what memory is free", "[observe][speed]") {
  const std::optional<double> available = available_memory();
  REQUIRE(available);
  CHECK(*available > 1e7);
  CHECK(*available < 1e15);
}

}  // namespace seegrad::observe
