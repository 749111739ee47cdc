// The property card: what is known of some activations, and what must hold for all of them.
#include "seegrad/activation/properties.hpp"

#include "seegrad/activation/catalogue.hpp"
#include "seegrad/activation/moments.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace seegrad {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Properties card_of(std::string_view text) { return properties_of(Activation::parse(text)); }

/// The card of every activation, computed once.
const std::vector<std::pair<Activation, Properties>>& cards() {
  static const auto all = [] {
    std::vector<std::pair<Activation, Properties>> list;
    for (const Activation& f : Activation::all()) list.emplace_back(f, properties_of(f));
    return list;
  }();
  return all;
}

std::vector<double> dense_points() {
  std::vector<double> x;
  for (int i = -30000; i <= 30000; ++i) x.push_back(i * 0.00123457);
  for (double far = 40; far < 1e300; far *= 7.3) {
    x.push_back(far);
    x.push_back(-far);
  }
  return x;
}

bool at_jump(const Properties& card, double x) {
  for (const Kink& kink : card.kinks)
    if (kink.order() == 0 && std::fabs(kink.x - x) < 1e-9) return true;
  return false;
}

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

TEST_CASE("every value of every activation lies inside the bounds on its card", "[properties]") {
  const std::vector<double> points = dense_points();
  for (const auto& [f, card] : cards()) {
    INFO(f.to_string());
    REQUIRE(card.lower);
    REQUIRE(card.upper);
    const double slack = 1e-12;
    for (const double x : points) {
      const double y = f.at(x), slope = std::fabs(f.derivative(x));
      if (std::isnan(y)) continue;
      INFO("x = " << x << ", f = " << y << ", f' = " << slope);
      const bool inside = y >= card.lower->value - slack * (1 + std::fabs(y)) && y <= card.upper->value + slack * (1 + std::fabs(y));
      if (!inside) CHECK(inside);
      const bool below = std::isnan(slope) || slope <= card.slope->value * (1 + slack);
      if (!below) CHECK(below);
    }
    for (const Bound& bound : {*card.lower, *card.upper})
      if (bound.attained && !at_jump(card, bound.where)) CHECK(f.at(bound.where) == Approx(bound.value).margin(1e-12));
  }
}

TEST_CASE("every activation rises and falls as its card says", "[properties]") {
  std::vector<double> points = dense_points();
  std::sort(points.begin(), points.end());
  for (const auto& [f, card] : cards()) {
    INFO(f.to_string());
    bool up = false, down = false;
    for (std::size_t i = 1; i < points.size(); ++i) {
      const double before = f.at(points[i - 1]), after = f.at(points[i]);
      const double rounding = 1e-13 * (std::fabs(before) + std::fabs(points[i]));
      up = up || after > before + rounding;
      down = down || after < before - rounding;
    }
    CHECK(up == (card.direction == Direction::increasing || card.direction == Direction::neither));
    CHECK(down == (card.direction == Direction::decreasing || card.direction == Direction::neither));
    if (card.falls) CHECK(f.at(card.falls->from) > f.at(card.falls->to));
    if (card.rises) CHECK(f.at(card.rises->from) < f.at(card.rises->to));
  }
}

TEST_CASE("every kink on a card is one: both sides keep their distance when looked at from nearer", "[properties]") {
  for (const auto& [f, card] : cards())
    for (const Kink& kink : card.kinks) {
      const auto value = [&](int order, double x) { return order == 0 ? f.at(x) : order == 1 ? f.derivative(x) : f.second_derivative(x); };
      for (const double distance : {1e-4, 1e-6, 1e-8}) {
        const int order = kink.order();
        const double apart = value(order, kink.x + distance) - value(order, kink.x - distance), size = kink.jump[std::size_t(order)];
        INFO(f.to_string() << ": order " << order << " at " << kink.x << ", " << apart << " apart at a distance of " << distance);
        CHECK(apart == Approx(size).epsilon(0.02));
      }
    }
}

