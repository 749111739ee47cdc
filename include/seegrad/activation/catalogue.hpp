// The catalogue: the families' lists joined into one, and each formula's place in it.
#pragma once

#include "seegrad/activation/elementary.hpp"
#include "seegrad/activation/gated.hpp"
#include "seegrad/activation/rectifiers.hpp"
#include "seegrad/activation/sigmoids.hpp"

namespace seegrad {

/// Every activation that the library offers by name.
using Catalogue = Joined<Rectifiers, Sigmoids, Gated>;
/// Everything that has compiled kernels: the catalogue, then the elementary functions. Kernel tables follow this order.
using CompiledFormulas = Joined<Catalogue, Elementary>;

namespace detail {

template <class F, class... G>
constexpr int index_in(FormulaList<G...>) {
  int index = 0;
  const bool found = ((std::is_same_v<F, G> || (++index, false)) || ...);
  return found ? index : -1;
}

}  // namespace detail

/// F's place in CompiledFormulas, -1 for a formula of the user's own.
template <class F>
inline constexpr int catalogue_index = detail::index_in<F>(CompiledFormulas{});

/// The one Formula of the struct F.
template <class F>
const Formula& formula_of() {
  static const Formula formula(std::type_identity<F>{}, catalogue_index<F>);
  return formula;
}

/// The formulas of CompiledFormulas in order: element i has catalogue_index() == i. The activations come first.
std::span<const Formula* const> compiled_formulas();

}  // namespace seegrad
