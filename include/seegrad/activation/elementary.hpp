// Elementary functions for ops of the same name. They are formulas like any other (kernels and derivatives follow),
// but nobody would put them between two layers, so they are not offered as activations. (Abs is one: rectifiers.hpp.)
#pragma once

#include "seegrad/activation/formula.hpp"

namespace seegrad {

struct Exp {
  static constexpr std::string_view name = "exp", mathematics = "exp(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return exp(x);
  }
};

struct Log {
  static constexpr std::string_view name = "log", mathematics = "log(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return log(x);
  }
};

struct Sqrt {
  static constexpr std::string_view name = "sqrt", mathematics = "sqrt(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return sqrt(x);
  }
};

struct Pow {
  static constexpr std::string_view name = "pow", mathematics = "x^exponent";
  static constexpr std::array parameters{Parameter{"exponent", 2, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T exponent) const {
    return pow(x, exponent);
  }
};

/// For clipping gradients by value.
struct Clamp {
  static constexpr std::string_view name = "clamp", mathematics = "clamp(x, lower, upper)";
  static constexpr std::array parameters{Parameter{"lower", -1}, Parameter{"upper", 1}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T lower, T upper) const {
    return clamp(x, lower, upper);
  }
};

using Elementary = FormulaList<Exp, Log, Sqrt, Pow, Clamp>;

}  // namespace seegrad
