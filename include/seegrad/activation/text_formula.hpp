// Formulas that are typed, not compiled: --activation 'x*sigmoid(b*x); b~1.7'.
//
//     formula     = expression { ";" definition }
//     definition  = name "=" [sign] number        a parameter
//                 | name "~" [sign] number        a parameter that is learned, from this value on
//                 | name "=" expression           a part that is used by this name
//     expression  = either [ "?" expression ":" expression ]
//     either      = both { "||" both }
//     both        = comparison { "&&" comparison }
//     comparison  = sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]
//     sum         = product { ("+" | "-") product }
//     product     = unary { ("*" | "/") unary }
//     unary       = ("-" | "+" | "!") unary | power
//     power       = primary [ "^" unary ]         so -x^2 is -(x^2), and 2^3^2 is 2^9
//     primary     = number | "x" | "pi" | "e" | name | name "(" expression { "," expression } ")" | "(" expression ")"
//
// Conditions and numbers are two kinds of values: `x > 0 ? x : 0` is right, `(x > 0)*x` is not. What stands before brackets are
// the words of math/scalar.hpp (abs ... tanh, min, max, clamp, gate, select; Phi, phi and ln are aliases) and every
// activation that has a name, with x and then its parameters: elu(x, 0.5). A definition may use x and definitions to its
// right. Whole exponents up to 16 become multiplications, and e^u is exp(u).
#pragma once

#include "seegrad/activation/formula.hpp"
#include "seegrad/activation/program.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad {

/// What a hostile text runs into before it costs anything.
struct TextFormulaLimits {
  static constexpr std::size_t characters = 1000, depth = 64, parameters = 8, steps = 512;
};

/// A formula that was read from a text. Its name is the text in canonical spelling, with the parameters' default values.
class TextFormula final : public Formula {
 public:
  /// Throws UsageError of several lines when the text is no formula: what is wrong, the text with a caret under the place,
  /// and what to write instead.
  explicit TextFormula(std::string_view text);

  const Program& program() const override { return program_; }
  /// The text with other values in its definitions; it reads back as this formula with those values.
  std::string text(std::span<const double> values) const;

 private:
  void run(const ElementwiseCall<float>& call, Derivative derivative) const override;
  void run(const ElementwiseCall<double>& call, Derivative derivative) const override;

  Program program_;
  std::vector<std::string> pieces_, names_;  // the text around the values of the parameters; their names
  std::vector<Parameter> parameters_;
  std::string text_;
};

/// The formula that the text says. Throws UsageError like the constructor.
std::shared_ptr<const Formula> parse_formula(std::string_view text);

/// Whether a text is meant as a formula and not as a name: it speaks of x, or has an operator that names cannot have.
bool is_formula_text(std::string_view text);

}  // namespace seegrad
