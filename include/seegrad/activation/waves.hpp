// Waves: curves that go up and down. Sine, snake and gcu have no limit at infinity and yield NaN there.
#pragma once

#include "seegrad/activation/formula.hpp"

namespace seegrad {

struct Gaussian {
  static constexpr std::string_view name = "gaussian", mathematics = "exp(-x^2)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return exp(-(x * x));
  }
};

/// Sitzmann et al. 2020 (SIREN), arXiv:2006.09661.
struct Sine {
  static constexpr std::string_view name = "sine", mathematics = "sin(omega*x)";
  static constexpr std::array aliases{std::string_view("siren")};
  static constexpr std::array parameters{Parameter{"omega", 30}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T omega) const {
    return sin(omega * x);
  }
};

/// x with a ripple of learned frequency (Liu, Hartwig and Ueda 2020, arXiv:2006.08195). Should a come to be 0, the first
/// term of the series in a takes over.
struct Snake {
  static constexpr std::string_view name = "snake", mathematics = "x + sin(a*x)^2/a";
  static constexpr std::array parameters{Parameter{"a", 1, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T a) const {
    const T s = sin(a * x);
    return x + select(a == T(0), gate(x * x, a), s * s / a);
  }
};

/// Growing cosine unit (Noel et al. 2021, arXiv:2108.12943).
struct Gcu {
  static constexpr std::string_view name = "gcu", mathematics = "x*cos(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return x * cos(x);
  }
};

using Waves = FormulaList<Gaussian, Sine, Snake, Gcu>;

}  // namespace seegrad
