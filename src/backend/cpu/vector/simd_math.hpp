// The scalar vocabulary for SIMD vectors: what lets a formula compute 4, 8 or 16 elements at once.
//
// This header is compiled several times into one program, each time with other instructions switched on. A function
// that appears in two such objects under one name would be merged by the linker, and an old processor could then run
// the copy with new instructions. Hence everything here lives in a namespace without a name inside the namespace of
// its instruction set, is inlined, and calls nothing of the standard library but C functions.
//
// Vector wraps an xsimd batch. Arithmetic and comparisons use the compiler's own vector operators rather than
// intrinsics, because the compiler can see through them: a constant's slope of zero disappears from a derivative.
#pragma once

#include "seegrad/math/scalar.hpp"

#include <math.h>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#ifndef SEEGRAD_ISA
#error "compile the sources of this folder once per instruction set, with -DSEEGRAD_ISA=sse2|avx2|avx512|neon64|scalar"
#endif

// SEEGRAD_VECTOR_scalar and so on: does this set have vectors, and which are they to xsimd?
#define SEEGRAD_JOIN_(a, b) a##b
#define SEEGRAD_JOIN(a, b) SEEGRAD_JOIN_(a, b)
#define SEEGRAD_IS_scalar 1
#define SEEGRAD_IS_SCALAR SEEGRAD_JOIN(SEEGRAD_IS_, SEEGRAD_ISA)

#if SEEGRAD_IS_SCALAR != 1

#include <xsimd/xsimd.hpp>

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

namespace arch {
using sse2 = xsimd::sse2;
using avx2 = xsimd::fma3<xsimd::avx2>;
using avx512 = xsimd::avx512bw;
using neon64 = xsimd::neon64;
}  // namespace arch

/// As many numbers as one register holds.
template <class T>
struct Vector {
  using Batch = xsimd::batch<T, arch::SEEGRAD_ISA>;
  using Raw = typename Batch::register_type;
  using Mask = decltype(Raw{} < Raw{});
  // Without a sign: the bits of NaN wrap round in the sums below, and shifts are logical (before AVX-512 an arithmetic
  // one of 64-bit lanes is slow).
  using Lane = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  typedef Lane Bits __attribute__((vector_size(sizeof(Raw))));
  static constexpr std::size_t lanes = Batch::size;

  Raw raw;

  Vector() = default;
  SEEGRAD_HD Vector(Raw value) : raw(value) {}
  SEEGRAD_HD Vector(Batch value) : raw(value.data) {}
  template <class U>
  requires std::is_arithmetic_v<U> SEEGRAD_HD Vector(U constant) : raw(Batch(T(constant)).data) {}
  SEEGRAD_HD Batch batch() const { return Batch(raw); }
  SEEGRAD_HD Bits bits() const { return Bits(raw); }
  static SEEGRAD_HD Vector of_bits(Bits bits) { return Raw(bits); }
  static SEEGRAD_HD Vector load(const T* p) { return Batch::load_unaligned(p); }
  SEEGRAD_HD void store(T* p) const { batch().store_unaligned(p); }

  friend SEEGRAD_HD Vector operator-(Vector a) { return -a.raw; }
  friend SEEGRAD_HD Vector operator+(Vector a, Vector b) { return a.raw + b.raw; }
  friend SEEGRAD_HD Vector operator-(Vector a, Vector b) { return a.raw - b.raw; }
  friend SEEGRAD_HD Vector operator*(Vector a, Vector b) { return a.raw * b.raw; }
  friend SEEGRAD_HD Vector operator/(Vector a, Vector b) { return a.raw / b.raw; }
  friend SEEGRAD_HD Mask operator<(Vector a, Vector b) { return a.raw < b.raw; }
  friend SEEGRAD_HD Mask operator>(Vector a, Vector b) { return a.raw > b.raw; }
  friend SEEGRAD_HD Mask operator<=(Vector a, Vector b) { return a.raw <= b.raw; }
  friend SEEGRAD_HD Mask operator>=(Vector a, Vector b) { return a.raw >= b.raw; }
  friend SEEGRAD_HD Mask operator==(Vector a, Vector b) { return a.raw == b.raw; }
  friend SEEGRAD_HD Mask operator!=(Vector a, Vector b) { return a.raw != b.raw; }
  friend SEEGRAD_HD Vector select(Mask condition, Vector a, Vector b) { return condition ? a.raw : b.raw; }
};

