// The scalar vocabulary: the few words in which every formula of seegrad is written.
//
// A formula is a template over its scalar type. Whatever can say these words can evaluate it: float and double
// (this file), dual numbers (dual.hpp: derivatives), SIMD vectors (src/backend/cpu/vector/simd_math.hpp) and, since
// everything here is marked SEEGRAD_HD, device code. Each word is exact where naive compositions are not: sigmoid and
// softplus never overflow, normal_cdf keeps its tails, gate() gives gelu, silu and mish their limits at infinity.
#pragma once

#include <cmath>
#include <type_traits>

#if defined(__CUDACC__)
#define SEEGRAD_HD __host__ __device__ __forceinline__
#elif defined(__GNUC__)
#define SEEGRAD_HD inline __attribute__((always_inline))
#else
#define SEEGRAD_HD inline
#endif

namespace seegrad {

/// float or double: the types at the bottom of every nest of duals.
template <class T>
concept Real = std::is_floating_point_v<T>;

/// Two results of one exponential: sigmoid_pair(x) = {s(x), 1 - s(x)}, tanh_pair(x) = {tanh x, 1 - tanh^2 x}.
/// The second member is not computed by subtraction: it keeps its relative accuracy where the first saturates.
template <class T>
struct Pair {
  T first, second;
};

// ---- words on plain numbers ----------------------------------------------------------------------------------

/// a where the condition holds, else b. The branch that is not picked leaves no trace, not even its NaN.
template <Real T>
SEEGRAD_HD T select(bool condition, T a, T b) {
  return condition ? a : b;
}
template <Real T>
SEEGRAD_HD T abs(T x) {
  return std::fabs(x);
}
template <Real T>
SEEGRAD_HD T exp(T x) {
  return std::exp(x);
}
template <Real T>
SEEGRAD_HD T expm1(T x) {
  return std::expm1(x);
}
template <Real T>
SEEGRAD_HD T log(T x) {
  return std::log(x);
}
template <Real T>
SEEGRAD_HD T log1p(T x) {
  return std::log1p(x);
}
template <Real T>
SEEGRAD_HD T sqrt(T x) {
  return std::sqrt(x);
}
template <Real T>
SEEGRAD_HD T pow(T x, T exponent) {
  return std::pow(x, exponent);
}
template <Real T>
SEEGRAD_HD T erf(T x) {
  return std::erf(x);
}
template <Real T>
SEEGRAD_HD T erfc(T x) {
  return std::erfc(x);
}
template <Real T>
SEEGRAD_HD T sin(T x) {
  return std::sin(x);
}
template <Real T>
SEEGRAD_HD T cos(T x) {
  return std::cos(x);
}
template <Real T>
SEEGRAD_HD T atan(T x) {
  return std::atan(x);
}
/// log(x + sqrt(x^2 + 1)).
template <Real T>
SEEGRAD_HD T asinh(T x) {
  return std::asinh(x);
}
template <Real T>
SEEGRAD_HD T tanh(T x) {
  return std::tanh(x);
}
/// tanh and its slope 1 - tanh^2 = 4 e / (1 + e)^2 with e = exp(-2|x|), the square worked out: one rounding less.
template <Real T>
SEEGRAD_HD Pair<T> tanh_pair(T x) {
  const T e = std::exp(T(-2) * std::fabs(x));
  return {std::tanh(x), T(4) * e / (T(1) + e * (T(2) + e))};
}
/// 1 / (1 + exp(-x)).
template <Real T>
SEEGRAD_HD T sigmoid(T x) {
  return T(1) / (T(1) + std::exp(-x));
}
template <Real T>
SEEGRAD_HD Pair<T> sigmoid_pair(T x) {
  const T e = std::exp(-std::fabs(x));
  const T large = T(1) / (T(1) + e);
  const T small = e * large;
  return x < T(0) ? Pair<T>{small, large} : Pair<T>{large, small};
}
/// log(1 + exp(x)), exact on both sides.
template <Real T>
SEEGRAD_HD T softplus(T x) {
  return (x > T(0) ? x : T(0)) + std::log1p(std::exp(-std::fabs(x)));
}
/// P(Z <= x) for a standard normal Z, by erfc, so that the lower tail keeps its relative accuracy.
template <Real T>
SEEGRAD_HD T normal_cdf(T x) {
  return T(0.5) * std::erfc(x * T(-0.70710678118654752440));
}
/// Density of a standard normal at x.
template <Real T>
SEEGRAD_HD T normal_pdf(T x) {
  return T(0.39894228040143267794) * std::exp(T(-0.5) * x * x);
}
/// -1, 0 or 1.
template <Real T>
SEEGRAD_HD T sign(T x) {
  return T(x > T(0)) - T(x < T(0));
}
/// x * g, but exactly 0 where g is 0, even when x is infinite: a gate that is shut wins.
template <Real T>
SEEGRAD_HD T gate(T x, T g) {
  return g == T(0) ? T(0) : x * g;
}
/// The straight-through estimator (Bengio et al. 2013, arXiv:1308.3432): goes forward as `value`, comes back as `slope`.
template <Real T>
SEEGRAD_HD T straight_through(T value, T slope) {
  (void)slope;
  return value;
}

// ---- words composed of other words: one definition for every kind of scalar -------------------------------------

/// The smaller of two; NaN on either side goes through. A tie takes b (and, for duals, b's slope).
template <class T>
SEEGRAD_HD T min(T a, T b) {
  return select(a != a, a, select(a < b, a, b));
}
/// The larger of two; NaN on either side goes through. A tie takes b: max(x, T(0)) has slope 0 at 0, like PyTorch's.
template <class T>
SEEGRAD_HD T max(T a, T b) {
  return select(a != a, a, select(a > b, a, b));
}
/// x between the bounds; NaN goes through. On a bound the slope is that of the bound, 0.
template <class T>
SEEGRAD_HD T clamp(T x, T lower, T upper) {
  return select(x <= lower, lower, select(x >= upper, upper, x));
}

}  // namespace seegrad
