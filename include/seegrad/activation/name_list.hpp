// "relu,elu(alpha=0.5),x*sigmoid(x)": several names in one text, as flags of programs have them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace seegrad {

/// What stands between the commas; a comma inside brackets belongs to what it stands in. Nothing is checked: "relu,,tanh" has an empty
/// name, and what follows a bracket without an end is one name. Whoever reads the names says what is wrong with them.
std::vector<std::string> names_in(std::string_view list);

}  // namespace seegrad
