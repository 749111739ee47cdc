// A scalar that does not compute but writes down: call a formula with a Symbol and its Program appears.
//
//     Program p = trace<Silu>();          // or: Trace trace; Symbol y = x * sigmoid(x); trace.finish(y)
#pragma once

#include "seegrad/activation/formula.hpp"
#include "seegrad/activation/program.hpp"

#include <array>
#include <optional>
#include <type_traits>
#include <utility>

namespace seegrad {

/// What a comparison of Symbols yields: known only when the program runs, so it cannot steer an `if`.
struct Condition {
  int index;
  /// In a formula write select(condition, a, b) instead of an if: SIMD lanes and GPU threads cannot branch one by one.
  operator bool() const = delete;

  friend Condition operator&(Condition a, Condition b);
  friend Condition operator|(Condition a, Condition b);
  friend Condition operator!(Condition a);
};

class Symbol {
 public:
  Symbol() = default;
  template <class U>
  requires std::is_arithmetic_v<U> Symbol(U constant) : index_(write_constant(double(constant))) {}

  int index() const { return index_; }
  /// Its value, when constants alone decide it.
  std::optional<double> constant() const;
  /// word(a, b, c) of earlier results, written into the Trace of this thread; returns its index. Error when there is none.
  static int write(Word word, int a, int b = -1, int c = -1);
  static Symbol of_index(int index);

  friend Symbol operator-(Symbol a) { return of_index(write(Word::negate, a.index_)); }
  friend Symbol operator+(Symbol a, Symbol b) { return of_index(write(Word::add, a.index_, b.index_)); }
  friend Symbol operator-(Symbol a, Symbol b) { return of_index(write(Word::subtract, a.index_, b.index_)); }
  friend Symbol operator*(Symbol a, Symbol b) { return of_index(write(Word::multiply, a.index_, b.index_)); }
  friend Symbol operator/(Symbol a, Symbol b) { return of_index(write(Word::divide, a.index_, b.index_)); }
  friend Condition operator<(Symbol a, Symbol b) { return {write(Word::less, a.index_, b.index_)}; }
  friend Condition operator>(Symbol a, Symbol b) { return {write(Word::greater, a.index_, b.index_)}; }
  friend Condition operator<=(Symbol a, Symbol b) { return {write(Word::less_equal, a.index_, b.index_)}; }
  friend Condition operator>=(Symbol a, Symbol b) { return {write(Word::greater_equal, a.index_, b.index_)}; }
  friend Condition operator==(Symbol a, Symbol b) { return {write(Word::equal, a.index_, b.index_)}; }
  friend Condition operator!=(Symbol a, Symbol b) { return {write(Word::not_equal, a.index_, b.index_)}; }
  friend Symbol select(Condition condition, Symbol a, Symbol b) {
    return of_index(write(Word::select, condition.index, a.index_, b.index_));
  }

 private:
  static int write_constant(double constant);
  int index_ = -1;
};

inline Condition operator&(Condition a, Condition b) { return {Symbol::write(Word::both, a.index, b.index)}; }
inline Condition operator|(Condition a, Condition b) { return {Symbol::write(Word::either, a.index, b.index)}; }
inline Condition operator!(Condition a) { return {Symbol::write(Word::opposite, a.index)}; }

inline Symbol gate(Symbol x, Symbol g) { return Symbol::of_index(Symbol::write(Word::gate, x.index(), g.index())); }
inline Symbol straight_through(Symbol value, Symbol slope) {
  return Symbol::of_index(Symbol::write(Word::straight_through, value.index(), slope.index()));
}
inline Symbol abs(Symbol x) { return Symbol::of_index(Symbol::write(Word::abs, x.index())); }
inline Symbol sign(Symbol x) { return Symbol::of_index(Symbol::write(Word::sign, x.index())); }
inline Symbol sqrt(Symbol x) { return Symbol::of_index(Symbol::write(Word::sqrt, x.index())); }
inline Symbol exp(Symbol x) { return Symbol::of_index(Symbol::write(Word::exp, x.index())); }
inline Symbol expm1(Symbol x) { return Symbol::of_index(Symbol::write(Word::expm1, x.index())); }
inline Symbol log(Symbol x) { return Symbol::of_index(Symbol::write(Word::log, x.index())); }
inline Symbol log1p(Symbol x) { return Symbol::of_index(Symbol::write(Word::log1p, x.index())); }
inline Symbol pow(Symbol x, Symbol exponent) { return Symbol::of_index(Symbol::write(Word::pow, x.index(), exponent.index())); }
inline Symbol sin(Symbol x) { return Symbol::of_index(Symbol::write(Word::sin, x.index())); }
inline Symbol cos(Symbol x) { return Symbol::of_index(Symbol::write(Word::cos, x.index())); }
inline Symbol atan(Symbol x) { return Symbol::of_index(Symbol::write(Word::atan, x.index())); }
inline Symbol asinh(Symbol x) { return Symbol::of_index(Symbol::write(Word::asinh, x.index())); }
inline Symbol tanh(Symbol x) { return Symbol::of_index(Symbol::write(Word::tanh, x.index())); }
inline Symbol sigmoid(Symbol x) { return Symbol::of_index(Symbol::write(Word::sigmoid, x.index())); }
inline Symbol softplus(Symbol x) { return Symbol::of_index(Symbol::write(Word::softplus, x.index())); }
inline Symbol erf(Symbol x) { return Symbol::of_index(Symbol::write(Word::erf, x.index())); }
inline Symbol erfc(Symbol x) { return Symbol::of_index(Symbol::write(Word::erfc, x.index())); }
inline Symbol normal_cdf(Symbol x) { return Symbol::of_index(Symbol::write(Word::normal_cdf, x.index())); }
inline Symbol normal_pdf(Symbol x) { return Symbol::of_index(Symbol::write(Word::normal_pdf, x.index())); }

/// While one lives, this thread's Symbols write into it. They nest; the innermost one writes.
class Trace {
 public:
  explicit Trace(std::size_t most_instructions = 4096);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  Symbol x();
  /// The i-th parameter, counted from 0.
  Symbol parameter(int i);
  Program finish(Symbol result) const { return writer_.finish(result.index()); }

 private:
  friend class Symbol;
  ProgramWriter writer_;
  Trace* outer_;
};

/// The program of the struct F.
template <class F>
Program trace() {
  Trace trace;
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    const Symbol x = trace.x();
    const std::array<Symbol, sizeof...(I) + 1> parameters{trace.parameter(int(I))...};
    return trace.finish(F{}(x, parameters[I]...));
  }
  (std::make_index_sequence<std::size_t(parameter_count<F>)>{});
}

}  // namespace seegrad
