// Sigmoids: s-shaped curves, flat or ever flatter at both ends. Log_sigmoid, the logarithm of one, stands beside it.
#pragma once

#include "seegrad/activation/folded.hpp"

namespace seegrad {

struct Sigmoid {
  static constexpr std::string_view name = "sigmoid", mathematics = "sigmoid(x)";
  static constexpr std::array aliases{std::string_view("logistic")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return sigmoid(x);
  }
};

/// The sigmoid in three straight pieces, with PyTorch's slope of 1/6 (old Keras had 1/5).
struct Hardsigmoid {
  static constexpr std::string_view name = "hardsigmoid", mathematics = "(clamp(x, -3, 3) + 3)/6";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return (clamp(x, T(-3), T(3)) + T(3)) / T(6);
  }
};

struct LogSigmoid {
  static constexpr std::string_view name = "log_sigmoid", mathematics = "-softplus(-x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return -softplus(-x);
  }
};

struct Tanh {
  static constexpr std::string_view name = "tanh", mathematics = "tanh(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return tanh(x);
  }
};

/// LeCun et al., "Efficient BackProp", 1998: scaled so that f(1) = 1 and f(-1) = -1.
struct LecunTanh {
  static constexpr std::string_view name = "lecun_tanh", mathematics = "1.7159*tanh(2/3*x)";
  static constexpr std::array aliases{std::string_view("scaled_tanh")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return T(1.7159) * tanh(T(2.0 / 3) * x);
  }
};

struct Hardtanh {
  static constexpr std::string_view name = "hardtanh", mathematics = "clamp(x, min_val, max_val)";
  static constexpr std::array parameters{Parameter{"min_val", -1}, Parameter{"max_val", 1}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T min_val, T max_val) const {
    return clamp(x, min_val, max_val);
  }
};

/// Turian, Bergstra and Bengio, "Quadratic features and deep architectures for chunking", NAACL 2009.
struct Softsign {
  static constexpr std::string_view name = "softsign", mathematics = "x/(1 + abs(x))";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const Folded<T> f(x);
    return f.top / (f.scale + abs(f.top));
  }
};

/// Softsign on (0, 1) (Elliott, "A better activation function for artificial neural networks", 1993). The smaller of f
/// and 1 - f is a fraction without cancellation; |x| and the side follow one condition, so that there is no seam at 0.
struct Elliot {
  static constexpr std::string_view name = "elliot", mathematics = "0.5*x/(1 + abs(x)) + 0.5";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const auto left = x < T(0);
    const T small = T(0.5) / (T(1) + select(left, -x, x));
    return select(left, small, T(1) - small);
  }
};

struct Arctan {
  static constexpr std::string_view name = "arctan", mathematics = "atan(x)";
  static constexpr std::array aliases{std::string_view("atan")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return atan(x);
  }
};

/// Grows like a logarithm: never flat, and never steep.
struct Asinh {
  static constexpr std::string_view name = "asinh", mathematics = "asinh(x)";
  static constexpr std::array aliases{std::string_view("arcsinh")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return asinh(x);
  }
};

/// Inverse square root unit (Carlile et al. 2017, arXiv:1710.09967).
struct Isru {
  static constexpr std::string_view name = "isru", mathematics = "x/sqrt(1 + alpha*x^2)";
  static constexpr std::array parameters{Parameter{"alpha", 1, false, 1e-6, 1e6}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T alpha) const {
    const Folded<T> f(x);
    return f.top / sqrt(f.scale * f.scale + alpha * (f.top * f.top));
  }
};

/// Two parabolas: the square non-linearity (Wuraola and Patel, "SQNL: a new computationally efficient activation
/// function", IJCNN 2018).
struct Softclip {
  static constexpr std::string_view name = "softclip", mathematics = "clamp(x, -2, 2)*(1 - abs(clamp(x, -2, 2))/4)";
  static constexpr std::array aliases{std::string_view("sqnl")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const T c = clamp(x, T(-2), T(2));
    return c * (T(1) - T(0.25) * abs(c));
  }
};

using Sigmoids = FormulaList<Sigmoid, Hardsigmoid, LogSigmoid, Tanh, LecunTanh, Hardtanh, Softsign, Elliot, Arctan, Asinh, Isru, Softclip>;

}  // namespace seegrad
