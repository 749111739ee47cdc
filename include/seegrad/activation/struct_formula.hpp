// From a struct to a Formula: everything that follows from the one operator() of the struct F.
#pragma once

#include "seegrad/activation/trace.hpp"

#include <typeinfo>

namespace seegrad {

/// The place of a struct among the formulas that have compiled kernels (Formula::catalogue_index()); -1 when it has none.
int catalogue_place(const std::type_info& formula_struct);

namespace detail {

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

/// The struct F as a Formula: its portable loops and its trace.
template <class F>
class StructFormula final : public Formula {
 public:
  StructFormula()
      : Formula({.name = F::name,
                 .mathematics = F::mathematics,
                 .aliases = aliases_of<F>(),
                 .parameters = parameters_of<F>(),
                 .catalogue_index = catalogue_place(typeid(F)),
                 .slope_from_value = has_slope_from_value()}) {}

  const Program& program() const override {
    static const Program traced = trace<F>();
    return traced;
  }

 private:
  static constexpr bool has_slope_from_value() {
    if constexpr (requires { F::slope_from_value; })
      return F::slope_from_value;
    else
      return false;
  }
  void run(const ElementwiseCall<float>& call, Derivative derivative) const override { detail::run_portable<F>(call, derivative); }
  void run(const ElementwiseCall<double>& call, Derivative derivative) const override { detail::run_portable<F>(call, derivative); }
};

/// The one Formula of the struct F.
template <class F>
const Formula& formula_of() {
  static const StructFormula<F> formula;
  return formula;
}

}  // namespace seegrad
