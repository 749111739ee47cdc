// Shares of dead networks against probabilities that can be worked out by hand.
#include "seegrad/nn/born_dead.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/math/error.hpp"

namespace seegrad::nn {
namespace {

std::vector<double> shares(const char* activation, std::int64_t width, std::int64_t depth, const char* init = "he") {
  Random random(1);
  return born_dead(Activation::parse(activation), Initializer::parse(init), width, depth, 4000, random);
}

}  // namespace

TEST_CASE("of relu networks of width 1 a half dies with each layer behind the first", "[nn][born_dead]") {
  const std::vector<double> found = shares("relu", 1, 6);
  REQUIRE(found.size() == 6);
  for (int layer = 0; layer < 6; ++layer) CHECK(found[static_cast<std::size_t>(layer)] == Approx(1 - std::exp2(-layer)).margin(0.03));
}

TEST_CASE("of relu networks of width 2 none dies in the first layer and 5/32 in the second", "[nn][born_dead]") {
  // The two units of layer 1 fire on one side of 0 (probability 1/2) or on both. A unit of layer 2 is silent on one side with probability
  // 1/2 and on both with 1/4, and both units must be: 1/2 * 1/4 + 1/2 * 1/16.
  for (const char* init : {"he", "xavier_uniform", "orthogonal"}) {
    CAPTURE(init);
    const std::vector<double> found = shares("relu", 2, 2, init);
    CHECK(found[0] == 0);
    if (std::string_view(init) != "orthogonal") CHECK(found[1] == Approx(5.0 / 32).margin(0.025));  // there the units are not independent
  }
}

TEST_CASE("width helps, depth kills", "[nn][born_dead]") {
  const std::vector<double> two = shares("relu", 2, 12), four = shares("relu", 4, 12);
  for (std::size_t layer = 1; layer < 12; ++layer) {
    CHECK(two[layer] >= two[layer - 1]);
    CHECK(four[layer] < two[layer]);
  }
}

TEST_CASE("activations that are zero nowhere but at 0 are not born dead; zero weights always are", "[nn][born_dead]") {
  for (const char* alive : {"leaky_relu", "tanh", "identity"}) {
    CAPTURE(alive);
    CHECK(shares(alive, 2, 8) == std::vector<double>(8, 0.0));
  }
  CHECK(shares("tanh", 2, 3, "zeros") == std::vector<double>(3, 1.0));
}

TEST_CASE("born_dead refuses numbers that are not positive", "[nn][born_dead]") {
  Random random(1);
  const Activation f = Activation::parse("relu");
  CHECK_THROWS_AS(born_dead(f, {}, 0, 3, 10, random), Error);
  CHECK_THROWS_AS(born_dead(f, {}, 2, 0, 10, random), Error);
  CHECK_THROWS_AS(born_dead(f, {}, 2, 3, 0, random), Error);
}

}  // namespace seegrad::nn
