// What an activation does to a normally distributed signal, by quadrature: the numbers behind initialisation.
#pragma once

#include "seegrad/activation/activation.hpp"

namespace seegrad {

/// For Z ~ N(0, sigma^2): E f(Z), E f(Z)^2, E f'(Z)^2, and gain = 1/sqrt(E f'(Z)^2), by which a layer's weights must be
/// scaled so that gradients neither shrink nor grow (infinite when f' is zero everywhere).
struct Moments {
  double mean, second_moment, derivative_second_moment, gain;
};

/// Accurate to about 1e-9, kinks and jumps included. sigma > 0, else Error.
Moments moments(const Activation& activation, double sigma = 1);

}  // namespace seegrad
