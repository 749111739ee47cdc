// Words that are computed lane by lane through the C library, where they are hard: powers, and angles far out.
#pragma once

#include "backend/cpu/vector/simd_vector.hpp"

#if SEEGRAD_IS_SCALAR != 1

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

SEEGRAD_HD float c_pow(float x, float p) { return ::powf(x, p); }
SEEGRAD_HD double c_pow(double x, double p) { return ::pow(x, p); }
SEEGRAD_HD float c_sin(float x) { return ::sinf(x); }
SEEGRAD_HD double c_sin(double x) { return ::sin(x); }
SEEGRAD_HD float c_cos(float x) { return ::cosf(x); }
SEEGRAD_HD double c_cos(double x) { return ::cos(x); }

/// Whether the condition holds in any lane.
template <class T>
SEEGRAD_HD bool any_lane(typename Vector<T>::Mask condition) {
  using V = Vector<T>;
  return xsimd::any(select(condition, V(1), V(0)).batch() != V(0).batch());
}

/// `otherwise`, but function(x) where the condition holds. Each lane goes its own way, so that a neighbour never changes
/// a result.
template <class T, class Function>
SEEGRAD_HD Vector<T> beyond(typename Vector<T>::Mask condition, Vector<T> x, Vector<T> otherwise, Function function) {
  if (!any_lane<T>(condition)) return otherwise;
  alignas(64) T y[Vector<T>::lanes];
  x.store(y);
  for (std::size_t i = 0; i < Vector<T>::lanes; ++i) y[i] = function(y[i]);
  return select(condition, Vector<T>::load(y), otherwise);
}

/// x^p: the exponents 0, 1 and 2 (squares and their derivatives) by hand, others through the C library.
template <class T>
SEEGRAD_HD Vector<T> pow(Vector<T> x, Vector<T> p) {
  using V = Vector<T>;
  const V easy = select(p == V(2), x * x, select(p == V(1), x, V(1)));
  const V is_easy = select(p == V(2), V(1), select(p == V(1), V(1), select(p == V(0), V(1), V(0))));
  if (!any_lane<T>(is_easy == V(0))) return easy;
  alignas(64) T base[V::lanes], exponent[V::lanes];
  x.store(base);
  p.store(exponent);
  for (std::size_t i = 0; i < V::lanes; ++i) base[i] = c_pow(base[i], exponent[i]);
  return select(is_easy == V(1), easy, V::load(base));
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA

#endif
