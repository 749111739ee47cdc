// The normal distribution and the error function of SIMD vectors.
#pragma once

#include "backend/cpu/vector/simd_exponential.hpp"

#if SEEGRAD_IS_SCALAR != 1

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

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

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA

#endif
