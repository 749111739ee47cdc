// What each word does to its arguments, for any scalar of the vocabulary: the link between Programs and scalar.hpp.
// Used by the scalar interpreter here and by the vector interpreter of the CPU backend.
#pragma once

#include "seegrad/activation/program.hpp"
#include "seegrad/math/dual.hpp"

namespace seegrad {

/// A condition as programs carry it: 1 or 0.
template <class T, class Mask>
SEEGRAD_HD T as_number(Mask condition) {
  return select(condition, T(1), T(0));
}

/// Comparisons look at values only: given plain scalars (no duals), 1 where the condition holds, else 0.
template <Word W, class T>
SEEGRAD_HD T decide(T a, T b) {
  if constexpr (W == Word::less) return as_number<T>(a < b);
  if constexpr (W == Word::less_equal) return as_number<T>(a <= b);
  if constexpr (W == Word::greater) return as_number<T>(a > b);
  if constexpr (W == Word::greater_equal) return as_number<T>(a >= b);
  if constexpr (W == Word::equal) return as_number<T>(a == b);
  if constexpr (W == Word::not_equal) return as_number<T>(a != b);
  if constexpr (W == Word::both) return a * b;
  if constexpr (W == Word::either) return select(a != T(0), a, b);
  if constexpr (W == Word::opposite) return T(1) - a;
}

/// W(a) or W(a, b); arguments that the word does not have are ignored.
template <Word W, class T>
SEEGRAD_HD T compute(T a, T b) {
  if constexpr (W == Word::negate) return -a;
  if constexpr (W == Word::add) return a + b;
  if constexpr (W == Word::subtract) return a - b;
  if constexpr (W == Word::multiply) return a * b;
  if constexpr (W == Word::divide) return a / b;
  if constexpr (W == Word::gate) return gate(a, b);
  if constexpr (W == Word::straight_through) return straight_through(a, b);
  if constexpr (W == Word::abs) return abs(a);
  if constexpr (W == Word::sign) return sign(a);
  if constexpr (W == Word::sqrt) return sqrt(a);
  if constexpr (W == Word::exp) return exp(a);
  if constexpr (W == Word::expm1) return expm1(a);
  if constexpr (W == Word::log) return log(a);
  if constexpr (W == Word::log1p) return log1p(a);
  if constexpr (W == Word::pow) return pow(a, b);
  if constexpr (W == Word::sin) return sin(a);
  if constexpr (W == Word::cos) return cos(a);
  if constexpr (W == Word::atan) return atan(a);
  if constexpr (W == Word::asinh) return asinh(a);
  if constexpr (W == Word::tanh) return tanh(a);
  if constexpr (W == Word::sigmoid) return sigmoid(a);
  if constexpr (W == Word::softplus) return softplus(a);
  if constexpr (W == Word::erf) return erf(a);
  if constexpr (W == Word::erfc) return erfc(a);
  if constexpr (W == Word::normal_cdf) return normal_cdf(a);
  if constexpr (W == Word::normal_pdf) return normal_pdf(a);
}

/// Words for decide(), for compute(); `select` and what an instruction starts from are neither.
constexpr bool is_decision(Word word) { return word >= Word::less && word <= Word::opposite; }
constexpr bool is_computation(Word word) { return (word >= Word::negate && word <= Word::divide) || word >= Word::gate; }

}  // namespace seegrad
