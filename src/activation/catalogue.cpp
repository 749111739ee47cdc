// The formulas of the catalogue as objects; their portable loops are instantiated here.
#include "seegrad/activation/catalogue.hpp"

#include "seegrad/activation/struct_formula.hpp"

#include <algorithm>

namespace seegrad {
namespace {

template <class... F>
std::span<const Formula* const> objects(FormulaList<F...>) {
  static const std::array<const Formula*, sizeof...(F)> all{&formula_of<F>()...};
  return all;
}

template <class... F>
int place_among(const std::type_info& wanted, FormulaList<F...>) {
  const std::array<const std::type_info*, sizeof...(F)> types{&typeid(F)...};
  const auto found = std::find_if(types.begin(), types.end(), [&](const std::type_info* type) { return *type == wanted; });
  return found == types.end() ? -1 : int(found - types.begin());
}

}  // namespace

int catalogue_place(const std::type_info& formula_struct) { return place_among(formula_struct, CompiledFormulas{}); }

std::span<const Formula* const> compiled_formulas() { return objects(CompiledFormulas{}); }

}  // namespace seegrad
