// Sigmoids: smooth, monotone, flat at one end or at both.
#pragma once

#include "seegrad/activation/formula.hpp"

namespace seegrad {

struct Sigmoid {
  static constexpr std::string_view name = "sigmoid", mathematics = "1/(1 + e^-x)";
  static constexpr std::array aliases{std::string_view("logistic")};
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return sigmoid(x);
  }
};

struct Tanh {
  static constexpr std::string_view name = "tanh", mathematics = "tanh(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return tanh(x);
  }
};

/// The integral of the sigmoid: a smooth ReLU, sharper as beta grows.
struct Softplus {
  static constexpr std::string_view name = "softplus", mathematics = "log(1 + e^(beta*x))/beta";
  static constexpr std::array parameters{Parameter{"beta", 1, false, 1e-6, 1e6}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T beta) const {
    return softplus(beta * x) / beta;
  }
};

using Sigmoids = FormulaList<Sigmoid, Tanh, Softplus>;

}  // namespace seegrad
