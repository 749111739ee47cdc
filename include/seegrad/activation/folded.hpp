// Dividing by something that grows like x, without overflow on the way.
#pragma once

#include "seegrad/activation/formula.hpp"

namespace seegrad {

/// x = top/scale with |top|, |scale| <= 1: (x, 1) up to 1, beyond it (sign x, 1/|x|). Where a formula divides by |x| or
/// sqrt(1 + x^2), both sides of the fraction are multiplied by scale: x/(1 + |x|) = top/(scale + |top|). So no square
/// overflows, and x = inf is (1, 0) and has the limit for its value.
template <class T>
struct Folded {
  T top, scale;

  SEEGRAD_HD explicit Folded(T x) {
    const auto far = abs(x) > T(1);
    top = select(far, sign(x), x);
    scale = select(far, T(1) / abs(x), T(1));
  }
};

}  // namespace seegrad