TEST_CASE("between the kinks on a card there is no other", "[properties]") {
  // A third difference over a jump of f'' by J is about J; over a smooth stretch it falls with the distance.
  for (const auto& [f, card] : cards()) {
    const double scale = [&, &f = f] {
      double most = 0;
      for (double x = -4; x <= 4; x += 0.01) most = std::max(most, std::fabs(f.second_derivative(x)));
      return most;
    }();
    if (scale == 0) continue;
    for (double x = -8.0003; x < 8; x += 0.0037) {
      bool beside = false;
      for (const Kink& kink : card.kinks) beside = beside || std::fabs(kink.x - x) < 1e-2;
      if (beside) continue;
      double wide = std::fabs(f.second_derivative(x + 1e-3) - f.second_derivative(x - 1e-3));
      if (wide < 0.05 * scale) continue;
      const double narrow = std::fabs(f.second_derivative(x + 1e-5) - f.second_derivative(x - 1e-5));
      INFO(f.to_string() << " at " << x << ": " << wide << ", then " << narrow);
      if (narrow > 0.5 * wide) CHECK(narrow <= 0.5 * wide);
    }
    SUCCEED();
  }
}

TEST_CASE("odd and even activations mirror themselves", "[properties]") {
  for (const auto& [f, card] : cards()) {
    double odd = 0, even = 0, largest = 0;
    for (double x = 0.0007; x < 20; x += 0.0131) {
      if (at_jump(card, x) || at_jump(card, -x)) continue;
      const double right = f.at(x), left = f.at(-x);
      odd = std::max(odd, std::fabs(left + right));
      even = std::max(even, std::fabs(left - right));
      largest = std::max(largest, std::fabs(right));
    }
    INFO(f.to_string());
    CHECK((card.symmetry == Symmetry::odd) == (odd <= 1e-12 * largest));
    CHECK((card.symmetry == Symmetry::even) == (odd > 1e-12 * largest && even <= 1e-12 * largest));
  }
}

TEST_CASE("zeros and saturated regions of every activation are what they say, up to their ends", "[properties]") {
  const auto inside = [](const std::vector<Region>& list, double x) {
    for (const Region& region : list)
      if (x >= region.low && x <= region.high) return true;
    return false;
  };
  const auto beside = [](const std::vector<Region>& list, double x) {
    for (const Region& region : list)
      if (std::fabs(x - region.low) < 1e-9 || std::fabs(x - region.high) < 1e-9) return true;
    return false;
  };
  for (const auto& [f, card] : cards()) {
    INFO(f.to_string());
    const bool all_listed = card.saturated.size() < 64;  // a wave has more flat places than a card lists
    for (double x = -5.0007; x < 5; x += 0.0171) {
      if (!beside(card.zeros, x)) CHECK(inside(card.zeros, x) == (f.at(x) == 0));
      if (beside(card.saturated, x) || card.typical_slope == 0 || !all_listed) continue;
      CHECK(inside(card.saturated, x) == (std::fabs(f.derivative(x)) < 0.01 * card.typical_slope));
    }
    CHECK(card.zero_share >= 0);
    CHECK(card.zero_share <= 1);
    CHECK(card.saturated_mass <= 1 + 1e-12);
  }
}

TEST_CASE("moments on every card agree with a plain sum over a fine grid", "[properties]") {
  for (const auto& [f, card] : cards()) {
    INFO(f.to_string());
    REQUIRE(card.mean);
    REQUIRE(card.second_moment);
    REQUIRE(card.derivative_second_moment);
    double mean = 0, second = 0, slopes = 0;
    const double h = 1e-4;
    for (double x = -10 + h / 2; x < 10; x += h) {
      const double weight = h * std::exp(-0.5 * x * x) / std::sqrt(2 * std::acos(-1.0));
      const double y = f.at(x), slope = f.derivative(x);
      mean += weight * y;
      second += weight * y * y;
      slopes += weight * slope * slope;
    }
    // the midpoint rule: (h/2)^2/6 f'' inside; at a jump up to h/2 of its size, and some grids hit that
    const double tolerance = 1e-6 + (card.kinks.empty() ? 0 : 4e-5);
    CHECK(*card.mean == Approx(mean).margin(tolerance));
    CHECK(*card.second_moment == Approx(second).epsilon(tolerance).margin(tolerance));
    CHECK(*card.derivative_second_moment == Approx(slopes).epsilon(tolerance).margin(tolerance));
  }
}

