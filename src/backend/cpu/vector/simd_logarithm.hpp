// Logarithms of SIMD vectors and what is made of them: softplus, asinh.
#pragma once

#include "backend/cpu/vector/simd_exponential.hpp"

#if SEEGRAD_IS_SCALAR != 1

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

// The method and coefficients of fdlibm: u = 2^k (1 + f) with sqrt(1/2) < 1 + f < sqrt(2), s = f/(2 + f), and
// log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)).
template <class T>
struct LogConstants;
template <>
struct LogConstants<float> {
  static constexpr std::uint32_t sqrt_half = 0x3f3504f3, one = 0x3f800000, fraction_mask = 0x007fffff;
  static constexpr int mantissa = 23, bias = 127;
  static constexpr float smallest_normal = 0x1p-126f, two_to_mantissa = 0x1p23f;
  static constexpr float log2_high = 6.9313812256e-01f, log2_low = 9.0580006145e-06f;
  static constexpr float coefficients[] = {0.24279078841f, 0.28498786688f, 0.40000972152f, 0.66666662693f};
};
template <>
struct LogConstants<double> {
  static constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000, fraction_mask = 0x000fffffffffffff;
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr double smallest_normal = 0x1p-1022, two_to_mantissa = 0x1p52;
  static constexpr double log2_high = 6.93147180369123816490e-01, log2_low = 1.90821492927058770002e-10;
  static constexpr double coefficients[] = {1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01,
                                            2.222219843214978396e-01, 2.857142874366239149e-01, 3.999999999940941908e-01,
                                            6.666666666666735130e-01};
};

/// log(u) + shift log(2) + correction for a normal, positive u.
template <class T>
SEEGRAD_HD Vector<T> log_of_normal(Vector<T> u, Vector<T> shift, Vector<T> correction) {
  using C = LogConstants<T>;
  using V = Vector<T>;
  const typename V::Bits bits = u.bits() + (C::one - C::sqrt_half);
  // An exponent among the low bits of 2^mantissa is that many units: no conversion of integers is needed.
  const V k = V::of_bits((bits >> C::mantissa) | V(C::two_to_mantissa).bits()) - V(C::two_to_mantissa + C::bias) + shift;
  const V f = V::of_bits((bits & C::fraction_mask) + C::sqrt_half) - V(1);
  const V s = f / (V(2) + f), z = s * s, half_square = V(T(0.5)) * f * f;
  const V inner = fma(s, half_square + z * polynomial(z, C::coefficients), fma(k, V(C::log2_low), correction));
  return fma(k, V(C::log2_high), f - (half_square - inner));
}
/// The borders: log 0 = -inf, log inf = inf, NaN below 0.
template <class T>
SEEGRAD_HD Vector<T> with_log_limits(Vector<T> u, Vector<T> y) {
  using V = Vector<T>;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  y = select(u == V(infinity), u, y);
  return select(u > V(0), y, select(u == V(0), V(-infinity), V(std::numeric_limits<T>::quiet_NaN())));
}
template <class T>
SEEGRAD_HD Vector<T> log(Vector<T> x) {
  using C = LogConstants<T>;
  using V = Vector<T>;
  const auto subnormal = x < V(C::smallest_normal);
  const V u = select(subnormal, x * V(C::two_to_mantissa), x);
  return with_log_limits(x, log_of_normal(u, select(subnormal, V(-C::mantissa), V(0)), V(0)));
}
template <class T>
SEEGRAD_HD Vector<T> log1p(Vector<T> x) {
  using V = Vector<T>;
  const V u = V(1) + x;
  const V lost = select(u > V(2), V(1) - (u - x), x - (u - V(1)));  // what rounding took from 1 + x
  return with_log_limits(u, log_of_normal(u, V(0), select(u > V(0), lost / u, V(0))));
}
template <class T>
SEEGRAD_HD Vector<T> softplus(Vector<T> x) {
  return select(x > Vector<T>(0), x, Vector<T>(0)) + log1p(exp(-abs(x)));
}

/// Odd: sign(x) log(a + sqrt(a^2 + 1)) with a = |x|, written as log1p(a + a^2/(1 + sqrt(a^2 + 1))), which keeps the relative
/// accuracy near 0. Where a^2 could overflow, it is log1p(a) + log 2 to the last bit.
template <class T>
SEEGRAD_HD Vector<T> asinh(Vector<T> x) {
  using V = Vector<T>;
  constexpr T huge = sizeof(T) == 4 ? T(0x1p40) : T(0x1p60);
  const V a = abs(x);
  const auto far = a > V(huge);
  const V near_argument = a + a * a / (V(1) + sqrt(fma(a, a, V(1))));
  const V y = log1p(select(far, a, near_argument)) + select(far, V(T(0.69314718055994530942)), V(0));
  return select(x < V(0), -y, y);
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA

#endif
