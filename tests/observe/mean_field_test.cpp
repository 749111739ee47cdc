// Mean-field theory against what can be written down: linear maps, rectifiers, sines and cosines under a normal distribution, and the
// critical point of tanh that the papers give.
#include "seegrad/observe/mean_field.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/activation/moments.hpp"
#include "seegrad/math/error.hpp"

using namespace seegrad;
using observe::critical_sigma_w2;
using observe::mean_field;
using observe::mean_squares;
using observe::MeanField;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool nothing(const MeanField& field) { return std::isnan(field.q) && std::isnan(field.chi) && std::isnan(field.c) && std::isnan(field.xi); }

}  // namespace

TEST_CASE("a layer passes on what the integrals say", "[observe][theory]") {
  const Activation relu = Activation::parse("relu");
  for (const double q : {1e-6, 1.0, 50.0}) {
    CHECK(mean_squares(relu, q).h == Approx(q / 2));
    CHECK(mean_squares(relu, q).slope == Approx(0.5));
    CHECK(mean_squares(Activation::parse("tanh"), q).h == Approx(moments(Activation::parse("tanh"), std::sqrt(q)).second_moment));
    CHECK(mean_squares(Activation::parse("sin(x)"), q).h == Approx((1 - std::exp(-2 * q)) / 2));
    CHECK(mean_squares(Activation::parse("sin(x)"), q).slope == Approx((1 + std::exp(-2 * q)) / 2));
  }
  CHECK(mean_squares(Activation::parse("sigmoid"), 0).h == 0.25);
  CHECK(mean_squares(Activation::parse("sigmoid"), 0).slope == 0.0625);
  for (const double q : {-1.0, infinity, std::nan("")}) CHECK(std::isnan(mean_squares(relu, q).h));
  CHECK(std::isnan(mean_squares(Activation::parse("log(x)"), 1).h));
}

TEST_CASE("rectifiers and the identity settle where a straight line does", "[observe][theory]") {
  for (const double sigma_w2 : {0.25, 0.5, 0.9}) {
    INFO(sigma_w2);
    const MeanField linear = mean_field(Activation::parse("identity"), sigma_w2, 0.05);
    CHECK(linear.q == Approx(0.05 / (1 - sigma_w2)).epsilon(1e-6));
    CHECK(linear.chi == Approx(sigma_w2));
    CHECK(linear.c == 1);
    CHECK(linear.xi == Approx(-1 / std::log(sigma_w2)));
    const MeanField relu = mean_field(Activation::parse("relu"), 2 * sigma_w2, 0.05);
    CHECK(relu.q == Approx(0.05 / (1 - sigma_w2)).epsilon(1e-6));
    CHECK(relu.chi == Approx(sigma_w2));
    CHECK(relu.xi == Approx(-1 / std::log(sigma_w2)));
    // (1 + a^2)/2 of the square of a leaky unit comes through.
    CHECK(mean_field(Activation::parse("leaky_relu(0.5)"), sigma_w2 / 0.625, 0.05).chi == Approx(sigma_w2));
  }
}

TEST_CASE("a variance that settles nowhere has no theory", "[observe][theory]") {
  CHECK(nothing(mean_field(Activation::parse("relu"), 2.5, 0.05)));
  CHECK(nothing(mean_field(Activation::parse("relu"), 2, 0.05)));  // grows by 0.05 a layer, for ever
  CHECK(nothing(mean_field(Activation::parse("log(x)"), 1, 0.05)));
  CHECK(std::isnan(critical_sigma_w2(Activation::parse("relu"), 0.05, 0.5, 4)));
}

TEST_CASE("without bias and with small weights the signal dies out, and the slope at 0 decides", "[observe][theory]") {
  const MeanField field = mean_field(Activation::parse("tanh"), 0.5, 0);
  CHECK(field.q == 0);
  CHECK(field.chi == 0.5);
  CHECK(field.xi == Approx(1 / std::log(2)));
  const MeanField none = mean_field(Activation::parse("tanh"), 0, 0);
  CHECK(none.chi == 0);
  CHECK(none.xi == 0);
}