TEST_CASE("every fixed point of every variance map is one", "[properties]") {
  for (const auto& [f, card] : cards())
    for (const auto& map : {card.unit_map, card.gain_map}) {
      if (!map) continue;
      for (const FixedPoint& point : map->fixed_points) {
        if (point.q == 0) continue;
        const Moments m = moments(f, std::sqrt(point.q));
        INFO(f.to_string() << ", s = " << map->weight_scale);
        CHECK(map->weight_scale * m.second_moment == Approx(point.q).epsilon(1e-6));
        CHECK(map->weight_scale * m.derivative_second_moment == Approx(point.slope).epsilon(1e-6));
      }
    }
}

// ---- formulas that nobody should train with ----------------------------------------------------------------------

struct SquareRoot {
  static constexpr std::string_view name = "ugly_square_root", mathematics = "sqrt(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return sqrt(x);
  }
};
struct Reciprocal {
  static constexpr std::string_view name = "ugly_reciprocal", mathematics = "1/x";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return T(1) / x;
  }
};
struct Exponential {
  static constexpr std::string_view name = "ugly_exponential", mathematics = "e^(x^2)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return exp(x * x);
  }
};
struct Wave {
  static constexpr std::string_view name = "ugly_wave", mathematics = "sin(30*x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return sin(T(30) * x);
  }
};
struct Comb {
  static constexpr std::string_view name = "ugly_comb", mathematics = "sign(sin(9*x))";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return sign(sin(T(9) * x));
  }
};
struct Nothing {
  static constexpr std::string_view name = "ugly_nothing", mathematics = "0*x";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return select(x > T(0), T(0), T(0));
  }
};
struct Nowhere {
  static constexpr std::string_view name = "ugly_nowhere", mathematics = "sqrt(-1 - x*x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return sqrt(T(-1) - x * x);
  }
};
struct Cusp {
  static constexpr std::string_view name = "ugly_cusp", mathematics = "sqrt(|x|)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return sqrt(abs(x));
  }
};
struct Hardshrink2 {
  static constexpr std::string_view name = "ugly_hole", mathematics = "x if |x| > 0.5 else 0";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return select(abs(x) > T(0.5), x, T(0));
  }
};
struct Hardswish2 {
  static constexpr std::string_view name = "ugly_swish", mathematics = "x*clamp(x/6 + 1/2, 0, 1)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return gate(x, clamp(x / T(6) + T(0.5), T(0), T(1)));
  }
};

template <class F>
Properties card_of() {
  return properties_of(Activation(formula_of<F>()));
}

TEST_CASE("a formula with NaN on one side gets a card that says so", "[properties]") {
  const Properties card = card_of<SquareRoot>();
  REQUIRE(card.not_a_number.size() == 1);
  CHECK(card.not_a_number[0].low == -infinity);
  CHECK(card.not_a_number[0].high == 0);
  CHECK(card.not_a_number[0].mass == Approx(0.5));
  CHECK_FALSE(card.mean);
  CHECK_FALSE(card.unit_map);
  REQUIRE_FALSE(card.remarks.empty());
  CHECK_THAT(card.remarks[0], Catch::Contains("NaN"));
  CHECK(card.lower->value == 0);
  CHECK(card.upper->value == infinity);
  const Properties nowhere = card_of<Nowhere>();
  CHECK_FALSE(nowhere.lower);
  CHECK_FALSE(nowhere.slope);
  CHECK(nowhere.not_a_number.size() == 1);
  CHECK(nowhere.not_a_number[0].mass == Approx(1));
}

