// Rectifiers: one rule left of zero, another to the right. Also the two steps, whose derivative is zero everywhere.
#pragma once

#include "seegrad/activation/formula.hpp"

namespace seegrad {

struct Identity {
  static constexpr std::string_view name = "identity", mathematics = "x";
  static constexpr std::array aliases{std::string_view("linear"), std::string_view("none")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return x;
  }
};

struct Step {
  static constexpr std::string_view name = "step", mathematics = "1 if x > 0 else 0";
  static constexpr std::array aliases{std::string_view("heaviside")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return select(x > T(0), T(1), T(0));
  }
};

struct Sign {
  static constexpr std::string_view name = "sign", mathematics = "1 if x > 0, -1 if x < 0, 0 at 0";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return sign(x);
  }
};

struct Relu {
  static constexpr std::string_view name = "relu", mathematics = "max(0, x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return select(x > T(0), x, T(0));
  }
};

struct LeakyRelu {
  static constexpr std::string_view name = "leaky_relu", mathematics = "x if x > 0 else slope*x";
  static constexpr std::array aliases{std::string_view("lrelu")};
  static constexpr std::array parameters{Parameter{"slope", 0.01}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T slope) const {
    return select(x > T(0), x, slope * x);
  }
};

/// Leaky ReLU that learns its slope (He et al. 2015, arXiv:1502.01852).
struct Prelu {
  static constexpr std::string_view name = "prelu", mathematics = "x if x > 0 else slope*x, slope learned";
  static constexpr std::array parameters{Parameter{"slope", 0.25, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T slope) const {
    return select(x > T(0), x, slope * x);
  }
};

/// Clevert et al. 2015, arXiv:1511.07289.
struct Elu {
  static constexpr std::string_view name = "elu", mathematics = "x if x > 0 else alpha*(e^x - 1)";
  static constexpr std::array parameters{Parameter{"alpha", 1}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T alpha) const {
    return select(x > T(0), x, alpha * expm1(x));
  }
};

/// Klambauer et al. 2017, arXiv:1706.02515; the constants make (mean 0, variance 1) a fixed point of a deep network.
struct Selu {
  static constexpr std::string_view name = "selu", mathematics = "l*(x if x > 0 else a*(e^x - 1)), l=1.0507 a=1.6733";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const T scale = T(1.0507009873554804934193349852946), alpha = T(1.6732632423543772848170429916717);
    return select(x > T(0), scale * x, (scale * alpha) * expm1(x));
  }
};

using Rectifiers = FormulaList<Identity, Step, Sign, Relu, LeakyRelu, Prelu, Elu, Selu>;

}  // namespace seegrad
