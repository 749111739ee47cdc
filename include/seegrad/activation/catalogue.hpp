// The catalogue: the families' lists joined into one, and each formula's place in it. Few need to include it: names are found by
// Activation::parse(), and a family's header is enough for its structs.
#pragma once

#include "seegrad/activation/elementary.hpp"
#include "seegrad/activation/gated.hpp"
#include "seegrad/activation/linear_units.hpp"
#include "seegrad/activation/rectifiers.hpp"
#include "seegrad/activation/shrinks.hpp"
#include "seegrad/activation/sigmoids.hpp"
#include "seegrad/activation/waves.hpp"

namespace seegrad {

template <class... Families>
struct FamilyList {
  using Formulas = Joined<Families...>;
};

/// Every activation that the library offers by name.
using Catalogue = Joined<Rectifiers, LinearUnits, Sigmoids, Gated, Shrinks, Waves>;
/// Everything that has compiled kernels: the catalogue, then the elementary functions. Kernel tables follow this order.
using CompiledFamilies = FamilyList<Rectifiers, LinearUnits, Sigmoids, Gated, Shrinks, Waves, Elementary>;
using CompiledFormulas = CompiledFamilies::Formulas;

namespace detail {

template <class F, class... G>
constexpr int index_in(FormulaList<G...>) {
  int index = 0;
  const bool found = ((std::is_same_v<F, G> || (++index, false)) || ...);
  return found ? index : -1;
}

}  // namespace detail

/// F's place in CompiledFormulas, -1 for a formula of the user's own; for those who know the list. Others: catalogue_place().
template <class F>
inline constexpr int catalogue_index = detail::index_in<F>(CompiledFormulas{});

/// The formulas of CompiledFormulas in order: element i has catalogue_index() == i. The activations come first.
std::span<const Formula* const> compiled_formulas();

}  // namespace seegrad