// ---- exact words ---------------------------------------------------------------------------------------------

template <class T>
SEEGRAD_HD Vector<T> fma(Vector<T> a, Vector<T> b, Vector<T> c) {
  return xsimd::fma(a.batch(), b.batch(), c.batch());
}
template <class T>
SEEGRAD_HD Vector<T> abs(Vector<T> x) {
  constexpr auto all_but_sign = std::numeric_limits<typename Vector<T>::Lane>::max() >> 1;
  return Vector<T>::of_bits(x.bits() & all_but_sign);
}
template <class T>
SEEGRAD_HD Vector<T> sqrt(Vector<T> x) {
#ifdef __AVX512F__  // the masked forms, because g++ 12 warns about its own header for the plain ones
  if constexpr (sizeof(T) == 4)
    return _mm512_maskz_sqrt_ps(__mmask16(-1), x.raw);
  else
    return _mm512_maskz_sqrt_pd(__mmask8(-1), x.raw);
#else
  return xsimd::sqrt(x.batch());
#endif
}
template <class T>
SEEGRAD_HD Vector<T> sign(Vector<T> x) {
  return select(x > Vector<T>(0), Vector<T>(1), select(x < Vector<T>(0), Vector<T>(-1), Vector<T>(0)));
}
template <class T>
SEEGRAD_HD Vector<T> gate(Vector<T> x, Vector<T> g) {
  return select(g == Vector<T>(0), Vector<T>(0), x * g);
}

template <class T>
SEEGRAD_HD Vector<T> straight_through(Vector<T> value, Vector<T>) {
  return value;
}

/// c[0] x^n + ... + c[n], by Horner's rule.
template <class T, std::size_t N>
SEEGRAD_HD Vector<T> polynomial(Vector<T> x, const T (&c)[N]) {
  Vector<T> y(c[0]);
  for (std::size_t i = 1; i < N; ++i) y = fma(y, x, Vector<T>(c[i]));
  return y;
}

// ---- the exponential and its family -----------------------------------------------------------------------------

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

// ---- logarithms ----------------------------------------------------------------------------------------------

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

// ---- the normal distribution ---------------------------------------------------------------------------------

// P(Z < -a) = e^(-a^2/2) G(t) / (a + 3) with t = a/(a + 3): G is smooth from a = 0 (t = 0) to a = inf (t = 1), so one
// polynomial serves the whole axis. In powers of t it is best conditioned at 0, where the result is largest; far out in
// the tail the relative error grows to about 1e-6 (float) and 2e-13 (double). Chebyshev fits made with mpmath to 50 digits of erfc; G lies
// between 0.39 and 1.5 and is met to 6e-9 (float) and 2e-17 (double).
template <class T>
struct TailConstants;
template <>
struct TailConstants<float> {
  static constexpr float coefficients[] = {-0.03159878407f, 0.209942765f,   -0.536137087f, 0.6477260892f, -0.3968958478f, 0.2496437668f,
                                           -0.1793079491f,  -0.2489769765f, 0.2059243337f, 1.069103866f,  -2.090481897f,  1.500000005f};
};
template <>
struct TailConstants<double> {
  static constexpr double coefficients[] = {0.0604600244804073686, -0.722079362562485063, 4.01570445140514169,   -13.8348003913118229,
                                            33.1502555777639897,   -58.8054095755865874,  80.2374461331206681,   -86.3254772820571966,
                                            74.4428073897742302,   -52.0109170655559055,  29.6286585367504226,   -13.8001398604583265,
                                            5.26235516870230843,   -1.63251054222930517,  0.405752801017965525,  -0.0979555711647145457,
                                            0.0020656732643795565, 0.0157879316962804628, 0.0589090293698977753, 0.0404548889926133716,
                                            -0.117912564987981224, -0.260188397924661205, 0.207116858745499084,  1.06903895276948803,
                                            -2.0904805236128731,   1.49999999999999998};
};

