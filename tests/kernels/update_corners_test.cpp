// What a step of an optimiser does besides its rule: numbers on the device, losses that are not finite, many parameters, sizes.
#include <catch2/catch.hpp>

#include "kernels/update_cases.hpp"

namespace seegrad::kernels::test {
namespace {

constexpr TextbookRule momentum{UpdateRule::sgd, 0.9, 0.01};

/// A step of momentum for a parameter of 5000 elements.
template <class T>
struct OneStep {
  SmallDevice device;
  Room<T> room;
  std::vector<UpdateEntry<T>> entries{entry_for(room, momentum, 5000, 0)};
  const std::vector<double> before = doubles(entries[0].parameter, 5000);
  std::vector<double> sizes{-1, -1};

  void run(const UpdateControl& control) {
    CHECK(launch_update<T>(device.site, UpdateRule::sgd, entries, control, sizes.data()) == success);
  }
  std::vector<double> now() const { return doubles(entries[0].parameter, 5000); }
  bool state_is_zero() const { return doubles(entries[0].state[0], 5000) == std::vector<double>(5000); }
};

}  // namespace

TEMPLATE_TEST_CASE("numbers on the device count instead of those of the launch", "[kernels]", float, double) {
  OneStep<TestType> launched, read;
  launched.run(control_for(1));
  UpdateControl control = control_for(1);
  double numbers[4];
  std::copy_n(control.number, 4, numbers);
  control.on_device = numbers;
  std::fill_n(control.number, 4, NAN);
  read.run(control);
  CHECK(read.now() == launched.now());
  CHECK(read.sizes == launched.sizes);
  CHECK(read.now() != read.before);
}

TEMPLATE_TEST_CASE("a loss that is not finite stops this step and all that come after it, in every order of blocks", "[kernels]", float,
                   double) {
  for (const host::Settings& order : all_orders()) {
    const WithSettings orders(order);
    for (const double bad : {double(NAN), double(INFINITY), -double(INFINITY)}) {
      OneStep<TestType> step;
      TestType loss = 1;
      int halted = 0;
      UpdateControl control = control_for(1);
      control.loss = &loss;
      control.loss_is_double = sizeof(TestType) == 8;
      control.halted = &halted;
      step.run(control);
      const auto after = step.now();
      CHECK(after != step.before);
      CHECK(halted == 0);
      loss = TestType(bad);
      step.run(control);
      CHECK(step.now() == after);
      CHECK(halted == 1);
      CHECK(step.sizes == std::vector<double>{0, 0});
      loss = 1;
      step.run(control);
      CHECK(step.now() == after);
      CHECK(halted == 1);
    }
  }
}

TEST_CASE("a loss alone, with nothing to remember it, stops its own step", "[kernels]") {
  OneStep<float> step;
  double loss = NAN;
  UpdateControl control = control_for(1);
  control.loss = &loss;
  control.loss_is_double = true;
  step.run(control);
  CHECK(step.now() == step.before);
  CHECK(step.state_is_zero());
  loss = 1;
  step.run(control);
  CHECK(step.now() != step.before);
}

TEMPLATE_TEST_CASE("more parameters than a launch takes are all updated, with their sizes in their places", "[kernels]", float, double) {
  using T = TestType;
  SmallDevice device(1, 48 * 1024, least_workspace);
  for (const std::size_t count : {31U, 32U, 33U, 70U}) {
    Room<T> room;
    std::vector<UpdateEntry<T>> entries;
    std::vector<double> sizes(2 * count, -1), expected;
    std::vector<std::vector<double>> parameters;
    for (std::size_t i = 0; i < count; ++i) {
      const auto n = static_cast<std::int64_t>(i * 37 % 90);
      entries.push_back(entry_for(room, momentum, n, int(i)));
      Exact before = 0, change = 0;
      parameters.emplace_back();
      for (std::int64_t k = 0; k < n; ++k) {
        Exact state[2] = {};
        const Exact x = entries[i].parameter[k], next = momentum.next(x, entries[i].gradient[k], state, 1);
        before += x * x, change += (next - x) * (next - x);
        parameters[i].push_back(double(next));
      }
      expected.insert(expected.end(), {double(before), double(change)});
    }
    CHECK(launch_update<T>(device.site, UpdateRule::sgd, entries, control_for(1), sizes.data()) == success);
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t k = 0; k < parameters[i].size(); ++k)
        CHECK(double(entries[i].parameter[k]) == Approx(parameters[i][k]).epsilon(1e-5));
    // What was added is the difference of two rounded numbers, each of them ten times as large.
    for (std::size_t i = 0; i < sizes.size(); ++i) CHECK(sizes[i] == Approx(expected[i]).epsilon(1e-5));
  }
}

TEST_CASE("a rule leaves alone the states that it has no use for", "[kernels]") {
  for (const TextbookRule& rule : {TextbookRule{UpdateRule::sgd}, {UpdateRule::rmsprop}, {UpdateRule::sgd, 0.9}}) {
    const SmallDevice device;
    Room<float> room;
    auto entry = entry_for(room, rule, 1000, 0);  // those are null
    CHECK(entry.state[1] == nullptr);
    CHECK(launch_update<float>(device.site, rule.rule, std::span<const UpdateEntry<float>>(&entry, 1), control_for(1), nullptr) == success);
    CHECK(std::isfinite(entry.parameter[999]));
  }
}

TEST_CASE("chunks are as many as fill the device, and never too many for the workspace", "[kernels]") {
  const SmallDevice device(132, 48 * 1024, least_workspace);
  for (const std::int64_t n : {std::int64_t{1}, std::int64_t{200000}, std::int64_t{1} << 33U}) {
    std::vector<UpdateEntry<float>> entries(32);
    for (auto& entry : entries) entry.count = n;
    for (const bool measures : {false, true}) {
      const std::int64_t length = chunk_length_for<float>(device.site, entries, measures);
      const std::int64_t chunks = 32 * quotient_up(n, length);
      CHECK(length % 4 == 0);
      CHECK(chunks <= 132 * blocks_at_once + 32);
      if (measures) CHECK(chunks * 16 <= std::int64_t(least_workspace));
    }
  }
}

}  // namespace seegrad::kernels::test
