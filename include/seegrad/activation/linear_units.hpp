// Linear units: like x on the right, bending towards a constant (or a gentler line) on the left.
#pragma once

#include "seegrad/activation/folded.hpp"

namespace seegrad {

/// Clevert et al. 2015, arXiv:1511.07289. A kink at 0 unless alpha is 1.
struct Elu {
  static constexpr std::string_view name = "elu", mathematics = "x > 0 ? x : alpha*expm1(x)";
  static constexpr std::array parameters{Parameter{"alpha", 1}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T alpha) const {
    return select(x > T(0), x, alpha * expm1(x));
  }
};

/// Elu without a kink, whatever alpha is (Barron 2017, arXiv:1704.07483).
struct Celu {
  static constexpr std::string_view name = "celu", mathematics = "x > 0 ? x : alpha*expm1(x/alpha)";
  static constexpr std::array parameters{Parameter{"alpha", 1, false, 1e-6, 1e6}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T alpha) const {
    return select(x > T(0), x, alpha * expm1(x / alpha));
  }
};

/// Klambauer et al. 2017, arXiv:1706.02515; the constants make (mean 0, variance 1) a fixed point of a deep network.
struct Selu {
  static constexpr std::string_view name = "selu", mathematics = "1.0507009873554805*(x > 0 ? x : 1.6732632423543772*expm1(x))";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const T scale = T(1.0507009873554804934193349852946), alpha = T(1.6732632423543772848170429916717);
    return select(x > T(0), scale * x, (scale * alpha) * expm1(x));
  }
};

/// Inverse square root linear unit (Carlile et al. 2017, arXiv:1710.09967).
struct Isrlu {
  static constexpr std::string_view name = "isrlu", mathematics = "x > 0 ? x : x/sqrt(1 + alpha*x^2)";
  static constexpr std::array parameters{Parameter{"alpha", 1, false, 1e-6, 1e6}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T alpha) const {
    const Folded<T> f(x);
    return select(x > T(0), x, f.top / sqrt(f.scale * f.scale + alpha * (f.top * f.top)));
  }
};

/// The integral of the sigmoid: a smooth ReLU, sharper as beta grows (Dugas et al., NIPS 2000). Exact everywhere, so
/// that PyTorch's threshold, beyond which it takes x, is not needed.
struct Softplus {
  static constexpr std::string_view name = "softplus", mathematics = "softplus(beta*x)/beta";
  static constexpr std::array parameters{Parameter{"beta", 1, false, 1e-6, 1e6}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T beta) const {
    return softplus(beta * x) / beta;
  }
};

/// A softplus without exponentials (Barron 2021, arXiv:2112.11687). Away from 0, where x + root would cancel on the left, it is
/// max(0, x) + b/(2 (root + |x|)), both sides of the fraction divided by |x|, so that x^2 cannot overflow.
struct Squareplus {
  static constexpr std::string_view name = "squareplus", mathematics = "(x + sqrt(x^2 + b))/2";
  static constexpr std::array parameters{Parameter{"b", 4, false, 1e-6, 1e6}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T b) const {
    const auto near_zero = x * x <= T(0.25) * b;
    const T u = T(1) / abs(x);
    const T root = sqrt(select(near_zero, x * x + b, T(1) + b * (u * u)));
    const T far = select(x > T(0), x, T(0)) + T(0.5) * b * u / (root + T(1));
    return select(near_zero, T(0.5) * (x + root), far);
  }
};

/// Smooth ReLU of quadratic pieces (Shamir et al. 2022, arXiv:2202.06499); with beta = 1 it is JAX's sparse_plus.
struct Smelu {
  static constexpr std::string_view name = "smelu", mathematics = "x >= beta ? x : (x <= -beta ? 0 : (x + beta)^2/(4*beta))";
  static constexpr std::array aliases{std::string_view("sparse_plus")};
  static constexpr std::array parameters{Parameter{"beta", 1, false, 1e-6, 1e6}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T beta) const {
    const T distance = clamp(x, -beta, beta) + beta;
    return select(x >= beta, x, distance * distance / (T(4) * beta));
  }
};

/// x + (sqrt(x^2 + 1) - 1)/2, without the cancellation: (root - 1)/x = x/(root + 1).
struct BentIdentity {
  static constexpr std::string_view name = "bent_identity", mathematics = "(sqrt(x^2 + 1) - 1)/2 + x";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const Folded<T> f(x);
    const T ratio = f.top / (sqrt(f.scale * f.scale + f.top * f.top) + f.scale);
    return x * (T(1) + T(0.5) * ratio);
  }
};

using LinearUnits = FormulaList<Elu, Celu, Selu, Isrlu, Softplus, Squareplus, Smelu, BentIdentity>;

}  // namespace seegrad
