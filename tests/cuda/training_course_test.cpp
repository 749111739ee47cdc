// The harness of the laws about recorded steps, on the CPU: the same run twice is the same to the last bit, and every planted difference,
// however small, is found.
#include "training_course.hpp"

#include <catch2/catch.hpp>

namespace seegrad::testing {
namespace {

const Course short_course{
    .activation = "prelu", .optimizer = "adam", .normalisation = nn::Normalisation::batch, .steps = 13, .watch_every = 3};

}  // namespace

TEST_CASE("a run is the same twice, by train::Step and as it is written", "[course]") {
  const Trace a = train_along(short_course, cpu_device, Way::as_written), b = train_along(short_course, cpu_device, Way::by_step);
  CHECK(a.losses.size() == 13);
  CHECK(a.layers.size() == 5);
  CHECK(a.test_losses.size() == 2);
  CHECK(bit_difference(a, b) == "");
  CHECK(a.losses.back() < a.losses.front());
}

TEST_CASE("no difference between two runs gets past the comparison", "[course]") {
  const Trace a = train_along(short_course, cpu_device, Way::by_step);
  const auto nudge = [](double& x) { x = std::nextafter(x, 1e9); };
  for (std::size_t i = 0; i < a.losses.size(); ++i) {
    Trace b = a;
    nudge(b.losses[i]);
    CHECK(bit_difference(a, b) != "");
  }
  for (std::size_t i = 0; i < a.state.size(); ++i) {
    Trace b = a;
    nudge(b.state[i].back());
    CHECK(bit_difference(a, b) != "");
  }
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    Trace b = a;
    b.layers[i].front() += 1;
    CHECK(bit_difference(a, b) != "");
  }
  Trace shorter = a;
  shorter.layers.pop_back();
  CHECK(bit_difference(a, shorter) != "");
  shorter = a;
  shorter.losses.pop_back();
  CHECK(bit_difference(a, shorter) != "");
  shorter = a;
  nudge(shorter.test_losses.back());
  CHECK(bit_difference(a, shorter) != "");
}

TEST_CASE("another learning rate, optimiser or number of steps is another run", "[course]") {
  const Trace a = train_along(short_course, cpu_device, Way::by_step);
  const auto differs = [&](auto change) {
    Course other = short_course;
    change(other);
    return bit_difference(a, train_along(other, cpu_device, Way::by_step)) != "";
  };
  CHECK(differs([](Course& c) { c.optimizer = "adam(lr=0.0010001)"; }));
  CHECK(differs([](Course& c) { c.optimizer = "adamw"; }));
  CHECK(differs([](Course& c) { c.steps = 12; }));
  CHECK(differs([](Course& c) { c.watch_every = 4; }));
  CHECK(differs([](Course& c) { c.normalisation = nn::Normalisation::none; }));
}

}  // namespace seegrad::testing
