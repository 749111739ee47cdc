// The formulas of the catalogue as objects; their portable loops are instantiated here.
#include "seegrad/activation/catalogue.hpp"

namespace seegrad {
namespace {

template <class... F>
std::span<const Formula* const> objects(FormulaList<F...>) {
  static const std::array<const Formula*, sizeof...(F)> all{&formula_of<F>()...};
  return all;
}

}  // namespace

std::span<const Formula* const> compiled_formulas() { return objects(CompiledFormulas{}); }

}  // namespace seegrad
