// Shrinks: little or nothing near zero, x or a shifted x far from it. They come from denoising, where small values are noise.
#pragma once

#include "seegrad/activation/formula.hpp"

namespace seegrad {

/// Near 0 the difference cancels. There the continued fraction tanh x = x/(1 + x^2/(3 + x^2/(5 + ...))) (Lambert 1770), cut
/// off at 13, gives x - tanh x as x^3 times a ratio of polynomials in x^2, right to 1e-17 in f and f' up to 1/2.
struct Tanhshrink {
  static constexpr std::string_view name = "tanhshrink", mathematics = "x - tanh(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const T z = x * x;
    const T above = T(675675) + z * (T(45045) + z * (T(594) + z));
    const T below = T(2027025) + z * (T(945945) + z * (T(51975) + z * (T(630) + z)));
    return select(abs(x) < T(0.5), x * z * (above / below), x - tanh(x));
  }
};

struct Softshrink {
  static constexpr std::string_view name = "softshrink", mathematics = "x > lambda ? x - lambda : (x < -lambda ? x + lambda : 0)";
  static constexpr std::array parameters{Parameter{"lambda", 0.5, false, 0}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T lambda) const {
    return select(x > lambda, x - lambda, select(x < -lambda, x + lambda, T(0)));
  }
};

struct Hardshrink {
  static constexpr std::string_view name = "hardshrink", mathematics = "abs(x) > lambda ? x : 0";
  static constexpr std::array parameters{Parameter{"lambda", 0.5, false, 0}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T lambda) const {
    return select(abs(x) > lambda, x, T(0));
  }
};

using Shrinks = FormulaList<Tanhshrink, Softshrink, Hardshrink>;

}  // namespace seegrad
