// A program run one element at a time: slow and plain, the reference for faster interpreters. Each instruction is computed
// by the rule of its word, on numbers or on duals, as the compiled formula would (see `partial` in dual.hpp).
#pragma once

#include "activation/words.hpp"
#include "seegrad/activation/formula.hpp"

#include <array>
#include <utility>
#include <vector>

namespace seegrad::detail {

template <class N>
using Rule = N (*)(N, N, N);

template <Word W, class N>
N apply(N a, N b, N c) {
  if constexpr (W == Word::select)
    return select(a != N(0), b, c);
  else if constexpr (is_decision(W))
    return decide<W>(a, b);
  else if constexpr (is_computation(W))
    return compute<W>(a, b);
  else
    return a;
}

/// What each word does to numbers of the type N.
template <class N>
const std::array<Rule<N>, word_count>& rules() {
  static constexpr auto all = []<int... I>(std::integer_sequence<int, I...>) {
    return std::array<Rule<N>, word_count>{&apply<Word(I), N>...};
  }
  (std::make_integer_sequence<int, word_count>{});
  return all;
}

// A number of order 0, 1 or 2 that stands for one argument, and the part of a result that was asked for.
template <class T>
void seed(T& number, T value, bool, bool) {
  number = value;
}
template <class T>
void seed(Dual<T>& number, T value, bool first, bool) {
  number = {value, T(first)};
}
template <class T>
void seed(Dual<Dual<T>>& number, T value, bool first, bool second) {
  number = {{value, T(first)}, Dual<T>(T(second))};
}
template <class T>
T wanted(T number) {
  return number;
}
template <class T>
auto wanted(Dual<T> number) {
  return wanted(number.slope);
}

/// The loop of ElementwiseCall for a program; N is T, Dual<T> or Dual<Dual<T>>, as often as is differentiated.
template <class N, class T>
void interpret_as(std::span<const Instruction> code, const ElementwiseCall<T>& call, Derivative derivative) {
  const auto argument = [&](int index, T value) {
    N number;
    seed(number, value, derivative.first == index, derivative.second == index);
    return number;
  };
  std::vector<N> results(code.size());
  const auto at = [&](int index) { return index < 0 ? N(0) : results[std::size_t(index)]; };
  for (std::size_t i = 0; i < call.count; ++i) {
    const T x = call.x[i];
    for (std::size_t k = 0; k < code.size(); ++k) {
      const Instruction& step = code[k];
      if (step.word == Word::constant)
        results[k] = N(step.constant);
      else if (step.word == Word::x)
        results[k] = argument(0, x);
      else if (step.word == Word::parameter)
        results[k] = argument(step.parameter + 1, call.parameters[step.parameter][call.parameters_per_element ? i : 0]);
      else
        results[k] = rules<N>()[std::size_t(step.word)](at(step.a), at(step.b), at(step.c));
    }
    const T y = select(x == x, wanted(results.back()), x);
    call.y[i] = call.scale ? call.scale[i] * y : y;
  }
}

/// y[i] = scale[i] * D f(x[i]; parameters) for the f that `program` computes.
template <class T>
void interpret(const Program& program, const ElementwiseCall<T>& call, Derivative derivative) {
  // As visit_derivative() does: one order of directions for both, so that roundings and limits are the same.
  if (derivative.second != Derivative::none && derivative.second < derivative.first) std::swap(derivative.first, derivative.second);
  const auto code = program.instructions();
  if (derivative.order() == 0)
    interpret_as<T>(code, call, derivative);
  else if (derivative.order() == 1)
    interpret_as<Dual<T>>(code, call, derivative);
  else
    interpret_as<Dual<Dual<T>>>(code, call, derivative);
}

}  // namespace seegrad::detail
