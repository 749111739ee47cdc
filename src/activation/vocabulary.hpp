// What can stand before brackets in a formula that is typed: the words of the scalar vocabulary, and activations.
#pragma once

#include "seegrad/activation/trace.hpp"

#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace seegrad::formula_text {

struct Function {
  std::string_view name;
  int arguments = 1;
  std::function<Symbol(std::span<const Symbol>)> apply;
};

/// The vocabulary without `select`, whose first argument is a condition.
const std::vector<Function>& vocabulary();
/// The function of this name in the vocabulary; null when there is none.
const Function* find_function(std::string_view name);
/// Whether a word means something already, so that no parameter can have it for its name.
bool is_reserved(std::string_view name);

/// base^exponent; e^u is exp(u), and a whole exponent up to 16 is made of multiplications.
Symbol power(Symbol base, Symbol exponent);

/// The formula's program written into the current trace, with x and the parameters replaced.
Symbol inlined(const Formula& formula, Symbol x, std::span<const Symbol> parameters);

}  // namespace seegrad::formula_text
