// Laws that hold for every activation, whoever adds it: derivatives against references and differences, seams, tails,
// NaN and infinity.
#include "activation/reference.hpp"

#include "seegrad/activation/activation.hpp"

#include <catch2/catch.hpp>

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
    for (const double v : a.parameters()) values.push_back(v * 1.75 + 0.125);
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

bool close(double value, long double exact, double tolerance) {
  if (std::fabs(exact) > std::numeric_limits<double>::max()) return std::isinf(value);
  return std::fabs(value - exact) <= tolerance * std::fmax(1.0L, std::fabs(exact));
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
    const Values p(a.parameters().begin(), a.parameters().end());
    for (const double x : points()) {
      INFO(a.to_string() << " at " << x);
      CHECK(close(a.at(x), reference.f(x, p), 2e-15));
      CHECK(close(a.derivative(x), reference.df(x, p), 4e-15));
      CHECK(close(a.second_derivative(x), reference.d2f(x, p), 1e-14));
    }
  }
}

TEST_CASE("derivatives with respect to learnable parameters agree with the textbook", "[activation][laws]") {
  for (const Activation& a : with_varied_parameters()) {
    if (!a.learnable()) continue;
    const Reference reference = reference_of(a.formula());
    const Values p(a.parameters().begin(), a.parameters().end());
    for (const double x : points()) {
      if (std::fabs(x) > 1e5) continue;  // x^2 and x^3 in the reference
      INFO(a.to_string() << " at " << x);
      CHECK(close(a.formula().at(x, a.parameters(), {1}), reference.dp(x, p), 1e-14));
      CHECK(close(a.formula().at(x, a.parameters(), {0, 1}), reference.dxdp(x, p), 1e-14));
      CHECK(close(a.formula().at(x, a.parameters(), {1, 0}), reference.dxdp(x, p), 1e-14));
      CHECK(close(a.formula().at(x, a.parameters(), {1, 1}), reference.d2p(x, p), 1e-14));
    }
  }
}

TEST_CASE("f' and f'' of every activation agree with central differences", "[activation][laws]") {
  const double d = 1e-5;
  for (const Activation& a : Activation::all()) {
    int compared = 0;
    const auto f = [&](double x) { return a.at(x); };
    const auto df = [&](double x) { return a.derivative(x); };
    for (double x = -12.03; x < 12; x += 0.0617) {
      if (jumps(f, x, d) || jumps(df, x, d)) continue;
      INFO(a.to_string() << " at " << x);
      CHECK(df(x) == Approx((f(x + d) - f(x - d)) / (2 * d)).epsilon(1e-7).margin(1e-8));
      CHECK(a.second_derivative(x) == Approx((df(x + d) - df(x - d)) / (2 * d)).epsilon(1e-7).margin(1e-8));
      ++compared;
    }
    CHECK(compared > 350);
  }
}

// A formula composed of pieces that each pick a side can be wrong on the seam alone, where random points never land.
TEST_CASE("on exact binary points f' lies between its neighbours unless it has a kink there", "[activation][laws]") {
  const double d = 0x1p-20;
  for (const Activation& a : with_varied_parameters()) {
    for (int i = -256; i <= 256; ++i) {
      const double x = i / 32.0, left = a.derivative(x - d), right = a.derivative(x + d), here = a.derivative(x);
      INFO(a.to_string() << " at " << x << ": f' " << left << " " << here << " " << right);
      // On a kink f' is the limit from one side, which lies a slope times d away from the neighbour on that side.
      const double slack = 4 * d;
      CHECK(here >= std::fmin(left, right) - slack);
      CHECK(here <= std::fmax(left, right) + slack);
      const double bend_left = a.second_derivative(x - d), bend_right = a.second_derivative(x + d);
      const double bend = a.second_derivative(x);
      CHECK(bend >= std::fmin(bend_left, bend_right) - slack);
      CHECK(bend <= std::fmax(bend_left, bend_right) + slack);
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

TEST_CASE("at infinity f and f' have their limits and f'' is 0", "[activation][laws]") {
  for (const Activation& a : catalogue()) {
    for (const double side : {-1.0, 1.0}) {
      INFO(a.to_string() << " towards " << side * infinity);
      const double limit = a.at(side * 1e8), slope = a.derivative(side * 1e8), at = a.at(side * infinity);
      const bool grows = std::fabs(limit) > 1e5;
      CHECK(at == (grows ? std::copysign(infinity, limit) : limit));
      CHECK(a.derivative(side * infinity) == slope);
      CHECK(a.second_derivative(side * infinity) == 0);
      const std::vector<float> p(a.parameters().begin(), a.parameters().end());
      const float far = float(side * infinity);
      CHECK(a.formula().at(far, p) == float(at));
      CHECK(a.formula().at(far, p, {0}) == float(slope));
      CHECK(a.formula().at(far, p, {0, 0}) == 0);
    }
  }
}

TEST_CASE("gates are shut at minus infinity", "[activation][laws]") {
  for (const auto* gated : {"gelu", "gelu_tanh", "silu", "swish", "mish"}) {
    INFO(gated);
    CHECK(Activation::parse(gated).at(-infinity) == 0);
    CHECK(Activation::parse(gated).at(-1e300) == 0);
  }
}

TEST_CASE("no finite input makes NaN in f, f' or f''", "[activation][laws]") {
  for (const Activation& a : with_varied_parameters()) {
    const std::vector<float> p(a.parameters().begin(), a.parameters().end());
    for (int exponent = -1074; exponent < 1024; ++exponent)
      for (const double x : {std::ldexp(1.0, exponent), -std::ldexp(1.0, exponent)})
        for (const Derivative which : {Derivative{}, Derivative{0}, Derivative{0, 0}}) {
          INFO(a.to_string() << " at " << x << ", order " << which.order());
          if (std::isnan(a.formula().at(x, a.parameters(), which))) FAIL_CHECK("NaN in float64");
          if (std::isnan(a.formula().at(float(x), p, which))) FAIL_CHECK("NaN in float32");
        }
  }
}

TEST_CASE("at a kink the derivative is PyTorch's", "[activation]") {
  CHECK(Activation::parse("relu").derivative(0) == 0);
  CHECK(Activation::parse("leaky_relu(0.3)").derivative(0) == 0.3);
  CHECK(Activation::parse("prelu(0.3)").derivative(0) == 0.3);
  CHECK(Activation::parse("elu(0.5)").derivative(0) == 0.5);
  CHECK(Activation::parse("selu").derivative(0) == Approx(1.7580993408473766).epsilon(1e-15));
  CHECK(Activation::parse("softplus").derivative(0) == 0.5);
}

}  // namespace seegrad::test
