// The property card: what is known of some activations.
#include "seegrad/activation/properties.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

namespace seegrad {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Properties card_of(std::string_view text) { return properties_of(Activation::parse(text)); }

}  // namespace

TEST_CASE("the card finds gelu's minimum", "[properties]") {
  const Properties gelu = card_of("gelu");
  REQUIRE(gelu.lower);
  CHECK(gelu.lower->value == Approx(-0.16997120747990369).epsilon(1e-12));
  CHECK(gelu.lower->where == Approx(-0.75179152470).epsilon(1e-9));
  CHECK(gelu.lower->attained);
  CHECK(gelu.upper->value == infinity);
  CHECK(gelu.direction == Direction::neither);
  REQUIRE(gelu.falls);
  CHECK(std::isinf(card_of("abs").falls->by));
  CHECK(card_of("x^3 - 3*x").falls->by == Approx(4));
  CHECK(card_of("sine").falls->by == Approx(2));
  CHECK(gelu.falls->to == Approx(gelu.lower->where));
  CHECK(gelu.slope->where == Approx(std::sqrt(2)));
}

TEST_CASE("the card finds the largest slope of mish and softplus", "[properties]") {
  const Properties mish = card_of("mish"), softplus = card_of("softplus");
  CHECK(mish.slope->value == Approx(1.0885).margin(5e-5));
  CHECK(mish.slope->attained);
  CHECK(softplus.slope->value == 1);
  CHECK(softplus.slope->where == infinity);
  CHECK_FALSE(softplus.slope->attained);
}

TEST_CASE("the card finds the fixed point for which selu was made", "[properties]") {
  const Properties selu = card_of("selu");
  REQUIRE(selu.signal_fixed_point);
  CHECK(selu.signal_fixed_point->mean == Approx(0).margin(1e-9));
  CHECK(selu.signal_fixed_point->variance == Approx(1).epsilon(1e-9));
  // relu shrinks the variance at every layer: only 0 stays where it is
  CHECK_FALSE(card_of("relu").signal_fixed_point);
}

TEST_CASE("kinks are found to the last bit, with their size", "[properties]") {
  const Properties relu = card_of("relu"), elu = card_of("elu"), sharp = card_of("elu(alpha=0.5)"), selu = card_of("selu"),
                   step = card_of("step"), sign = card_of("sign"), softplus = card_of("softplus");
  REQUIRE(relu.kinks.size() == 1);
  CHECK(relu.kinks[0].x == 0);
  CHECK(relu.kinks[0].jump == std::array<double, 3>{0, 1, 0});
  CHECK(relu.smoothness == Smoothness::continuous);
  REQUIRE(elu.kinks.size() == 1);
  CHECK(elu.kinks[0].jump == std::array<double, 3>{0, 0, -1});
  CHECK(elu.smoothness == Smoothness::once);
  REQUIRE(sharp.kinks.size() == 1);
  CHECK(sharp.kinks[0].jump[1] == Approx(0.5));
  CHECK(selu.smoothness == Smoothness::continuous);
  CHECK(selu.kinks[0].jump[1] == Approx(1.0507009873554805 - 1.7580993408473766));
  REQUIRE(step.kinks.size() == 1);
  CHECK(step.kinks[0].jump[0] == 1);
  CHECK(step.smoothness == Smoothness::discontinuous);
  CHECK(step.lipschitz == infinity);
  REQUIRE(sign.kinks.size() == 1);
  CHECK(sign.kinks[0].jump[0] == 2);
  CHECK(softplus.kinks.empty());
  CHECK(softplus.smoothness == Smoothness::twice);
}

