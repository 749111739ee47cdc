// Laws that hold for every activation, whoever adds it: derivatives against references and differences, seams, tails,
// NaN and infinity.
#include "activation/reference.hpp"

#include "seegrad/activation/activation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace seegrad::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<Activation> catalogue() {
  std::vector<Activation> activations;
  for (const Activation& a : Activation::all())
    if (a.formula().catalogue_index() >= 0) activations.push_back(a);
  return activations;
}

// The defaults, and parameters that are not: a formula that ignores a parameter must not pass.
std::vector<Activation> with_varied_parameters() {
  std::vector<Activation> activations = catalogue();
  for (const Activation& a : catalogue()) {
    std::vector<double> values;
    for (const Parameter& p : a.formula().parameters()) values.push_back(std::clamp(p.value * 1.75 + 0.125, p.lower, p.upper));
    if (!values.empty()) activations.emplace_back(a.formula(), values);
  }
  return activations;
}

std::vector<double> points() {
  std::vector<double> x{0, -0.0, 1e-300, -1e-300, 1e300, -1e300, 1e30, -1e30, 1e5, -1e5};
  for (double v = 1e-12; v < 2000; v *= 1.31) x.insert(x.end(), {v, -v});
  for (int i = -400; i <= 400; ++i) x.push_back(i / 32.0);
  return x;
}

/// A curve of the textbook at certain parameters, and what may differ from it: `tolerance`, relative where values exceed
/// 1, and where the curve oscillates what a rounding of x changes (see oscillates()).
class Expected {
 public:
  Expected(Curve curve, const Activation& a)
      : curve_(std::move(curve)), parameters_(a.parameters().begin(), a.parameters().end()), oscillating_(oscillates(a.formula())) {}

  bool fits(double value, double x, double tolerance) const {
    const long double exact = curve_(x, parameters_);
    if (std::fabs(exact) > std::numeric_limits<double>::max()) return std::isinf(value);
    return std::fabs(value - exact) <= tolerance * std::fmax(1.0L, std::fabs(exact)) + (oscillating_ ? rounding(x) : 0);
  }

 private:
  long double rounding(long double x) const {
    const auto change = [&](long double relative) { return std::fabs(curve_(x + x * relative, parameters_) - curve_(x, parameters_)); };
    return std::fmax(change(0x1p-52L), change(-0x1p-52L));
  }

  Curve curve_;
  Values parameters_;
  bool oscillating_;
};

/// g' by values at four places: the error is of fourth order in d.
template <class G>
double difference(const G& g, double at, double d) {
  return (8 * (g(at + d) - g(at - d)) - (g(at + 2 * d) - g(at - 2 * d))) / (12 * d);
}

// Whether g jumps within d of x: its change does not shrink as the window does.
template <class G>
bool jumps(const G& g, double x, double d) {
  const double wide = std::fabs(g(x + d) - g(x - d));
  double narrow = wide, at = d;
  for (int i = 0; i < 3; ++i) at /= 4, narrow = std::fabs(g(x + at) - g(x - at));
  return wide > 1e-9 && narrow > 0.5 * wide;
}

}  // namespace

TEST_CASE("f, f' and f'' of every activation agree with the textbook", "[activation][laws]") {
  for (const Activation& a : with_varied_parameters()) {
    const Reference reference = reference_of(a.formula());
    const Expected f(reference.f, a), df(reference.df, a), d2f(reference.d2f, a);
    for (const double x : points()) {
      if (oscillates(a.formula()) && std::fabs(x) > 1e5) continue;  // beyond, a rounding of x is too much of a wave
      INFO(a.to_string() << " at " << x);
      CHECK(f.fits(a.at(x), x, 2e-15));
      CHECK(df.fits(a.derivative(x), x, 4e-15));
      CHECK(d2f.fits(a.second_derivative(x), x, 1e-14));
    }
  }
}

TEST_CASE("derivatives with respect to the first learnable parameter agree with the textbook", "[activation][laws]") {
  for (const Activation& a : with_varied_parameters()) {
    if (!a.learnable()) continue;
    const Reference reference = reference_of(a.formula());
    const Expected dp(reference.dp, a), dxdp(reference.dxdp, a), d2p(reference.d2p, a);
    for (const double x : points()) {
      if (std::fabs(x) > 1e5) continue;  // x^2 and x^3 in the reference
      INFO(a.to_string() << " at " << x);
      CHECK(dp.fits(a.formula().at(x, a.parameters(), {1}), x, 1e-14));
      CHECK(dxdp.fits(a.formula().at(x, a.parameters(), {0, 1}), x, 1e-14));
      CHECK(dxdp.fits(a.formula().at(x, a.parameters(), {1, 0}), x, 1e-14));
      CHECK(d2p.fits(a.formula().at(x, a.parameters(), {1, 1}), x, 1e-14));
    }
  }
}

