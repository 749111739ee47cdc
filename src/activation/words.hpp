// What each word does to its arguments, for any scalar of the vocabulary: the link between Programs and scalar.hpp.
// Used by the scalar interpreter here and by the vector interpreter of the CPU backend.
#pragma once

#include "seegrad/activation/program.hpp"
#include "seegrad/math/dual.hpp"

namespace seegrad {

/// In the order of Word.
inline constexpr std::array<WordInfo, word_count> word_table{{
    {"constant", 0},
    {"x", 0},
    {"parameter", 0},
    {"negate", 1},
    {"add", 2},
    {"subtract", 2},
    {"multiply", 2},
    {"divide", 2},
    {"less", 2, true},
    {"less_equal", 2, true},
    {"greater", 2, true},
    {"greater_equal", 2, true},
    {"equal", 2, true},
    {"not_equal", 2, true},
    {"both", 2, true},
    {"either", 2, true},
    {"opposite", 1, true},
    {"select", 3},
    {"gate", 2},
    {"straight_through", 2},
    {"abs", 1},
    {"sign", 1},
    {"sqrt", 1},
    {"exp", 1, false, true},
    {"expm1", 1, false, true},
    {"log", 1, false, true},
    {"log1p", 1, false, true},
    {"pow", 2, false, true},
    {"sin", 1, false, true},
    {"cos", 1, false, true},
    {"atan", 1, false, true},
    {"asinh", 1, false, true},
    {"tanh", 1, false, true},
    {"sigmoid", 1, false, true},
    {"softplus", 1, false, true},
    {"erf", 1, false, true},
    {"erfc", 1, false, true},
    {"normal_cdf", 1, false, true},
    {"normal_pdf", 1, false, true},
}};

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
