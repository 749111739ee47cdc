// Elementary functions for ops of the same name. They are formulas like any other (kernels and derivatives follow),
// but nobody would put them between two layers, so they are not offered as activations.
#pragma once

#include "seegrad/activation/formula.hpp"

namespace seegrad {

struct Exp {
  static constexpr std::string_view name = "exp", mathematics = "e^x";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return exp(x);
  }
};

struct Log {
  static constexpr std::string_view name = "log", mathematics = "natural logarithm of x";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return log(x);
  }
};

struct Sqrt {
  static constexpr std::string_view name = "sqrt", mathematics = "square root of x";
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

struct Abs {
  static constexpr std::string_view name = "abs", mathematics = "|x|";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return abs(x);
  }
};

/// For clipping gradients by value.
struct Clamp {
  static constexpr std::string_view name = "clamp", mathematics = "x, but at least lower and at most upper";
  static constexpr std::array parameters{Parameter{"lower", -1}, Parameter{"upper", 1}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T lower, T upper) const {
    return clamp(x, lower, upper);
  }
};

using Elementary = FormulaList<Exp, Log, Sqrt, Pow, Abs, Clamp>;

}  // namespace seegrad