TEST_CASE("derivatives with respect to all learnable parameters agree with differences", "[activation][laws]") {
  const double d = 1e-4;
  for (const Activation& a : with_varied_parameters())
    for (int i = 1; i <= int(a.parameters().size()); ++i)
      for (double x = -5.03; x < 5; x += 0.217) {
        const auto along = [&](Derivative derivative) {
          return [&a, i, x, derivative](double value) {
            std::vector<double> p = a.parameters();
            p[std::size_t(i) - 1] = value;
            return a.formula().at(x, p, derivative);
          };
        };
        if (!a.formula().has({i})) continue;
        INFO(a.to_string() << ", " << a.formula().parameters()[std::size_t(i) - 1].name << ", at " << x);
        const double p = a.parameters()[std::size_t(i) - 1];
        CHECK(along({i})(p) == Approx(difference(along({}), p, d)).epsilon(1e-8).margin(1e-9));
        CHECK(along({0, i})(p) == Approx(difference(along({0}), p, d)).epsilon(1e-8).margin(1e-9));
        for (int j = 1; j <= int(a.parameters().size()); ++j)
          if (a.formula().has({j})) CHECK(along({j, i})(p) == Approx(difference(along({j}), p, d)).epsilon(1e-8).margin(1e-9));
      }
}

TEST_CASE("f' and f'' of every activation agree with differences", "[activation][laws]") {
  const double d = 1e-5;
  for (const Activation& a : Activation::all()) {
    int compared = 0;
    const auto f = [&](double x) { return a.at(x); };
    const auto df = [&](double x) { return a.derivative(x); };
    for (double x = -12.03; x < 12; x += 0.0617) {
      if (jumps(f, x, 2 * d) || jumps(df, x, 2 * d)) continue;
      INFO(a.to_string() << " at " << x);
      CHECK(df(x) == Approx(difference(f, x, d)).epsilon(1e-7).margin(1e-8));
      CHECK(a.second_derivative(x) == Approx(difference(df, x, d)).epsilon(1e-7).margin(1e-8));
      ++compared;
    }
    CHECK(compared > 350);
  }
}

// A formula composed of pieces that each pick a side can be wrong on the seam alone, where random points never land.
TEST_CASE("on exact binary points f' lies between its neighbours unless it has a kink there", "[activation][laws]") {
  constexpr double d = 0x1p-20;
  for (const Activation& a : with_varied_parameters()) {
    for (int i = -256; i <= 256; ++i) {
      const double x = i / 32.0, left = a.derivative(x - d), right = a.derivative(x + d), here = a.derivative(x);
      INFO(a.to_string() << " at " << x << ": f' " << left << " " << here << " " << right);
      // On a kink f' is the limit from one side, which lies a slope times d away from the neighbour on that side.
      const auto between = [](double value, double one, double other) {
        const double slack = 4 * d * std::fmax(1, std::fabs(value));
        return value >= std::fmin(one, other) - slack && value <= std::fmax(one, other) + slack;
      };
      CHECK(between(here, left, right));
      const double bend_left = a.second_derivative(x - d), bend_right = a.second_derivative(x + d);
      const double bend = a.second_derivative(x);
      CHECK(between(bend, bend_left, bend_right));
    }
  }
}

TEST_CASE("NaN in gives NaN out for every derivative", "[activation][laws]") {
  for (const Activation& a : Activation::all()) {
    INFO(a.to_string());
    CHECK(std::isnan(a.at(nan)));
    CHECK(std::isnan(a.derivative(nan)));
    CHECK(std::isnan(a.second_derivative(nan)));
    const std::vector<float> p(a.parameters().begin(), a.parameters().end());
    for (const Derivative which : {Derivative{}, Derivative{0}, Derivative{0, 0}})
      CHECK(std::isnan(a.formula().at(std::numeric_limits<float>::quiet_NaN(), p, which)));
  }
}

TEST_CASE("at infinity f, f' and f'' have their limits", "[activation][laws]") {
  for (const Activation& a : catalogue()) {
    if (oscillates(a.formula())) continue;  // there is no limit: next test
    const std::vector<float> p(a.parameters().begin(), a.parameters().end());
    for (const double side : {-1.0, 1.0})
      for (const Derivative which : {Derivative{}, Derivative{0}, Derivative{0, 0}}) {
        INFO(a.to_string() << " towards " << side * infinity << ", order " << which.order());
        const auto at = [&](double x) { return a.formula().at(side * x, a.parameters(), which); };
        const double far = at(1e300), size = std::fabs(far), nearer = std::fabs(at(1e8));
        const bool grows = size > 2 * nearer + 1e-3, vanishes = size < 1e-3 * nearer;
        const double limit = grows ? std::copysign(infinity, far) : vanishes ? 0 : far;
        CHECK(at(infinity) == limit);
        CHECK(a.formula().at(float(side * infinity), p, which) == float(limit));
      }
  }
}