TEST_CASE("bounds know whether they are reached", "[properties]") {
  const Properties sigmoid = card_of("sigmoid"), tanh = card_of("tanh"), relu = card_of("relu"), step = card_of("step"),
                   elu = card_of("elu");
  for (const Properties* card : {&sigmoid, &tanh}) {
    CHECK(card->upper->value == 1);
    CHECK(card->upper->where == infinity);
    CHECK_FALSE(card->upper->attained);
    CHECK(card->lower->where == -infinity);
    CHECK_FALSE(card->lower->attained);
  }
  CHECK(relu.lower->value == 0);
  CHECK(relu.lower->attained);
  CHECK(relu.lower->where == 0);
  CHECK(step.upper->attained);
  CHECK(elu.lower->value == Approx(-1));
  CHECK_FALSE(elu.lower->attained);
}

TEST_CASE("moments, gain, zeros and symmetry are those of the textbook", "[properties]") {
  const Properties tanh = card_of("tanh"), relu = card_of("relu"), softplus = card_of("softplus"), identity = card_of("identity");
  CHECK(*tanh.derivative_second_moment == Approx(0.4644).margin(5e-5));
  CHECK(tanh.symmetry == Symmetry::odd);
  CHECK(*tanh.mean == 0);
  CHECK(relu.zero_share == 0.5);
  CHECK(*relu.mean == Approx(1 / std::sqrt(2 * std::acos(-1.0))));
  CHECK(*relu.gain == Approx(std::sqrt(2)));
  REQUIRE(relu.gain_map);
  CHECK(relu.gain_map->every_q);
  CHECK(relu.saturated_mass == 0.5);
  CHECK(*softplus.mean_to_deviation > 1);
  CHECK(softplus.zero_share == 0);
  CHECK(identity.curvature == Curvature::affine);
  CHECK(softplus.curvature == Curvature::convex);
  CHECK(card_of("step").saturated_mass == 1);
}

TEST_CASE("tanh leaves its fixed point 0 when its weights grow", "[properties]") {
  const Properties tanh = card_of("tanh");
  REQUIRE(tanh.unit_map);
  REQUIRE(tanh.unit_map->fixed_points.size() == 1);
  CHECK(tanh.unit_map->fixed_points[0].q == 0);
  CHECK(tanh.unit_map->fixed_points[0].slope == Approx(1).epsilon(1e-6));  // the edge of chaos
  REQUIRE(tanh.gain_map->fixed_points.size() == 2);
  CHECK_FALSE(tanh.gain_map->fixed_points[0].stable);
  CHECK(tanh.gain_map->fixed_points[1].stable);
  CHECK(tanh.gain_map->fixed_points[1].slope > 1);
}

TEST_CASE("the card says where float32 gives up", "[properties]") {
  const Float32 sigmoid = card_of("sigmoid").float32;
  REQUIRE(sigmoid.limit_right);
  CHECK(*sigmoid.limit_right == Approx(16.6355).epsilon(1e-5));
  CHECK(Activation::parse("sigmoid").formula().at(float(*sigmoid.limit_right), {}) == 1.0f);
  CHECK(Activation::parse("sigmoid").formula().at(std::nextafter(float(*sigmoid.limit_right), 0.0f), {}) < 1.0f);
  REQUIRE(sigmoid.slope_zero_right);
  CHECK(*sigmoid.slope_zero_right == Approx(103.97).epsilon(1e-3));
  CHECK_FALSE(card_of("relu").float32.slope_zero_left);  // there the slope is truly 0
}

TEST_CASE("steps are counted for f and for f'", "[properties]") {
  const Properties identity = card_of("identity"), relu = card_of("relu"), silu = card_of("silu");
  CHECK(identity.value_cost.operations == 0);
  CHECK(identity.slope_cost.operations == 0);
  CHECK(relu.value_cost.operations == 2);  // a comparison and a selection
  CHECK(relu.slope_cost.transcendentals == 0);
  CHECK(silu.value_cost.operations == 2);
  CHECK(silu.value_cost.transcendentals == 1);
  CHECK(silu.slope_cost.transcendentals == 1);
  CHECK(card_of("swish").learnable_parameters == 1);
}

}  // namespace seegrad
