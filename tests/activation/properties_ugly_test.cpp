// The property card of formulas that nobody should train with: NaN, poles, cusps, overflow, waves, constants.
#include "seegrad/activation/catalogue.hpp"
#include "seegrad/activation/properties.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

namespace seegrad {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

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

}  // namespace

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

struct Overflow {
  static constexpr std::string_view name = "ugly_softplus", mathematics = "log(1 + exp(x))";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return log(T(1) + exp(x));
  }
};
struct Logarithm {
  static constexpr std::string_view name = "ugly_logarithm", mathematics = "log(|x|)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return log(abs(x));
  }
};
struct Tiny {
  static constexpr std::string_view name = "ugly_tiny", mathematics = "x*1e-300";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return x * T(1e-300);
  }
};

TEST_CASE("an overflow is no jump, an infinite integral no moment, a tiny slope a slope", "[properties]") {
  const Properties naive = card_of<Overflow>(), logarithm = card_of<Logarithm>(), tiny = card_of<Tiny>();
  CHECK(naive.kinks.empty());
  CHECK(naive.smoothness == Smoothness::twice);
  CHECK(*naive.mean == Approx(0.80605918334848));
  CHECK_FALSE(logarithm.mean);
  CHECK_FALSE(logarithm.second_moment);
  CHECK(logarithm.symmetry == Symmetry::even);
  CHECK(tiny.direction == Direction::increasing);
  CHECK(tiny.slope->value == 1e-300);
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
  // flat where |cos 30x| < 0.01: narrower than the distance of two samples, and a share 2/pi asin(0.01) of every period
  CHECK(wave.saturated_mass == Approx(2 / std::acos(-1.0) * std::asin(0.01)).epsilon(1e-6));
  CHECK(wave.saturated.size() == 64);
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

TEST_CASE("a typed formula has the card of the built-in one", "[properties]") {
  const Properties typed = properties_of(Activation::parse("x*sigmoid(x)")), silu = properties_of(Activation::parse("silu"));
  CHECK(typed.lower->value == Approx(silu.lower->value).epsilon(1e-12));
  CHECK(typed.lower->where == Approx(silu.lower->where).epsilon(1e-9));
  CHECK(*typed.gain == Approx(*silu.gain).epsilon(1e-9));
  CHECK(typed.smoothness == silu.smoothness);
  CHECK(typed.value_cost.transcendentals == 1);
}

TEST_CASE("no typed formula makes the card throw, and what it does not know it leaves out", "[properties]") {
  for (const char* text :
       {"sin(1/x)", "exp(exp(x))", "log(log(x))", "1e300*x", "x^2/(1 + x^2)", "sin(x)/cos(x)", "(exp(2*x) - 1)/(exp(2*x) + 1)",
        "abs(x)^0.3", "exp(-1/(x*x))", "sqrt(x - 5)", "x > 3 ? 1 : 0*x", "exp(-x*x*1e6)", "x/abs(x)"}) {
    INFO(text);
    Properties card;
    REQUIRE_NOTHROW(card = properties_of(Activation::parse(text)));
    for (const auto& value : {card.mean, card.second_moment, card.derivative_second_moment})
      if (value) CHECK(std::isfinite(*value));
    for (const auto& bound : {card.lower, card.upper, card.slope})
      if (bound) CHECK_FALSE(std::isnan(bound->value));
    if (!card.mean) CHECK_FALSE(card.remarks.empty());
    CHECK(card.zero_share <= 1 + 1e-12);
  }
}

}  // namespace seegrad