TEST_CASE("a curve that oscillates for ever has no value at infinity", "[activation][laws]") {
  int oscillating = 0;
  for (const Activation& a : catalogue()) {
    if (!oscillates(a.formula())) continue;
    ++oscillating;
    for (const double x : {-infinity, infinity}) {
      INFO(a.to_string());
      CHECK(std::isnan(a.at(x)));
      CHECK(std::isnan(a.derivative(x)));
    }
  }
  CHECK(oscillating >= 3);
}

TEST_CASE("gates are shut at minus infinity", "[activation][laws]") {
  for (const auto* gated :
       {"gelu", "gelu_tanh", "quick_gelu", "silu", "swish", "e_swish", "mish", "tanhexp", "hardswish", "acon_c", "squareplus", "smelu"}) {
    INFO(gated);
    CHECK(Activation::parse(gated).at(-infinity) == 0);
    CHECK(std::fabs(Activation::parse(gated).at(-1e300)) < 1e-299);
  }
}

TEST_CASE("no finite input makes NaN in f, f' or f''", "[activation][laws]") {
  for (const Activation& a : with_varied_parameters()) {
    const std::vector<float> p(a.parameters().begin(), a.parameters().end());
    for (int exponent = -1074; exponent < 1024; ++exponent)
      for (const double x : {std::ldexp(1.0, exponent), -std::ldexp(1.0, exponent)}) {
        if (oscillates(a.formula()) && exponent > 1000) continue;  // omega*x is infinite
        for (const Derivative which : {Derivative{}, Derivative{0}, Derivative{0, 0}}) {
          INFO(a.to_string() << " at " << x << ", order " << which.order());
          if (std::isnan(a.formula().at(x, a.parameters(), which))) FAIL_CHECK("NaN in float64");
          const bool finite = !oscillates(a.formula()) || exponent < 120;
          if (finite && std::isnan(a.formula().at(float(x), p, which))) FAIL_CHECK("NaN in float32");
        }
      }
  }
}

TEST_CASE("steps have the slope of the straight-through estimator when they are asked for it", "[activation]") {
  for (const auto* name : {"step", "sign"}) {
    const Activation straight = Activation::parse(std::string(name) + "(ste=1)"), flat = Activation::parse(name);
    for (const double x : {-2.0, -1.0, -0.3, 0.0, 0.7, 1.0, 1.1}) {
      INFO(name << " at " << x);
      CHECK(straight.at(x) == flat.at(x));
      CHECK(straight.derivative(x) == (std::fabs(x) <= 1 ? 1 : 0));
      CHECK(flat.derivative(x) == 0);
    }
  }
}

TEST_CASE("rrelu has the middle slope in use, and says which parameter is drawn in training", "[activation]") {
  const Activation rrelu = Activation::parse("rrelu");
  CHECK(rrelu.derivative(-1) == Approx(11.0 / 48).epsilon(1e-15));
  for (const Parameter& p : rrelu.formula().parameters()) CHECK(p.drawn == (p.name == "position"));
}

TEST_CASE("snake is smooth in a through 0", "[activation]") {
  const Formula& snake = Activation::parse("snake").formula();
  for (const double x : {-3.0, 0.5, 2.0}) {
    const auto at = [&](double a, Derivative which) { return snake.at(x, std::vector{a}, which); };
    for (const Derivative which : {Derivative{}, Derivative{0}, Derivative{1}, Derivative{0, 1}})
      CHECK(at(0, which) == Approx(at(1e-7, which)).epsilon(1e-5));
  }
}

TEST_CASE("at a kink the derivative is PyTorch's", "[activation]") {
  CHECK(Activation::parse("relu").derivative(0) == 0);
  CHECK(Activation::parse("leaky_relu(0.3)").derivative(0) == 0.3);
  CHECK(Activation::parse("prelu(0.3)").derivative(0) == 0.3);
  CHECK(Activation::parse("elu(0.5)").derivative(0) == 0.5);
  CHECK(Activation::parse("selu").derivative(0) == Approx(1.7580993408473766).epsilon(1e-15));
  CHECK(Activation::parse("softplus").derivative(0) == 0.5);
  for (const double x : {0.0, 6.0}) CHECK(Activation::parse("relu6").derivative(x) == 0);
  for (const double x : {-1.0, 1.0}) CHECK(Activation::parse("hardtanh").derivative(x) == 0);
  for (const double x : {-3.0, 3.0}) CHECK(Activation::parse("hardsigmoid").derivative(x) == 0);
  for (const double x : {-0.5, 0.5}) CHECK(Activation::parse("softshrink").derivative(x) == 0);
  for (const double x : {-0.5, 0.5}) CHECK(Activation::parse("hardshrink").derivative(x) == 0);
  CHECK(Activation::parse("hardswish").derivative(-3) == 0);
  CHECK(Activation::parse("hardswish").derivative(3) == 1);
  CHECK(Activation::parse("threshold(1, 0.5)").derivative(1) == 0);
  CHECK(Activation::parse("abs").derivative(0) == 0);
}

}  // namespace seegrad::test
