// Reading and printing activations.
#include "seegrad/activation/activation.hpp"

#include "seegrad/math/error.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

namespace seegrad::test {
namespace {

std::string complaint(std::string_view text) {
  try {
    Activation::parse(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(accepted)";
}

struct Cubed {
  static constexpr std::string_view name = "test_cubed", mathematics = "scale*x^3";
  static constexpr std::array parameters{Parameter{"scale", 1, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T scale) const {
    return scale * (x * x * x);
  }
};

struct Usurper {
  static constexpr std::string_view name = "Re-LU", mathematics = "x";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return x;
  }
};

}  // namespace

TEST_CASE("every activation reads back from what it prints", "[activation][parse]") {
  for (const Activation& activation : Activation::all()) {
    INFO(activation.to_string());
    CHECK(activation.to_string() == activation.name());
    CHECK(Activation::parse(activation.to_string()) == activation);
    for (const double offset : {1.0 / 3, 0.1, 1e-5, 12345.678901234567, 5e3}) {
      std::vector<double> values;
      for (std::size_t i = 0; i < activation.parameters().size(); ++i) {
        const Parameter& declared = activation.formula().parameters()[i];
        values.push_back(std::clamp(activation.parameters()[i] + offset, declared.lower, declared.upper));
      }
      const Activation changed(activation.formula(), values);
      INFO(changed.to_string());
      CHECK(Activation::parse(changed.to_string()) == changed);
    }
    for (const std::string_view alias : activation.formula().aliases()) CHECK(Activation::parse(alias) == activation);
  }
}

TEST_CASE("names tolerate case, hyphens and spaces; parameters come by position or by name", "[activation][parse]") {
  const Activation leaky = Activation::parse("leaky_relu(slope=0.2)");
  CHECK(leaky.parameters() == std::vector<double>{0.2});
  CHECK(leaky.to_string() == "leaky_relu(slope=0.2)");
  for (const auto* text : {"leaky_relu(0.2)", "Leaky-ReLU( 0.2 )", " LEAKY RELU (Slope = 2e-1)", "leakyrelu(+.2)"})
    CHECK(Activation::parse(text) == leaky);
  CHECK(Activation::parse("elu()") == Activation::parse("elu"));
  CHECK(Activation::parse("gelu_new") == Activation::parse("gelu_tanh"));
  CHECK(Activation::parse("swish_1") == Activation::parse("silu"));
  CHECK(Activation::parse("swish").learnable());
  CHECK_FALSE(Activation::parse("leaky_relu").learnable());
}

TEST_CASE("a malformed activation gets one line that says what is wrong", "[activation][parse]") {
  using Catch::Matchers::Contains;
  CHECK_THAT(complaint("reluu"), Contains("unknown activation 'reluu'") && Contains("'relu'"));
  CHECK_THAT(complaint("zzzzzzzzzz"), Contains("known are: identity"));
  CHECK_THAT(complaint("elu(alhpa=1)"), Contains("unknown parameter 'alhpa'") && Contains("alpha"));
  CHECK_THAT(complaint("elu(1, 2)"), Contains("at most 1, 2 given"));
  CHECK_THAT(complaint("relu(1)"), Contains("takes no parameters"));
  CHECK_THAT(complaint("elu(one)"), Contains("'one' is not a number"));
  CHECK_THAT(complaint("elu(1y)"), Contains("'1y' is not a number"));
  CHECK_THAT(complaint("elu(1x)"), Contains("write 1*x for a product"));
  CHECK_THAT(complaint("elu(alpha=)"), Contains("'' is not a number"));
  CHECK_THAT(complaint("elu(nan)"), Contains("not a finite number"));
  CHECK_THAT(complaint("elu(-inf)"), Contains("not a finite number"));
  CHECK_THAT(complaint("elu(1e999)"), Contains("not a finite number"));
  CHECK_THAT(complaint("softplus(0)"), Contains("softplus, beta: 0 is not allowed; it must be at least"));
  CHECK_THAT(complaint("softplus(-1)"), Contains("softplus, beta: -1 is not allowed"));
  for (const auto* text : {"elu(1", "elu 1)", "elu)1(", "elu((1))", "elu(1)y", "elu(1)(2)"})
    CHECK_THAT(complaint(text), Contains("brackets do not match"));
  CHECK_THAT(complaint("(1)"), Contains("the name is missing"));
  CHECK_THAT(complaint(""), Contains("the name is missing"));
  CHECK_THAT(complaint("  "), Contains("the name is missing"));
  CHECK_THAT(complaint(std::string(1001, 'r')), Contains("1001 characters"));
  CHECK_THAT(complaint(std::string(999, 'r')), Contains("unknown activation"));
  CHECK_THAT(complaint("re\x1b[31mlu"), !Contains("\x1b"));
}

TEST_CASE("parameters are checked when an activation is made by hand, too", "[activation][parse]") {
  const Formula& softplus = formula_of<Softplus>();
  CHECK_THROWS_AS(Activation(softplus, {-1.0}), UsageError);
  CHECK_THROWS_AS(Activation(softplus, {std::nan("")}), UsageError);
  CHECK_THROWS_AS(Activation(softplus, {1.0, 2.0}), UsageError);
}

TEST_CASE("a formula of the user's own gets a name, derivatives and a place among all activations", "[activation]") {
  const Activation cubed = register_activation<Cubed>();
  CHECK(register_activation<Cubed>() == cubed);
  CHECK(Activation::parse("Test-Cubed(2)").at(3) == 54);
  CHECK(cubed.derivative(2) == 12);
  CHECK(cubed.second_derivative(2) == 12);
  CHECK(cubed.formula().at(2.0, cubed.parameters(), {1}) == 8);
  CHECK(cubed.formula().catalogue_index() == -1);
  CHECK(Activation::all().back() == cubed);
  CHECK_THROWS_AS(register_activation<Usurper>(), Error);
}

TEST_CASE("derivatives that do not exist are refused with an error", "[activation]") {
  const Formula& leaky = formula_of<LeakyRelu>();
  const std::array slope{0.01};
  CHECK_THROWS_AS(leaky.at(1.0, slope, {1}), Error);  // not learnable
  CHECK_THROWS_AS(leaky.at(1.0, slope, {0, 1}), Error);
  CHECK_THROWS_AS(leaky.at(1.0, slope, {2}), Error);
  CHECK_THROWS_AS(leaky.at(1.0, slope, {-2}), Error);
  CHECK_THROWS_AS(leaky.at(1.0, slope, {Derivative::none, 0}), Error);
  CHECK_THROWS_AS(leaky.at(1.0, {}, {}), Error);
  CHECK_FALSE(leaky.has({1}));
  CHECK(leaky.has({0, 0}));
  CHECK(formula_of<Prelu>().has({1, 0}));
}

}  // namespace seegrad::test
