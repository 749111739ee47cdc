// Gated activations: x times a gate that opens from 0 to 1. The word gate() keeps a shut gate shut at x = -inf.
#pragma once

#include "seegrad/activation/formula.hpp"

namespace seegrad {

/// Elfwing et al. 2017, arXiv:1702.03118; Swish-1 of Ramachandran et al. 2017.
struct Silu {
  static constexpr std::string_view name = "silu", mathematics = "x*sigmoid(x)";
  static constexpr std::array aliases{std::string_view("swish_1")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return gate(x, sigmoid(x));
  }
};

/// Silu that learns how sharp its gate is (Ramachandran et al. 2017, arXiv:1710.05941).
struct Swish {
  static constexpr std::string_view name = "swish", mathematics = "x*sigmoid(beta*x), beta learned";
  static constexpr std::array parameters{Parameter{"beta", 1, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T beta) const {
    return gate(x, sigmoid(beta * x));
  }
};

/// Hendrycks and Gimpel 2016, arXiv:1606.08415: x weighted by the probability that a standard normal is below it.
struct Gelu {
  static constexpr std::string_view name = "gelu", mathematics = "x*Phi(x), Phi the normal distribution";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return gate(x, normal_cdf(x));
  }
};

/// The approximation of gelu that GPT-2 made popular: (1 + tanh u)/2 is sigmoid(2u). The polynomial's argument is
/// clamped where the gate has long been shut, so that x^3 cannot overflow.
struct GeluTanh {
  static constexpr std::string_view name = "gelu_tanh", mathematics = "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))/2";
  static constexpr std::array aliases{std::string_view("gelu_new"), std::string_view("gelu_approximate")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const T c = clamp(x, T(-32), T(32));
    return gate(x, sigmoid(c * (T(1.5957691216057307117) + T(0.071354816272600245) * (c * c))));
  }
};

/// x*tanh(softplus(x)) (Misra 2019, arXiv:1908.08681) with one exponential. For n = e^x (e^x + 2) the gate is
/// n/(n + 2); to the right of zero it is written as 1 - 2u^2/(1 + 2u + 2u^2) with u = e^-x, so that neither the
/// exponential overflows nor the gate's slope drowns in rounding. Both sides switch on one condition: no seam.
struct Mish {
  static constexpr std::string_view name = "mish", mathematics = "x*tanh(log(1 + e^x))";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const auto right = x > T(0);
    const T e = exp(select(right, -x, x));
    const T n = select(right, T(2) * e * e, e * (e + T(2)));
    const T ratio = n / select(right, n + (T(1) + T(2) * e), n + T(2));
    return gate(x, select(right, T(1) - ratio, ratio));
  }
};

using Gated = FormulaList<Silu, Swish, Gelu, GeluTanh, Mish>;

}  // namespace seegrad
