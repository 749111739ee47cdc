// The catalogue: the families' lists joined into one, and each formula's place in it.
#pragma once

#include "seegrad/activation/elementary.hpp"
#include "seegrad/activation/gated.hpp"
#include "seegrad/activation/linear_units.hpp"
#include "seegrad/activation/rectifiers.hpp"
#include "seegrad/activation/shrinks.hpp"
#include "seegrad/activation/sigmoids.hpp"
#include "seegrad/activation/trace.hpp"
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

// The portable loop: any F, any derivative, plain numbers.
template <class F, class T>
void run_portable(const ElementwiseCall<T>& call, Derivative derivative) {
  visit_derivative<F>(
      derivative, [&]<int... Directions>() {
        constexpr std::size_t n = std::size_t(parameter_count<F>);
        for (std::size_t i = 0; i < call.count; ++i) {
          std::array<T, n + 1> parameters{};  // one spare: an array of no elements has no data
          for (std::size_t p = 0; p < n; ++p) parameters[p] = call.parameters[p][call.parameters_per_element ? i : 0];
          const T y = seegrad::evaluate<F, Directions...>(call.x[i], parameters.data());
          call.y[i] = call.scale ? call.scale[i] * y : y;
        }
      });
}

}  // namespace detail

/// F's place in CompiledFormulas, -1 for a formula of the user's own.
template <class F>
inline constexpr int catalogue_index = detail::index_in<F>(CompiledFormulas{});

/// The struct F as a Formula: its portable loops and its trace.
template <class F>
class StructFormula final : public Formula {
 public:
  StructFormula()
      : Formula({.name = F::name,
                 .mathematics = F::mathematics,
                 .aliases = aliases_of<F>(),
                 .parameters = parameters_of<F>(),
                 .catalogue_index = seegrad::catalogue_index<F>}) {}

  const Program& program() const override {
    static const Program traced = trace<F>();
    return traced;
  }

 private:
  void run(const ElementwiseCall<float>& call, Derivative derivative) const override { detail::run_portable<F>(call, derivative); }
  void run(const ElementwiseCall<double>& call, Derivative derivative) const override { detail::run_portable<F>(call, derivative); }
};

/// The one Formula of the struct F.
template <class F>
const Formula& formula_of() {
  static const StructFormula<F> formula;
  return formula;
}

/// The formulas of CompiledFormulas in order: element i has catalogue_index() == i. The activations come first.
std::span<const Formula* const> compiled_formulas();

}  // namespace seegrad
