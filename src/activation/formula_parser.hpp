// Reads a typed formula (grammar: text_formula.hpp) by computing with Symbols, so that its program appears on the way.
#pragma once

#include "activation/formula_tokens.hpp"
#include "seegrad/activation/program.hpp"
#include "seegrad/activation/trace.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace seegrad::formula_text {

struct ParsedParameter {
  std::string name;
  double value = 0;
  bool learnable = false;
};

/// The canonical text is pieces[0], the first parameter's value, pieces[1], the second one's, ..., pieces.back().
struct ParsedFormula {
  Program program;
  std::vector<ParsedParameter> parameters;
  std::vector<std::string> pieces;
};

/// Throws UsageError of several lines.
ParsedFormula parse(std::string_view text);

}  // namespace seegrad::formula_text
