// Rectifiers: straight pieces and kinks, one rule on one side of zero and another on the other. Also the two steps, whose
// derivative is zero everywhere, and the rectifiers whose right side is a parabola.
//
// On a kink the derivative is PyTorch's: that of the piece at which the comparison with the bound ends.
#pragma once

#include "seegrad/activation/formula.hpp"

namespace seegrad {

struct Identity {
  static constexpr std::string_view name = "identity", mathematics = "x";
  static constexpr std::array aliases{std::string_view("linear"), std::string_view("none")};
  static constexpr bool slope_from_value = true;
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return x;
  }
};

/// The slope that a step pretends to have when it is trained, ste times that of x cut off at +-1: the straight-through
/// estimator (Bengio et al. 2013, arXiv:1308.3432; cut off as by Hubara et al. 2016, arXiv:1602.02830).
template <class T>
SEEGRAD_HD T pretended_slope(T x, T ste) {
  return gate(select(abs(x) <= T(1), x, T(0)), ste);
}

/// With ste = 1 the derivative is that of the straight-through estimator, with ste = 0 the true one: zero.
struct Step {
  static constexpr std::string_view name = "step", mathematics = "x > 0 ? 1 : 0";
  static constexpr std::array aliases{std::string_view("heaviside")};
  static constexpr std::array parameters{Parameter{"ste", 0, false, 0, 1}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T ste) const {
    return straight_through(select(x > T(0), T(1), T(0)), pretended_slope(x, ste));
  }
};

/// 0 at 0; ste as for step.
struct Sign {
  static constexpr std::string_view name = "sign", mathematics = "sign(x)";
  static constexpr std::array parameters{Parameter{"ste", 0, false, 0, 1}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T ste) const {
    return straight_through(sign(x), pretended_slope(x, ste));
  }
};

/// Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.
struct Relu {
  static constexpr std::string_view name = "relu", mathematics = "max(0, x)";
  static constexpr bool slope_from_value = true;
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return select(x > T(0), x, T(0));
  }
};

/// Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.
struct Relu6 {
  static constexpr std::string_view name = "relu6", mathematics = "clamp(x, 0, 6)";
  static constexpr bool slope_from_value = true;
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return clamp(x, T(0), T(6));
  }
};

/// Bounded ReLU (Liew et al. 2016, Neurocomputing 216): dead on both sides.
struct Brelu {
  static constexpr std::string_view name = "brelu", mathematics = "clamp(x, 0, 1)";
  static constexpr bool slope_from_value = true;
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return clamp(x, T(0), T(1));
  }
};

/// Maas et al., "Rectifier nonlinearities improve neural network acoustic models", ICML 2013.
struct LeakyRelu {
  static constexpr std::string_view name = "leaky_relu", mathematics = "x > 0 ? x : slope*x";
  static constexpr std::array aliases{std::string_view("lrelu")};
  static constexpr std::array parameters{Parameter{"slope", 0.01}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T slope) const {
    return select(x > T(0), x, slope * x);
  }
};

/// Leaky ReLU that learns its slope (He et al. 2015, arXiv:1502.01852).
struct Prelu {
  static constexpr std::string_view name = "prelu", mathematics = "x > 0 ? x : slope*x";
  static constexpr std::array parameters{Parameter{"slope", 0.25, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T slope) const {
    return select(x > T(0), x, slope * x);
  }
};

/// Leaky ReLU whose slope is drawn anew for each element while a network is trained: `position` says where between lower
/// and upper it lies. In use it lies in the middle, a slope of 11/48 (Xu et al. 2015, arXiv:1505.00853).
struct Rrelu {
  static constexpr std::string_view name = "rrelu", mathematics = "x > 0 ? x : (lower + position*(upper - lower))*x";
  static constexpr std::array parameters{Parameter{"lower", 1.0 / 8}, Parameter{"upper", 1.0 / 3},
                                         Parameter{"position", 0.5, false, 0, 1, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T lower, T upper, T position) const {
    return select(x > T(0), x, (lower + position * (upper - lower)) * x);
  }
};

/// x above theta, a constant below. PyTorch has no defaults; ours are the thresholded ReLU of Konda et al. 2014,
/// arXiv:1402.3337.
struct Threshold {
  static constexpr std::string_view name = "threshold", mathematics = "x > theta ? x : value";
  static constexpr std::array parameters{Parameter{"theta", 1}, Parameter{"value", 0}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T theta, T value) const {
    return select(x > theta, x, value);
  }
};

/// |x|, with slope 0 at 0; also the op of that name.
struct Abs {
  static constexpr std::string_view name = "abs", mathematics = "abs(x)";
  static constexpr std::array aliases{std::string_view("absolute")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return abs(x);
  }
};

/// So et al. 2021 (Primer), arXiv:2109.08668.
struct SquaredRelu {
  static constexpr std::string_view name = "squared_relu", mathematics = "max(0, x)^2";
  static constexpr std::array aliases{std::string_view("relu2"), std::string_view("relu_squared")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const T right = select(x > T(0), x, T(0));
    return right * right;
  }
};

/// Squared ReLU, scaled and shifted so that a standard normal signal keeps mean 0 and variance 1 (Yu et al. 2022,
/// arXiv:2210.13452); learns both.
struct StarRelu {
  static constexpr std::string_view name = "star_relu", mathematics = "scale*max(0, x)^2 + bias";
  static constexpr std::array parameters{Parameter{"scale", 0.8944, true}, Parameter{"bias", -0.4472, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T scale, T bias) const {
    const T right = select(x > T(0), x, T(0));
    return scale * right * right + bias;
  }
};

using Rectifiers = FormulaList<Identity, Step, Sign, Relu, Relu6, Brelu, LeakyRelu, Prelu, Rrelu, Threshold, Abs, SquaredRelu, StarRelu>;

}  // namespace seegrad
