// Typed formulas for those who compute with them or turn them into other things: between them they use every word of the vocabulary,
// every kind of definition, and constants and conditions in all places.
#pragma once
#include <string>
#include <vector>

namespace seegrad::test {

/// Smooth between -3 and 3, except where they jump or bend at 0 and +-1.
inline const std::vector<std::string>& smooth_formula_texts() {
  static const std::vector<std::string> all{
      "x*sigmoid(b*x); b~1.7",
      "a*x + b*tanh(c*x); a~0.5; b~-2; c~0.75",
      "x > 0 ? x : a*expm1(x/a); a~1.5",
      "x*tanh(softplus(x))",
      "gate(x, Phi(b*x)) + phi(x); b~0.9",
      "x*exp(-x^2/2) + erf(x)*erfc(x/2)",
      "asinh(b*x)*atan(x) + cos(x); b~2",
      "(x^2 + b)^0.5 - log1p(x^2); b~1",
      "x + sin(a*x)^2/a; a~1.25",
      "t*u; t=1 + tanh(k*u); u=x - c; k~0.8; c~0.125",
      "abs(x) < 1 ? x^3 : clamp(x, -1, 1)",
      "gelu(2*x) - mish(x)^2 + elu(x, a); a~0.7",
      "log(x^2 + 1)/(2 + normal_pdf(x)) + x^-3*0.001",
      "pow(x^2 + 0.5, p); p~1.3",
  };
  return all;
}

/// These, and rougher ones.
inline const std::vector<std::string>& formula_texts() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> texts = smooth_formula_texts();
    for (const char* rough : {
             "x^p; p~0.5",
             "sqrt(abs(x)) + sign(x)*softplus(-x)",
             "min(x, a)*max(x, -a); a=0.5",
             "straight_through(x > 0 ? 1 : 0, clamp(x, -1, 1))",
             "x < -1 || x > 1 && !(x == 2) ? x : -x",
             "x <= -0.5 ? -1 : x >= 0.5 ? 1 : x != 0 ? 2*x : 0",
             "!(x > 0) && x > -1 || x == 3 ? a*x : x/a; a~3",
             "x",
             "-x",
             "select(x > 0.1, 1/x, -0)",
             "0.1 + 1e-320*x + 5e-324",
             "rrelu(x) + step(x) + snake(x)",
         })
      texts.emplace_back(rough);
    return texts;
  }();
  return all;
}

}  // namespace seegrad::test
