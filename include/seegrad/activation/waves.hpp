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

/// x with a ripple of learned frequency (Liu, Hartwig and Ueda 2020, arXiv:2006.08195). With u = a x the ripple sin^2(u)/a is
/// (1 - cos 2u)/(2a), whose derivatives are single sines and cosines. Near 0 that cancels, and there it is x u times the
/// Taylor series of sin^2(u)/u^2, which also serves a = 0.
struct Snake {
  static constexpr std::string_view name = "snake", mathematics = "x + sin(a*x)^2/a";
  static constexpr std::array parameters{Parameter{"a", 1, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T a) const {
    // (-1)^n 2^(2n+1)/(2n+2)!, highest first; what is left out is below 1e-18 up to u = 1/2.
    constexpr double coefficients[] = {
        2.0 / 97692469875, -1.0 / 638512875, 4.0 / 42567525, -2.0 / 467775, 2.0 / 14175, -1.0 / 315, 2.0 / 45, -1.0 / 3, 1.0};
    const T u = a * x, z = u * u;
    T series = T(0);
    for (const double c : coefficients) series = series * z + T(c);
    return x + select(abs(u) < T(0.5), x * u * series, (T(1) - cos(T(2) * u)) / (T(2) * a));
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
