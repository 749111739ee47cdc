#include "seegrad/activation/text_formula.hpp"

#include "activation/formula_parser.hpp"
#include "activation/interpreter.hpp"
#include "math/call_text.hpp"
#include "seegrad/math/error.hpp"

#include <fmt/format.h>

namespace seegrad {
namespace {

using formula_text::is_digit;
using formula_text::is_letter;

/// Whether x stands on its own from `at` on; 2x counts, since only a formula can have been meant.
bool is_lone_x(std::string_view text, std::size_t at) {
  if (text[at] != 'x' || (at + 1 < text.size() && (is_letter(text[at + 1]) || is_digit(text[at + 1])))) return false;
  while (at > 0 && is_digit(text[at - 1])) --at;
  return at == 0 || !is_letter(text[at - 1]);
}

}  // namespace

TextFormula::TextFormula(std::string_view text) : Formula({}) {
  constexpr std::size_t longest_number = 24;  // -2.2250738585072014e-308
  formula_text::ParsedFormula parsed = formula_text::parse(text);
  program_ = std::move(parsed.program);
  pieces_ = std::move(parsed.pieces);
  std::vector<double> values;
  for (formula_text::ParsedParameter& p : parsed.parameters) {
    names_.push_back(std::move(p.name));
    values.push_back(p.value);
  }
  for (std::size_t i = 0; i < names_.size(); ++i) parameters_.push_back({names_[i], values[i], parsed.parameters[i].learnable});
  text_ = this->text(values);
  // What is printed must read back, whatever training makes of the values.
  std::size_t longest = names_.size() * longest_number;
  for (const std::string& piece : pieces_) longest += piece.size();
  if (longest > TextFormulaLimits::characters)
    throw UsageError(fmt::format("formula: written out, the text has {} characters, more than {}", longest, TextFormulaLimits::characters));
  set_about({.name = text_, .mathematics = text_, .aliases = {}, .parameters = parameters_, .is_text = true});
}

std::string TextFormula::text(std::span<const double> values) const {
  std::string all = pieces_.front();
  for (std::size_t i = 0; i + 1 < pieces_.size(); ++i) all += call_text::shortest(values[i]) + pieces_[i + 1];
  return all;
}

void TextFormula::run(const ElementwiseCall<float>& call, Derivative derivative) const { detail::interpret(program_, call, derivative); }
void TextFormula::run(const ElementwiseCall<double>& call, Derivative derivative) const { detail::interpret(program_, call, derivative); }

std::shared_ptr<const Formula> parse_formula(std::string_view text) { return std::make_shared<TextFormula>(text); }

bool is_formula_text(std::string_view text) {
  if (text.find_first_of("*/^?:;<>!&|~") != std::string_view::npos) return true;
  // In brackets + belongs to a number and = to a parameter's name.
  if (text.substr(0, text.find('(')).find_first_of("+=") != std::string_view::npos) return true;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (is_lone_x(text, i)) return true;
  return false;
}

}  // namespace seegrad
