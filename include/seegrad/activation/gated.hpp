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
  static constexpr std::string_view name = "swish", mathematics = "x*sigmoid(beta*x)";
  static constexpr std::array parameters{Parameter{"beta", 1, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T beta) const {
    return gate(x, sigmoid(beta * x));
  }
};

/// Silu, steeper (Alcaide 2018, arXiv:1801.07145).
struct ESwish {
  static constexpr std::string_view name = "e_swish", mathematics = "beta*x*sigmoid(x)";
  static constexpr std::array parameters{Parameter{"beta", 1.5}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T beta) const {
    return gate(beta * x, sigmoid(x));
  }
};

/// Hendrycks and Gimpel 2016, arXiv:1606.08415: x weighted by the probability that a standard normal is below it.
struct Gelu {
  static constexpr std::string_view name = "gelu", mathematics = "x*normal_cdf(x)";
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

/// The sigmoid that comes near gelu (Hendrycks and Gimpel 2016, section 2).
struct QuickGelu {
  static constexpr std::string_view name = "quick_gelu", mathematics = "x*sigmoid(1.702*x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return gate(x, sigmoid(T(1.702) * x));
  }
};

/// x*tanh(softplus(x)) (Misra 2019, arXiv:1908.08681) with one exponential. For n = e^x (e^x + 2) the gate is
/// n/(n + 2); to the right of zero it is written as 1 - 2u^2/(1 + 2u + 2u^2) with u = e^-x, so that neither the
/// exponential overflows nor the gate's slope drowns in rounding. Both sides switch on one condition: no seam.
struct Mish {
  static constexpr std::string_view name = "mish", mathematics = "x*tanh(softplus(x))";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const auto right = x > T(0);
    const T e = exp(select(right, -x, x));
    const T n = select(right, T(2) * e * e, e * (e + T(2)));
    const T ratio = n / select(right, n + (T(1) + T(2) * e), n + T(2));
    return gate(x, select(right, T(1) - ratio, ratio));
  }
};

/// Liu and Di 2020, arXiv:2003.09855. Where e^x overflows, tanh has long been 1 and its slope exactly 0.
struct Tanhexp {
  static constexpr std::string_view name = "tanhexp", mathematics = "x*tanh(exp(x))";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return gate(x, tanh(exp(x)));
  }
};

/// x*hardsigmoid(x) (Howard et al. 2019, arXiv:1905.02244). At the kinks the slope is that of the outer pieces.
struct Hardswish {
  static constexpr std::string_view name = "hardswish", mathematics = "x >= 3 ? x : (x <= -3 ? 0 : x*(x + 3)/6)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return select(x >= T(3), x, select(x <= T(-3), T(0), x * (x + T(3)) / T(6)));
  }
};

/// Roy et al. 2019, arXiv:1901.05894: even, never negative, and its slope changes sign with x.
struct Lisht {
  static constexpr std::string_view name = "lisht", mathematics = "x*tanh(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return gate(x, tanh(x));
  }
};

/// "Activate or not" (Ma et al. 2021, arXiv:2009.04759): between the lines p1*x and p2*x, and learns both and how sharply
/// it changes from one to the other. Each line has its own gate, which is the paper's formula without its cancellation, and x
/// comes in last, so that a slope of 0 wins over an infinite x.
struct AconC {
  static constexpr std::string_view name = "acon_c", mathematics = "(p1 - p2)*x*sigmoid(beta*(p1 - p2)*x) + p2*x";
  static constexpr std::array aliases{std::string_view("acon")};
  static constexpr std::array parameters{Parameter{"p1", 1, true}, Parameter{"p2", 0, true}, Parameter{"beta", 1, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T p1, T p2, T beta) const {
    const T u = gate(x, beta * (p1 - p2));
    return gate(x, p1 * sigmoid(u) + p2 * sigmoid(-u));
  }
};

using Gated = FormulaList<Silu, Swish, ESwish, Gelu, GeluTanh, QuickGelu, Mish, Tanhexp, Hardswish, Lisht, AconC>;

}  // namespace seegrad
