// Reading and printing formulas that are typed: what they mean, how they are spelled, and what is said about wrong ones.
#include "seegrad/activation/text_formula.hpp"

#include "seegrad/activation/activation.hpp"
#include "seegrad/math/error.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <ctime>
#include <sstream>

namespace seegrad::test {
namespace {

double value(std::string_view text, double x) { return Activation(parse_formula(text)).at(x); }

std::string complaint(std::string_view text) {
  try {
    parse_formula(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(accepted)";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Wrong {
  std::string text;
  std::size_t place;  // of the caret, counted from 0 in the text
  std::string what, hint;
};

// Texts that use everything that the grammar has.
const std::vector<std::string> well_formed{
    "x",
    "  x\t*\n2 ",
    "x*sigmoid(x)",
    "x*tanh(softplus(x))",
    "x*sigmoid(b*x); b=1.7",
    "x*sigmoid(b*x);b~1.7",
    "a*x + b*x^3; a = -.5; b ~ +2.50e-3",
    "x > 0 ? x : 0.1*x",
    "x > 0 && x < 1 || !(x >= -1) ? x : x == 2 ? -x : x != 3 ? +x : --x",
    "x <= 0 ? expm1(x) : select(x > 1, x, x*x)",
    "gate(x, t); t=(1 + u)/2; u=tanh(k*x); k=0.7978845608028654",
    "inside ? x : 0; inside = x > -1 && x < 1",
    "min(max(x, -1), 1) + clamp(x, -2, 2)",
    "x*Phi(x) + phi(x) - normal_cdf(x)*normal_pdf(x)",
    "erf(x) + erfc(x) + sin(x)*cos(x) - atan(x)/asinh(x + 5)",
    "log(1 + exp(x)) + log1p(exp(x)) + ln(x*x + e) + sqrt(abs(x)) + sign(x) + pi",
    "2^-x^2 - x^0.5 + pow(x, 3) + e^-x + x^-2",
    "straight_through(x > 0 ? 1 : 0, clamp(x, -1, 1))",
    "relu(x)^2 + gelu(x) - 0.1*elu(x, 0.5) + leaky_relu(-x, s); s~0.125",
    "x + 1e300 - 5e-324*x + 0.30000000000000004 + 1.e2 + 100000000000000000000000",
};

}  // namespace

TEST_CASE("operators bind as in mathematics", "[activation][text]") {
  const auto [text, expected] = GENERATE(table<std::string, double>({
      {"x + 2*3", 2 + 6},
      {"(x + 2)*3", 12},
      {"x - 2 - 3", -3},
      {"x/2/2", 0.5},
      {"x/2*2", 2},
      {"-x^2", -4},
      {"(-x)^2", 4},
      {"2^3^2 + 0*x", 512},
      {"2^-x", 0.25},
      {"-2^-x", -0.25},
      {"--x", 2},
      {"-+-x", 2},
      {"x*-3", -6},
      {"6/-x", -3},
      {"x^-2", 0.25},
      {"x^0 + 0*x", 1},
      {"x^10", 1024},
      {"x^16", 65536},
      {"1 < x ? 10 : 20", 10},
      {"x + 1 > 2*x ? 10 : 20", 20},
      {"x > 5 ? 1 : x > 1 ? 2 : 3", 2},
      {"x > 0 || x > 5 && x < 0 ? 1 : 0", 1},
      {"(x > 0 || x > 5) && x < 0 ? 1 : 0", 0},
      {"!(x > 0) || x == 2 ? 1 : 0", 1},
      {"(x > 0 ? 2 : 3)*x", 4},
      {"x > 0 ? 2 : 3*x", 2},
      {"x*1.5e1", 30},
      {"x*.5", 1},
      {"x*1.", 2},
      {"t + u; t = 10*u; u = x + b; b = -1.5", 5.5},
      {"max(x, 3) + min(x, 1)", 4},
  }));
  INFO(text);
  CHECK(value(text, 2) == expected);
}

TEST_CASE("words of the vocabulary mean what the C++ library means by them", "[activation][text]") {
  for (const double x : {-1.75, -0.5, 0.25, 3.0}) {
    CHECK(value("exp(x)", x) == std::exp(x));
    CHECK(value("e^x", x) == std::exp(x));
    CHECK(value("ln(abs(x))", x) == std::log(std::fabs(x)));
    CHECK(value("2^x", x) == std::pow(2, x));
    CHECK(value("x^3", x) == x * x * x);
    CHECK(value("x^-1", x) == 1 / x);
    CHECK(value("atan(x) + asinh(x)", x) == std::atan(x) + std::asinh(x));
    CHECK(value("Phi(x)", x) == Approx(0.5 * std::erfc(-x / std::sqrt(2))).epsilon(1e-15));
    CHECK(value("phi(x)", x) == Approx(std::exp(-x * x / 2) / std::sqrt(2 * 3.14159265358979323846)).epsilon(1e-15));
    CHECK(value("clamp(x, -1, 1)", x) == std::fmin(1, std::fmax(-1, x)));
    CHECK(value("sin(pi*x)", x) == std::sin(3.14159265358979323846 * x));
  }
}

TEST_CASE("any activation can be called in a formula, with its parameters", "[activation][text]") {
  for (const Activation& a : Activation::all()) {
    std::string arguments = "x - 0.25";
    for (const double p : a.parameters()) arguments += fmt::format(", {}", p);
    const std::string text = "2*" + std::string(a.name()) + "(" + arguments + ")";
    INFO(text);
    for (const double x : {-3.0, -0.5, 0.25, 1.0, 7.5}) CHECK(value(text, x) == Approx(2 * a.at(x - 0.25)).epsilon(1e-5));
  }
  CHECK(value("elu(x, 0.5)", -1) == 0.5 * std::expm1(-1.0));
  CHECK(value("elu(x)", -1) == std::expm1(-1.0));
  CHECK(value("leaky_relu(x, b); b~0.25", -2) == -0.5);
}

TEST_CASE("a formula prints in one spelling and reads back equal", "[activation][text]") {
  for (const std::string& text : well_formed) {
    INFO(text);
    const Activation read(parse_formula(text));
    INFO(read.to_string());
    const Activation again(parse_formula(read.to_string()));
    CHECK(again == read);
    CHECK(again.to_string() == read.to_string());
    CHECK(again.formula().program().instructions().size() == read.formula().program().instructions().size());
    for (const double x : {-2.5, -0.125, 0.5, 3.0}) {
      const double y = read.at(x), z = again.at(x);
      CHECK((y == z || (std::isnan(y) && std::isnan(z))));
    }
    for (const double v : {1.0 / 3, -1e-5, 12345.678901234567, -5e-324, 1.7976931348623157e308}) {
      const auto shared = parse_formula(text);
      const Activation changed(shared, std::vector<double>(shared->parameters().size(), v));
      INFO(changed.to_string());
      const Activation back = Activation::parse(changed.to_string());
      CHECK(back == changed);
      CHECK(back.parameters() == changed.parameters());
      CHECK((back == read) == read.parameters().empty());
    }
  }
  CHECK(Activation::parse(" x*sigmoid( b *x ) ;b ~ 1.70").to_string() == "x*sigmoid(b*x); b~1.7");
  CHECK(Activation::parse("x>0?x:-.1*x").to_string() == "x > 0 ? x : -0.1*x");
  CHECK(Activation::parse("x*b;b=1") == Activation::parse("x*b; b=1.0"));
  CHECK_FALSE(Activation::parse("x*b;b=1") == Activation::parse("x*b;b~1"));
  CHECK_FALSE(Activation::parse("x*b;b=1") == Activation::parse("b*x;b=1"));
}

TEST_CASE("parameters of a formula stand in the order of the text, with their defaults", "[activation][text]") {
  const Activation f = Activation::parse("a*x + t + c; c~-2; t=b*x^2; b=.5; a~1e-3");
  const auto parameters = f.formula().parameters();
  REQUIRE(parameters.size() == 3);
  CHECK(parameters[0].name == "c");
  CHECK(parameters[1].name == "b");
  CHECK(parameters[2].name == "a");
  CHECK(f.parameters() == std::vector<double>{-2, 0.5, 1e-3});
  CHECK(parameters[0].learnable);
  CHECK_FALSE(parameters[1].learnable);
  CHECK(f.learnable());
  CHECK(f.formula().is_text());
  CHECK(f.formula().catalogue_index() == -1);
  CHECK(Activation::parse("x*b; b=1").learnable() == false);
}

TEST_CASE("names are still names, and everything with an x of its own is a formula", "[activation][text][parse]") {
  for (const auto* name : {"relu", "Leaky-ReLU", "leaky relu", " LEAKY RELU (Slope = 2e-1)", "leaky_relu(-0.5)", "leakyrelu(+.2)",
                           "elu(alpha=1e+2)", "gelu_tanh", "elu()"})
    CHECK_FALSE(Activation::parse(name).formula().is_text());
  for (const auto* text : {"x", "x+1", "relu(x)", "tanh(2*x)", "max(0, x)", "elu(x, 0.5)", "X*2", "2x", "tanh(2x)", "relu+1", "y=2", "b;c"})
    CHECK(is_formula_text(text));
  for (const auto* text : {"relux", "xrelu", "max", "_x", "x2", "x_", "", " ", "exp", "elu(alpha=0.5)", "elu(-1e+5)", "hard-swish"})
    CHECK_FALSE(is_formula_text(text));
  CHECK_THROWS_WITH(Activation::parse("exp"), Catch::Contains("'exp'") && Catch::Contains("a formula must speak of x: exp(x)"));
  CHECK_THROWS_WITH(Activation::parse("pow(2)"), Catch::Contains("a formula must speak of x"));
}

TEST_CASE("a wrong formula is answered with the place, a caret under it and a hint", "[activation][text]") {
  const Wrong wrong = GENERATE(values<Wrong>({
      {"x*sigmod(x)", 2, "unknown name 'sigmod' (did you mean 'sigmoid'?)", "sigmod=1"},
      {"X + 1", 0, "unknown name 'X' (did you mean 'x'?)", ""},
      {"b*x", 0, "unknown name 'b'", "b~1"},
      {"x*(1 + x", 2, "never closed", ")"},
      {"tanh(x", 4, "never closed", ")"},
      {"tanh(x; b=1", 4, "never closed", ")"},
      {"x)", 1, "never opened", "leave it out"},
      {"()*x", 1, "nothing stands between", "belongs there"},
      {"2x", 1, "operator is missing", "write 2*x"},
      {"2(x)", 1, "operator is missing", "write 2*("},
      {"x x", 2, "operator is missing", "write x*x"},
      {"x*1.2.3", 5, "two numbers stand side by side", "one decimal point"},
      {"x**2", 1, "'**'", "x^2"},
      {"0<x<1", 3, "cannot be chained", "write 0 < x && x <"},
      {"x=1 ? x : 0", 1, "'=' does not compare", "=="},
      {"b=1; x", 1, "the expression comes first", "x*b; b=2"},
      {"max(x)", 0, "max takes 2 arguments, 1 given", ""},
      {"tanh()*x", 0, "tanh takes 1 argument, 0 given", ""},
      {"elu(x, 1, 2)", 0, "elu takes 1 to 2 arguments, 3 given", "write elu(x, alpha)"},
      {"select(x > 0, x)", 0, "select takes 3 arguments, 2 given", "select(condition, a, b)"},
      {"select(x, x, 1)", 7, "select needs a condition", "x > 0"},
      {"x*", 2, "the text ends where a value is needed", "belongs there"},
      {"*x", 0, "a value is missing before '*'", "belongs there"},
      {"max(x,)", 6, "a value is missing before ')'", "belongs there"},
      {"x*; b=1", 2, "a value is missing before ';'", "belongs there"},
      {"x @ 2", 2, "'@' has no meaning", "a formula is made of"},
      {"x & 1", 2, "'&' has no meaning", "&&"},
      {"|x|", 0, "'|' has no meaning", "abs(x)"},
      {"x[1]", 1, "'[' has no meaning", "round brackets"},
      {"x \xE2\x88\x92 1", 2, "byte \\xE2", "plain -"},
      {"x\x1b[31m", 1, "byte \\x1B", "a formula is made of"},
      {std::string("x\0y", 3), 1, "byte \\x00", "a formula is made of"},
      {"x*b; b=1; b=2", 10, "b is defined twice", "another name"},
      {"x; b=1", 3, "b is never used", "leave it out"},
      {"x; t=b*x; b=1", 3, "t is never used", "leave it out"},
      {"x*b; tanh=1", 5, "tanh has a meaning already", "another name"},
      {"x; x=2", 3, "x has a meaning already", "another name"},
      {"t*x; u=x; t=u", 12, "u is not known yet", "to its right"},
      {"t*x; t=t+1", 7, "t is not known yet", "to its right"},
      {"x*b; b~x", 7, "a learned parameter begins with a number", "b~1"},
      {"x*b;", 4, "a definition belongs after a semicolon", "b=1.7"},
      {"x*b; b", 5, "a definition belongs after a semicolon", "b=1.7"},
      {"x + 1e999", 4, "the number 1e999 does not fit", "double precision"},
      {"x + 1e-999", 4, "the number 1e-999 does not fit", "double precision"},
      {"x + log(-1)", 4, "not a finite number", "constants alone"},
      {"x + 1e300*1e300", 9, "not a finite number", "constants alone"},
      {"x/0", 1, "divides by zero", ""},
      {"x/(1 - 1)", 1, "divides by zero", ""},
      {"1 + 2", 0, "does not depend on x", "function of x"},
      {"b*2; b~1", 0, "does not depend on x", "function of x"},
      {"x > 0", 0, "a condition stands where a number is needed", "x > 0 ? 1 : 0"},
      {"(x > 0)*x", 0, "a condition stands where a number is needed", "(x > 0) ? 1 : 0"},
      {"tanh(x > 0)", 5, "a condition stands where a number is needed", "x > 0 ? 1 : 0"},
      {"x ? 1 : 2", 0, "? needs a condition", "x > 0"},
      {"x && 1 ? x : 0", 0, "&& needs a condition", "x > 0"},
      {"!x ? x : 0", 1, "! needs a condition", "!(x > 0)"},
      {"x > 0 ? x", 6, "this ? has no ':'", "a : b"},
      {"x : 1", 2, "this ':' has no '?'", "a : b"},
      {"x, 1", 1, "a comma stands only between", "0.5"},
      {"x if x > 0 else 0", 2, "'if' is no operator", "condition ? a : b"},
      {"x > 0 and x < 1 ? x : 0", 6, "'and' is no operator", "&&"},
      {"tanh*x", 0, "tanh is a function", "tanh(x)"},
      {"relu + x", 0, "relu is a function", "relu(x)"},
      {"x(3)", 0, "x is not a function", "x*("},
      {"b(x)*x; b=2", 0, "b is not a function", "b*("},
      {"x ! 2", 2, "'!' cannot stand here", ""},
      {"~x", 0, "a value is missing before '~'", ""},
  }));
  const std::string answer = complaint(wrong.text);
  INFO(wrong.text << "\n" << answer);
  const std::vector<std::string> lines = lines_of(answer);
  REQUIRE(lines.size() >= 3);
  CHECK_THAT(lines[0], Catch::StartsWith("formula: ") && Catch::Contains(wrong.what));
  CHECK(lines[1].size() == 2 + wrong.text.size());
  CHECK(lines[2] == std::string(2 + wrong.place, ' ') + "^");
  CHECK(lines.size() == (wrong.hint.empty() && lines.size() == 3 ? 3 : 4));
  if (!wrong.hint.empty()) CHECK_THAT(lines.back(), Catch::Contains(wrong.hint));
  for (const char c : answer) CHECK((c == '\n' || (c >= ' ' && c <= '~')));
}

TEST_CASE("of a long text a message shows what stands around the caret", "[activation][text]") {
  std::string text = "x";
  for (int i = 0; i < 60; ++i) text += "+x*x";
  text.insert(120, " @ ");
  const std::vector<std::string> lines = lines_of(complaint(text));
  REQUIRE(lines.size() == 4);
  CHECK(lines[1].size() <= 2 + 66);
  CHECK(lines[1].substr(2, 3) == "...");
  CHECK(lines[1][lines[2].find('^')] == '@');
}

TEST_CASE("hostile texts get one clear answer, at once", "[activation][text]") {
  const auto repeated = [](std::string_view part, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += part;
    return text;
  };
  const auto [text, expected] = GENERATE_COPY(table<std::string, std::string>({
      {std::string(1 << 20, 'x'), "1048576 characters, more than 1000"},
      {std::string(1 << 20, '('), "characters, more than 1000"},
      {repeated("x^", 100000) + "x", "characters, more than 1000"},
      {repeated("(", 400) + "x" + repeated(")", 400), "nested deeper than 64"},
      {repeated("tanh(", 150) + "x" + repeated(")", 150), "nested deeper than 64"},
      {repeated("(", 990) + "x", "nested deeper than 64"},
      {repeated("-", 990) + "x", "nested deeper than 64"},
      {repeated("!", 990) + "x", "nested deeper than 64"},
      {repeated("x^", 499) + "x", "nested deeper than 64"},
      {repeated("x>0?1:", 150) + "x", "nested deeper than 64"},
      {"x*t; t=" + repeated("(", 65) + "x" + repeated(")", 65), "nested deeper than 64"},
      {"x+a+b+c+d+f+g+h+i+j;a=1;b=1;c=1;d=1;f=1;g=1;h=1;i=1;j=1", "9 parameters, at most 8"},
      {repeated("mish(", 60) + "x" + repeated(")", 60), "a formula of more than 512 steps"},
      {repeated("x+", 300) + "x", "written out, the text has 1201 characters"},
      {repeated(" ", 998) + "x", "(accepted)"},
      {repeated("(", 64) + "x" + repeated(")", 64), "(accepted)"},
  }));
  const std::clock_t start = std::clock();
  const std::string answer = complaint(text);
  const double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
  CHECK_THAT(answer, Catch::Contains(expected));
  CHECK(answer.size() < 400);
  CHECK(seconds < 1);
  CHECK_THROWS_AS((Activation::parse(text), throw UsageError("accepted")), UsageError);
}

}  // namespace seegrad::test
