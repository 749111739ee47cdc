// Dual numbers: every word's rule against differences, nesting, parameters, and the shut gate.
#include "seegrad/math/dual.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace seegrad::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Word {
  std::string name;
  std::function<double(double)> f, df, d2f;
  double low, high;
};

template <class F>
Word word(std::string name, F f, double low = -3, double high = 3) {
  return {name,
          [f](double x) { return derivative<0>(f, x); },
          [f](double x) { return derivative<1>(f, x); },
          [f](double x) { return derivative<2>(f, x); },
          low,
          high};
}

std::vector<Word> words() {
  return {
      word("exp", [](auto x) { return exp(x); }),
      word("expm1", [](auto x) { return expm1(x); }),
      word(
          "log", [](auto x) { return log(x); }, 0.1, 9),
      word(
          "log1p", [](auto x) { return log1p(x); }, -0.9, 9),
      word(
          "sqrt", [](auto x) { return sqrt(x); }, 0.1, 9),
      word(
          "pow", [](auto x) { return pow(x, decltype(x)(2.5)); }, 0.1, 4),
      word("power of a constant", [](auto x) { return pow(decltype(x)(1.7), x); }),
      word(
          "x^x", [](auto x) { return pow(x, x); }, 0.1, 3),
      word("sin", [](auto x) { return sin(x); }),
      word("cos", [](auto x) { return cos(x); }),
      word("atan", [](auto x) { return atan(x); }),
      word("asinh", [](auto x) { return asinh(x); }),
      word("tanh", [](auto x) { return tanh(x); }),
      word("erf", [](auto x) { return erf(x); }),
      word("erfc", [](auto x) { return erfc(x); }),
      word("sigmoid", [](auto x) { return sigmoid(x); }),
      word("1 - sigmoid", [](auto x) { return sigmoid_pair(x).second; }),
      word("1 - tanh^2", [](auto x) { return tanh_pair(x).second; }),
      word("softplus", [](auto x) { return softplus(x); }),
      word("normal_pdf", [](auto x) { return normal_pdf(x); }),
      word("normal_cdf", [](auto x) { return normal_cdf(x); }),
      word("gate", [](auto x) { return gate(sin(x), exp(x)); }),
      word("abs", [](auto x) { return abs(x) * x; }),
      word("max", [](auto x) { return max(x * x, x + decltype(x)(1)); }),
      word("clamp", [](auto x) { return clamp(x * x, decltype(x)(1), decltype(x)(4)); }),
      word("quotient", [](auto x) { return (x - decltype(x)(2)) / (x * x + decltype(x)(1)); }),
  };
}

}  // namespace

TEST_CASE("each word's first and second derivative agree with central differences", "[math][dual]") {
  const double d = 1e-5;
  for (const Word& w : words())
    for (int i = 0; i < 57; ++i) {
      const double x = w.low + (w.high - w.low) * (i + 0.37) / 57;
      INFO(w.name << " at " << x);
      CHECK(w.df(x) == Approx((w.f(x + d) - w.f(x - d)) / (2 * d)).epsilon(1e-7).margin(1e-9));
      CHECK(w.d2f(x) == Approx((w.df(x + d) - w.df(x - d)) / (2 * d)).epsilon(1e-7).margin(1e-9));
    }
}

TEST_CASE("the example of the head comment: x*x at 3 has value 9 and slope 6", "[math][dual]") {
  const Dual<double> x{3, 1}, y = x * x;
  CHECK(y.value == 9);
  CHECK(y.slope == 6);
  CHECK(derivative<2>([](auto v) { return v * v; }, 3.0) == 2);
  CHECK(derivative<3>([](auto v) { return v * v * v; }, 3.0) == 6);
}

TEST_CASE("partial derivatives with respect to parameters", "[math][dual]") {
  const auto f = [](auto x, auto a, auto b) { return a * x * x + sin(b * x); };
  const double x = 1.3, a = 0.7, b = 2.1;
  CHECK(partial<>(f, x, a, b) == Approx(a * x * x + std::sin(b * x)));
  CHECK(partial<1>(f, x, a, b) == Approx(x * x));
  CHECK(partial<2>(f, x, a, b) == Approx(x * std::cos(b * x)));
  CHECK(partial<0, 1>(f, x, a, b) == Approx(2 * x));
  CHECK(partial<2, 0>(f, x, a, b) == Approx(std::cos(b * x) - b * x * std::sin(b * x)));
  CHECK(partial<2, 2>(f, x, a, b) == Approx(-x * x * std::sin(b * x)));
}

TEST_CASE("a slope of zero stays zero beside infinity", "[math][dual]") {
  CHECK(derivative<1>([](auto x) { return decltype(x)(2) * x; }, infinity) == 2);
  CHECK(derivative<1>([](auto x) { return x / decltype(x)(2); }, -infinity) == 0.5);
  CHECK(derivative<1>([](auto x) { return gate(x, sigmoid(x)); }, -infinity) == 0);
  CHECK(derivative<2>([](auto x) { return gate(x, sigmoid(x)); }, infinity) == 0);
  CHECK(derivative<1>([](auto x) { return exp(-(x * x)); }, infinity) == 0);
  for (const double far : {1e200, infinity}) {  // where x^2 is infinite
    CHECK(derivative<1>([](auto x) { return atan(x); }, far) == 0);
    CHECK(derivative<2>([](auto x) { return atan(x); }, far) == 0);
    CHECK(derivative<1>([](auto x) { return asinh(x); }, far) == (far < infinity ? 1e-200 : 0));
    CHECK(derivative<2>([](auto x) { return asinh(x); }, far) == 0);
  }
}

TEST_CASE("powers are right at zero, at negative bases and at the exponent zero", "[math][dual]") {
  const auto square = [](auto x) { return pow(x, decltype(x)(2)); };
  CHECK(derivative<1>(square, 0.0) == 0);
  CHECK(derivative<2>(square, 0.0) == 2);
  CHECK(derivative<1>(square, -3.0) == -6);
  CHECK(derivative<2>(square, -3.0) == 2);
  const auto one = [](auto x) { return pow(x, decltype(x)(0)); };
  CHECK(derivative<1>(one, 0.0) == 0);
  const auto linear = [](auto x) { return pow(x, decltype(x)(1)); };
  CHECK(derivative<1>(linear, 0.0) == 1);
  CHECK(derivative<2>(linear, 0.0) == 0);
  const auto power = [](auto x, auto p) { return pow(x, p); };
  CHECK(partial<1>(power, 0.0, 2.0) == 0);
  CHECK(partial<1>(power, 2.0, 3.0) == Approx(8 * std::log(2.0)));
}

TEST_CASE("NaN goes through every derivative, even where the formula drops it", "[math][dual]") {
  const auto relu = [](auto x) { return select(x > decltype(x)(0), x, decltype(x)(0)); };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(derivative<0>(relu, nan)));
  CHECK(std::isnan(derivative<1>(relu, nan)));
  CHECK(std::isnan(derivative<2>(relu, nan)));
}

}  // namespace seegrad::test