template <class T>
SEEGRAD_HD Vector<T> normal_pdf(Vector<T> x) {
  return Vector<T>(T(0.39894228040143267794)) * exp(Vector<T>(T(-0.5)) * x * x);
}
template <class T>
SEEGRAD_HD Vector<T> normal_cdf(Vector<T> x) {
  const Vector<T> far(64), size = abs(x), a = select(size > far, far, size);
  const Vector<T> inverse = Vector<T>(1) / (a + Vector<T>(3));
  const Vector<T> g = polynomial(a * inverse, TailConstants<T>::coefficients);
  const Vector<T> tail = exp(Vector<T>(T(-0.5)) * x * x) * (g * inverse);
  return select(x > Vector<T>(0), Vector<T>(1) - tail, tail);
}
template <class T>
SEEGRAD_HD Vector<T> erfc(Vector<T> x) {
  return Vector<T>(2) * normal_cdf(x * Vector<T>(T(-1.41421356237309504880)));
}
/// The Taylor series below 1, where 1 - erfc would cancel.
template <class T>
SEEGRAD_HD Vector<T> erf(Vector<T> x) {
  constexpr int terms = sizeof(T) == 4 ? 11 : 19;
  const Vector<T> z = -(x * x);
  Vector<T> series(0);
  double factorial = 1;
  for (int n = 1; n < terms; ++n) factorial *= n;
  for (int n = terms - 1; n >= 0; --n) {
    series = fma(series, z, Vector<T>(T(1.12837916709551257390 / (factorial * (2 * n + 1)))));
    factorial /= n > 0 ? n : 1;
  }
  const Vector<T> far = Vector<T>(1) - erfc(abs(x));
  return select(abs(x) < Vector<T>(1), x * series, select(x < Vector<T>(0), -far, far));
}

// ---- words that are rare enough to be computed lane by lane where it is hard -----------------------------------

SEEGRAD_HD float c_pow(float x, float p) { return ::powf(x, p); }
SEEGRAD_HD double c_pow(double x, double p) { return ::pow(x, p); }
SEEGRAD_HD float c_sin(float x) { return ::sinf(x); }
SEEGRAD_HD double c_sin(double x) { return ::sin(x); }
SEEGRAD_HD float c_cos(float x) { return ::cosf(x); }
SEEGRAD_HD double c_cos(double x) { return ::cos(x); }
SEEGRAD_HD float c_atan(float x) { return ::atanf(x); }
SEEGRAD_HD double c_atan(double x) { return ::atan(x); }
SEEGRAD_HD float c_asinh(float x) { return ::asinhf(x); }
SEEGRAD_HD double c_asinh(double x) { return ::asinh(x); }

template <class T, class Function>
SEEGRAD_HD Vector<T> by_lane(Function function, Vector<T> x, Vector<T> p) {
  alignas(64) T a[Vector<T>::lanes], b[Vector<T>::lanes];
  x.store(a);
  p.store(b);
  for (std::size_t i = 0; i < Vector<T>::lanes; ++i) a[i] = function(a[i], b[i]);
  return Vector<T>::load(a);
}

/// x^p: the exponents 0, 1 and 2 (squares and their derivatives) by hand, others through the C library. Each lane goes
/// its own way, so that a neighbour's exponent never changes a result.
template <class T>
SEEGRAD_HD Vector<T> pow(Vector<T> x, Vector<T> p) {
  using V = Vector<T>;
  const V easy = select(p == V(2), x * x, select(p == V(1), x, V(1)));
  const V is_easy = select(p == V(2), V(1), select(p == V(1), V(1), select(p == V(0), V(1), V(0))));
  if (xsimd::all(is_easy.batch() == V(1).batch())) return easy;
  return select(is_easy == V(1), easy, by_lane([](T a, T b) { return c_pow(a, b); }, x, p));
}
template <class T>
SEEGRAD_HD Vector<T> sin(Vector<T> x) {
  return by_lane([](T a, T) { return c_sin(a); }, x, x);
}
template <class T>
SEEGRAD_HD Vector<T> cos(Vector<T> x) {
  return by_lane([](T a, T) { return c_cos(a); }, x, x);
}
template <class T>
SEEGRAD_HD Vector<T> atan(Vector<T> x) {
  return by_lane([](T a, T) { return c_atan(a); }, x, x);
}
template <class T>
SEEGRAD_HD Vector<T> asinh(Vector<T> x) {
  return by_lane([](T a, T) { return c_asinh(a); }, x, x);
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA

#endif
