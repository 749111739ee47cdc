// One struct that stands for every formula in turn, so that a kernel's template is compiled once for a number of parameters and not once
// for a formula: its operator() calls the formula that was chosen last, for numbers and for duals alike.
#pragma once
#include "seegrad/activation/catalogue.hpp"
#include "seegrad/activation/struct_formula.hpp"

namespace seegrad::test {

template <int parameters>
struct ChosenFormula {
  template <class T, class... P>
  static inline T (*chosen)(T, P...) = nullptr;

  template <class T, class... P>
  T operator()(T x, P... values) const {
    static_assert(sizeof...(P) == parameters);
    return chosen<T, P...>(x, values...);
  }
};

namespace detail {

/// T, once for each I of a pack.
template <class T, std::size_t I>
using Each = std::enable_if_t<(I + 1 > 0), T>;

template <class F, class T, std::size_t... I>
void choose_for(std::index_sequence<I...>) {
  constexpr int parameters = static_cast<int>(sizeof...(I));
  ChosenFormula<parameters>::template chosen<T, Each<T, I>...> = [](T x, Each<T, I>... p) { return F{}(x, p...); };
}

}  // namespace detail

/// From now on ChosenFormula computes F.
template <class F>
void choose() {
  constexpr auto indices = std::make_index_sequence<static_cast<std::size_t>(parameter_count<F>)>{};
  const auto for_type = [&]<class T>(T) {
    detail::choose_for<F, T>(indices);
    detail::choose_for<F, Dual<T>>(indices);
    detail::choose_for<F, Dual<Dual<T>>>(indices);
  };
  for_type(float{});
  for_type(double{});
}

/// Calls visit.operator()<F>() for every formula of the catalogue and every elementary function.
template <class Visit>
void for_each_formula(Visit&& visit) {
  [&]<class... F>(FormulaList<F...>) { (visit.template operator()<F>(), ...); }(CompiledFormulas{});
}

}  // namespace seegrad::test
