// The exponential of SIMD vectors and what is made of it: expm1, sigmoid, tanh.
#pragma once

#include "backend/cpu/vector/simd_vector.hpp"

#if SEEGRAD_IS_SCALAR != 1

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

template <class T>
struct ExpConstants;  // how a number of this type is put together, and the numbers that belong to it
template <>
struct ExpConstants<float> {
  static constexpr float lowest = -104.0f, highest = 89.0f;  // exp is 0 below and inf above
  static constexpr float magic = 12582912.0f;                // 1.5 * 2^23: adding it rounds to an integer
  static constexpr float log2_high = 0.693359375f, log2_low = -2.12194440e-4f;
  static constexpr int mantissa = 23, bias = 127;
  // (e^r - 1 - r) / r^2 on |r| <= log(2)/2: minimax, from Cephes' expf.
  static constexpr float coefficients[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                           4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
};
template <>
struct ExpConstants<double> {
  static constexpr double lowest = -746.0, highest = 710.0;
  static constexpr double magic = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr double log2_high = 6.93147180369123816490e-01, log2_low = 1.90821492927058770002e-10;
  static constexpr int mantissa = 52, bias = 1023;
  // The same by Taylor: 1/2!, 1/3! ... 1/13!, highest first; the remainder is below 0.1 ulp.
  static constexpr double coefficients[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
                                            1.0 / 5040,       1.0 / 720,       1.0 / 120,      1.0 / 24,      1.0 / 6,      1.0 / 2};
};

/// x = n log 2 + r with |r| <= log(2)/2: e^x = 2^n (1 + fraction), fraction = e^r - 1 to full relative accuracy.
template <class T>
struct Exponential {
  Vector<T> fraction, n_plus_magic;

  SEEGRAD_HD explicit Exponential(Vector<T> x) {
    using C = ExpConstants<T>;
    x = select(x < Vector<T>(C::lowest), Vector<T>(C::lowest), x);
    x = select(x > Vector<T>(C::highest), Vector<T>(C::highest), x);
    n_plus_magic = fma(x, Vector<T>(T(1.44269504088896340736)), Vector<T>(C::magic));
    const Vector<T> n = n_plus_magic - Vector<T>(C::magic);
    const Vector<T> r = fma(n, Vector<T>(-C::log2_low), fma(n, Vector<T>(-C::log2_high), x));
    fraction = fma(polynomial(r, C::coefficients), r * r, r);
  }

  /// 2^(n + shift) while that is a normal number.
  SEEGRAD_HD Vector<T> power(int shift) const {
    using C = ExpConstants<T>;
    using V = Vector<T>;
    return V::of_bits((n_plus_magic.bits() - V(C::magic).bits() + typename V::Lane(C::bias + shift)) << C::mantissa);
  }
  /// 2^n y, right also where 2^n overflows or the result underflows.
  SEEGRAD_HD Vector<T> scaled(Vector<T> y) const {
    using C = ExpConstants<T>;
#ifdef __AVX512F__
    const Vector<T> n = n_plus_magic - Vector<T>(C::magic);
    if constexpr (sizeof(T) == 4)
      return _mm512_maskz_scalef_ps(__mmask16(-1), y.raw, n.raw);
    else
      return _mm512_maskz_scalef_pd(__mmask8(-1), y.raw, n.raw);
#else
    using V = Vector<T>;
    const typename V::Bits n = n_plus_magic.bits() - V(C::magic).bits();
    const typename V::Bits half = ((n + 4096) >> 1) - 2048;
    return y * V::of_bits((half + C::bias) << C::mantissa) * V::of_bits((n - half + C::bias) << C::mantissa);
#endif
  }
};

template <class T>
SEEGRAD_HD Vector<T> exp(Vector<T> x) {
  const Exponential<T> e(x);
  return e.scaled(e.fraction + Vector<T>(1));
}
/// Halved powers, doubled result: 2^n itself would overflow before the result does.
template <class T>
SEEGRAD_HD Vector<T> expm1(Vector<T> x) {
  const Exponential<T> e(select(x < Vector<T>(-50), Vector<T>(-50), x));
  const Vector<T> power = e.power(-1);
  const Vector<T> half = fma(power, e.fraction, power - Vector<T>(T(0.5)));
  return half + half;
}
template <class T>
SEEGRAD_HD Vector<T> sigmoid(Vector<T> x) {
  return Vector<T>(1) / (Vector<T>(1) + exp(-x));
}
template <class T>
SEEGRAD_HD Pair<Vector<T>> sigmoid_pair(Vector<T> x) {
  const Vector<T> e = exp(-abs(x));
  const Vector<T> large = Vector<T>(1) / (Vector<T>(1) + e), small = e * large;
  const auto negative = x < Vector<T>(0);
  return {select(negative, small, large), select(negative, large, small)};
}
/// With e = e^(-2|x|): tanh|x| = (1 - e)/(1 + e), slope 4 e/(1 + e)^2; 1 - e comes from the fraction, uncancelled, and
/// (1 + e)^2 = 1 + e (2 + e), because squaring would double the error of rounding 1 + e.
template <class T>
SEEGRAD_HD Pair<Vector<T>> tanh_pair(Vector<T> x) {
  const Exponential<T> reduced(Vector<T>(-2) * abs(x));
  const Vector<T> e = reduced.scaled(reduced.fraction + Vector<T>(1));
  const Vector<T> one(1), power = reduced.scaled(one);
  const Vector<T> one_minus_e = (one - power) - power * reduced.fraction;
  const Vector<T> t = one_minus_e / (one + e);
  return {select(x < Vector<T>(0), -t, t), Vector<T>(4) * e / fma(e, Vector<T>(2) + e, one)};
}
template <class T>
SEEGRAD_HD Vector<T> tanh(Vector<T> x) {
  return tanh_pair(x).first;
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA

#endif
