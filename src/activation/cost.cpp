// What a formula costs in steps. The program of f' is had as any derivative is had here: the program of f is run on dual numbers, whose
// components are symbols that write down what is done to them.
#include "activation/curve.hpp"
#include "activation/words.hpp"
#include "seegrad/activation/trace.hpp"

namespace seegrad {

// One exponential gives both: the second costs an operation, not another transcendental.
static Pair<Symbol> sigmoid_pair(Symbol x) {
  const Symbol y = sigmoid(x);
  return {y, Symbol(1) - y};
}
static Pair<Symbol> tanh_pair(Symbol x) {
  const Symbol y = tanh(x);
  return {y, Symbol(1) - y * y};
}

namespace card {
namespace {

using Moving = Dual<Symbol>;

Moving run(const Instruction& step, const std::vector<Moving>& done, Trace& trace) {
  const auto at = [&](int index) { return index < 0 ? Moving(Symbol(0), Symbol(0)) : done[std::size_t(index)]; };
  const Moving a = at(step.a), b = at(step.b);
  if (step.word == Word::constant) return {Symbol(step.constant), Symbol(0)};
  if (step.word == Word::x) return {trace.x(), Symbol(1)};
  if (step.word == Word::parameter) return {trace.parameter(step.parameter), Symbol(0)};
  if (step.word == Word::select) return select(Condition{a.value.index()}, b, at(step.c));
  if (is_decision(step.word))
    return {Symbol::of_index(Symbol::write(step.word, step.a < 0 ? -1 : a.value.index(), step.b < 0 ? -1 : b.value.index())), Symbol(0)};
  Moving result;
  [&]<int... I>(std::integer_sequence<int, I...>) {
    const auto attempt = [&]<Word W>() {
      if constexpr (is_computation(W))
        if (W == step.word) result = compute<W>(a, b);
    };
    (attempt.template operator()<Word(I)>(), ...);
  }
  (std::make_integer_sequence<int, word_count>{});
  return result;
}

bool is(const Instruction& step, double value) { return step.word == Word::constant && step.constant == value; }

/// Writes a step unless a 0 or 1 among its arguments makes it superfluous: dual numbers leave many of those.
int write(ProgramWriter& writer, Instruction step) {
  const Instruction zero{.word = Word::constant, .constant = 0};
  const auto a = [&] { return writer[step.a]; };
  const auto b = [&] { return writer[step.b]; };
  switch (step.word) {
    case Word::add:
      if (is(a(), 0)) return step.b;
      if (is(b(), 0)) return step.a;
      break;
    case Word::subtract:
      if (is(b(), 0)) return step.a;
      if (is(a(), 0)) step = {.word = Word::negate, .a = step.b};
      break;
    case Word::multiply:
    case Word::gate:
      if (is(a(), 0) || is(b(), 0)) return writer.write(zero);
      if (is(a(), 1)) return step.b;
      if (is(b(), 1)) return step.a;
      break;
    case Word::divide:
      if (is(a(), 0)) return writer.write(zero);
      if (is(b(), 1)) return step.a;
      break;
    case Word::select:
      if (step.b == step.c) return step.b;
      break;
    default: break;
  }
  return writer.write(step);
}

Program simplified(const Program& program) {
  ProgramWriter writer;
  std::vector<int> place;
  const auto moved = [&](int index) { return index < 0 ? -1 : place[std::size_t(index)]; };
  for (Instruction step : program.instructions()) {
    step.a = moved(step.a), step.b = moved(step.b), step.c = moved(step.c);
    place.push_back(write(writer, step));
  }
  return writer.finish(place.back());
}

Cost cost_of(const Program& program) { return {program.operations(), program.transcendentals()}; }

}  // namespace

Cost value_cost(const Activation& activation) { return cost_of(activation.formula().program()); }

Cost slope_cost(const Activation& activation) {
  Trace trace;
  std::vector<Moving> done;
  for (const Instruction& step : activation.formula().program().instructions()) done.push_back(run(step, done, trace));
  return cost_of(simplified(trace.finish(done.back().slope)));
}

}  // namespace card
}  // namespace seegrad