TEST_CASE("chaos of a sine is the one that can be written down", "[observe][theory]") {
  // E sin(u) sin(v) = exp(-q) sinh(qc) and E cos(u) cos(v) = exp(-q) cosh(qc) for variance q and correlation c.
  const double sigma_w2 = 3, sigma_b2 = 0.3;
  const MeanField field = mean_field(Activation::parse("sin(x)"), sigma_w2, sigma_b2);
  const double q = field.q, c = field.c;
  CHECK(q == Approx(sigma_w2 * (1 - std::exp(-2 * q)) / 2 + sigma_b2).epsilon(1e-8));
  CHECK(field.chi == Approx(sigma_w2 * (1 + std::exp(-2 * q)) / 2).epsilon(1e-8));
  REQUIRE(field.chi > 1);
  CHECK((c > 0 && c < 1));
  CHECK(c == Approx((sigma_w2 * std::exp(-q) * std::sinh(q * c) + sigma_b2) / q).epsilon(1e-8));
  CHECK(field.xi == Approx(-1 / std::log(sigma_w2 * std::exp(-q) * std::cosh(q * c))).epsilon(1e-6));
}

TEST_CASE("an odd function without a bias makes all inputs orthogonal in chaos", "[observe][theory]") {
  // c = 0 stays 0, and is where all correlations go.
  const Activation tanh = Activation::parse("tanh");
  const MeanField field = mean_field(tanh, 4, 0);
  CHECK(field.c == Approx(0).margin(1e-9));
  const double mean_slope = moments(Activation::parse("1-tanh(x)^2"), std::sqrt(field.q)).mean;
  CHECK(field.xi == Approx(-1 / std::log(4 * mean_slope * mean_slope)).epsilon(1e-6));
}

TEST_CASE("tanh turns from order to chaos where the papers say", "[observe][theory]") {
  const Activation tanh = Activation::parse("tanh");
  const double critical = critical_sigma_w2(tanh, 0.05, 0.5, 4);
  CHECK(critical == Approx(1.76).margin(0.005));  // Schoenholz et al. 2017, figure 5: sigma_b^2 = 0.05
  CHECK(mean_field(tanh, critical, 0.05).chi == Approx(1).margin(1e-6));
  CHECK(mean_field(tanh, critical - 2e-6, 0.05).xi > 1e5);
  CHECK(mean_field(tanh, critical - 0.2, 0.05).c == 1);
  CHECK(mean_field(tanh, critical + 0.2, 0.05).c < 1);
  // Without a bias sigma_w^2 f'(0)^2 = 1.
  CHECK(critical_sigma_w2(tanh, 0, 0.6, 3) == Approx(1).epsilon(0.01));
  CHECK(std::isnan(critical_sigma_w2(tanh, 0.05, 2, 4)));  // all of it chaos
}

TEST_CASE("at chi_1 = 1 the depth scale is endless", "[observe][theory]") {
  const MeanField field = mean_field(Activation::parse("identity"), 1, 0);
  CHECK(field.q == Approx(1));  // stays where it began
  CHECK(field.chi == Approx(1));
  CHECK(field.xi > 1e9);
}

TEST_CASE("a variance below 0 or without a value is refused by name", "[observe][theory]") {
  const Activation f = Activation::parse("tanh");
  CHECK_THROWS_WITH(mean_field(f, -1, 0), Catch::Contains("sigma_w^2 is -1"));
  CHECK_THROWS_AS(mean_field(f, 1, infinity), Error);
  CHECK_THROWS_AS(mean_field(f, std::nan(""), 0), Error);
  CHECK_THROWS_AS(critical_sigma_w2(f, 0.05, -1, 4), Error);
  CHECK_THROWS_AS(critical_sigma_w2(f, 0.05, 1, infinity), Error);
}