TEST_CASE("poles, cusps and overflow are told apart", "[properties]") {
  const Properties pole = card_of<Reciprocal>(), cusp = card_of<Cusp>(), overflow = card_of<Exponential>();
  CHECK(pole.smoothness == Smoothness::discontinuous);
  REQUIRE(pole.kinks.size() == 1);
  CHECK(pole.kinks[0].x == 0);
  CHECK(std::isinf(pole.kinks[0].jump[0]));
  CHECK(pole.upper->value == infinity);
  CHECK(pole.lower->value == -infinity);
  CHECK_FALSE(pole.mean);
  CHECK(cusp.smoothness == Smoothness::continuous);
  CHECK(cusp.slope->value == infinity);
  CHECK(cusp.lipschitz == infinity);
  CHECK(cusp.lower->value == 0);
  CHECK(cusp.symmetry == Symmetry::even);
  CHECK(overflow.kinks.empty());
  CHECK(overflow.upper->value == infinity);
  CHECK(overflow.lower->value == 1);
  CHECK_FALSE(overflow.second_moment);  // E e^(2 z^2) is infinite
}

TEST_CASE("a fast wave is measured and a comb of jumps is counted", "[properties]") {
  const Properties wave = card_of<Wave>(), comb = card_of<Comb>();
  CHECK(wave.upper->value == Approx(1).epsilon(1e-12));
  CHECK(std::fabs(wave.upper->where) == Approx(std::acos(-1.0) / 60).epsilon(1e-6));
  CHECK(wave.slope->value == Approx(30).epsilon(1e-12));
  CHECK(wave.symmetry == Symmetry::odd);
  CHECK(wave.kinks.empty());
  CHECK_FALSE(wave.limit_right);
  CHECK(*wave.second_moment == Approx(0.5).epsilon(1e-9));             // (1 - e^-1800)/2
  CHECK(*wave.derivative_second_moment == Approx(450).epsilon(1e-9));  // 900 (1 + e^-1800)/2
  CHECK(comb.kinks.size() == 64);
  CHECK(comb.smoothness == Smoothness::discontinuous);
  for (const Kink& kink : comb.kinks) {
    const double turns = kink.x * 9 / std::acos(-1.0);
    CHECK(turns == Approx(std::round(turns)).margin(1e-11));
    CHECK(std::fabs(kink.jump[0]) == 2);
  }
  CHECK_FALSE(comb.remarks.empty());
  CHECK(*comb.second_moment == Approx(1).epsilon(1e-6));
}

TEST_CASE("a constant, a hole and a bend have the cards one expects", "[properties]") {
  const Properties nothing = card_of<Nothing>(), hole = card_of<Hardshrink2>(), bend = card_of<Hardswish2>();
  CHECK(nothing.direction == Direction::constant);
  CHECK(nothing.zero_share == 1);
  CHECK(nothing.lower->value == 0);
  CHECK(nothing.lower->attained);
  CHECK(nothing.curvature == Curvature::affine);
  CHECK(nothing.saturated_mass == 1);
  REQUIRE(hole.kinks.size() == 2);
  CHECK(hole.kinks[0].x == -0.5);
  CHECK(hole.kinks[1].x == 0.5);
  CHECK(hole.kinks[1].jump[0] == Approx(0.5).epsilon(1e-15));
  CHECK(hole.kinks[1].jump[1] == 1);
  CHECK(hole.zero_share == Approx(0.38292492254802624).epsilon(1e-12));  // erf(0.5/sqrt 2)
  CHECK(hole.symmetry == Symmetry::odd);
  REQUIRE(bend.kinks.size() == 2);
  CHECK(bend.kinks[0].x == Approx(-3).epsilon(1e-15));
  CHECK(bend.kinks[0].jump[1] == Approx(-0.5));
  CHECK(bend.kinks[1].x == Approx(3).epsilon(1e-15));
  CHECK(bend.kinks[1].jump[1] == Approx(-0.5));
  CHECK(bend.lower->value == Approx(-0.375));
  CHECK(bend.lower->where == Approx(-1.5));
  CHECK(bend.slope->value == Approx(1.5));
}

}  // namespace seegrad
