// The names that activations go by, for the readers in this room.
#pragma once

#include "seegrad/activation/formula.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace seegrad::detail {

/// The activation of this name or alias, null when there is none.
const Formula* find_formula(std::string_view name);
/// All names and aliases.
std::vector<std::string> formula_names();

}  // namespace seegrad::detail
