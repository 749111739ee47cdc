// Sine, cosine and arc tangent of SIMD vectors.
#pragma once

#include "backend/cpu/vector/simd_lanes.hpp"

#if SEEGRAD_IS_SCALAR != 1

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

// Range reduction of Cody and Waite: x = n pi/2 + r with |r| <= pi/4. pi/2 is cut into parts so short that n times a part is
// exact, also without fma; the first differences are exact, too, and what the middle one loses is kept: r has its relative
// accuracy also where x comes near a multiple of pi/2. Up to `limit` n has at most 13 bits (float) or 17 (double); what lies
// beyond goes to the C library.
// The polynomials on |r| <= pi/4 are those of Cephes' sinf.c (float) and of fdlibm's k_sin.c and k_cos.c (double).
template <class T>
struct CircleConstants;
template <>
struct CircleConstants<float> {
  static constexpr float limit = 12000.0f;
  static constexpr float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  static constexpr float exact_parts[] = {1.5703125f, 4.83751297e-4f}, middle_part = 7.54953362e-8f;
  static constexpr float last_parts[] = {2.56328292e-12f, 6.12323426e-17f};
  // (sin r - r)/r^3 and (cos r - 1 + r^2/2)/r^4 in powers of r^2, highest first.
  static constexpr float sine[] = {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f};
  static constexpr float cosine[] = {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f};
};
template <>
struct CircleConstants<double> {
  static constexpr double limit = 200000.0;
  static constexpr double magic = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr double exact_parts[] = {1.57079632673412561417}, middle_part = 6.0771005063039659766e-11;
  static constexpr double last_parts[] = {2.0222662487111664558e-21, 8.47842766036889956997e-32};
  static constexpr double sine[] = {1.58969099521155010221e-10, -2.50507602534068634195e-8, 2.75573137070700676789e-6,
                                    -1.98412698298579493134e-4, 8.33333333332248946124e-3,  -1.66666666666666324348e-1};
  static constexpr double cosine[] = {-1.13596475577881948265e-11, 2.08757232129817482790e-9,  -2.75573143513906633035e-7,
                                      2.48015872894767294178e-5,   -1.38888888888741095749e-3, 4.16666666666666019037e-2};
};

/// sin(x + quarters pi/2) for |x| <= limit; NaN for NaN. What rounding takes from r, and from 1 - r^2/2, is added again at the
/// end: products of sines and cosines, as in a derivative of sin^2, need results near half an ulp.
template <class T>
SEEGRAD_HD Vector<T> sine_of_quarters(Vector<T> x, int quarters) {
  using C = CircleConstants<T>;
  using V = Vector<T>;
  const V n_plus_magic = fma(x, V(T(0.63661977236758134308)), V(C::magic)), n = n_plus_magic - V(C::magic);
  V exact = x;
  for (const T part : C::exact_parts) exact = fma(n, V(-part), exact);
  const V middle = n * V(C::middle_part), rough = exact - middle;
  V lost = (exact - rough) - middle;
  for (const T part : C::last_parts) lost = fma(n, V(-part), lost);
  const V r = rough + lost, rest = lost - (r - rough);

  const V z = r * r, half = V(T(0.5)) * z, one(1);
  const V sine = r + fma(r * z, polynomial(z, C::sine), rest);
  const V body = one - half;
  const V cosine = body + fma(z * z, polynomial(z, C::cosine), ((one - body) - half) - r * rest);
  // The two lowest bits of n say in which quarter of the circle x lies.
  const typename V::Bits quarter = n_plus_magic.bits() + typename V::Lane(quarters);
  const V y = select((quarter & 1) == 0, sine, cosine);
  return V::of_bits(y.bits() ^ ((quarter & 2) << (8 * sizeof(T) - 2)));
}
template <class T>
SEEGRAD_HD Vector<T> sin(Vector<T> x) {
  const Vector<T> near_zero = sine_of_quarters(x, 0);
  return beyond(abs(x) > Vector<T>(CircleConstants<T>::limit), x, near_zero, [](T a) { return c_sin(a); });
}
template <class T>
SEEGRAD_HD Vector<T> cos(Vector<T> x) {
  const Vector<T> near_zero = sine_of_quarters(x, 1);
  return beyond(abs(x) > Vector<T>(CircleConstants<T>::limit), x, near_zero, [](T a) { return c_cos(a); });
}

// (atan u - u)/u^3 on |u| <= tan(pi/8) (float) or 0.66 (double), from Cephes' atanf.c and atan.c.
SEEGRAD_HD Vector<float> arc_tangent_rest(Vector<float> z) {
  constexpr float c[] = {8.05374449538e-2f, -1.38776856032e-1f, 1.99777106478e-1f, -3.33329491539e-1f};
  return polynomial(z, c);
}
SEEGRAD_HD Vector<double> arc_tangent_rest(Vector<double> z) {
  constexpr double above[] = {-8.750608600031904122785e-1, -1.615753718733365076637e1, -7.500855792314704667340e1,
                              -1.228866684490136173410e2, -6.485021904942025371773e1};
  constexpr double below[] = {1.0,
                              2.485846490142306297962e1,
                              1.650270098316988542046e2,
                              4.328810604912902668951e2,
                              4.853903996359136964868e2,
                              1.945506571482613964425e2};
  return polynomial(z, above) / polynomial(z, below);
}
/// atan|x| = pi/4 + atan((|x| - 1)/(|x| + 1)) in the middle, pi/2 - atan(1/|x|) far out; `low` is what rounding takes from
/// pi/4 and pi/2.
template <class T>
SEEGRAD_HD Vector<T> atan(Vector<T> x) {
  using V = Vector<T>;
  constexpr T quarter_pi = T(0.78539816339744830962), low = sizeof(T) == 4 ? T(-2.18556950009e-8) : T(3.061616997868382943065e-17);
  const V a = abs(x), one(1);
  const auto middle = a > V(T(0.41421356237309504880)), far = a > V(T(2.41421356237309504880));
  const V u = select(far, V(-1), select(middle, a - one, a)) / select(far, a, select(middle, a + one, one));
  const V turns = select(far, V(2), select(middle, one, V(0)));
  const V z = u * u;
  const V y = turns * V(quarter_pi) + fma(turns, V(low), fma(u * z, arc_tangent_rest(z), u));
  return select(x < V(0), -y, y);
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA

#endif
