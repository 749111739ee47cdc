// Programs: what is known of each word, writing, folding and pruning.
#include "seegrad/activation/program.hpp"

#include "activation/words.hpp"
#include "seegrad/activation/trace.hpp"
#include "seegrad/math/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>

namespace seegrad {
namespace {

thread_local Trace* current_trace = nullptr;

Trace& current() {
  if (!current_trace) throw Error("a Symbol was used outside a Trace");
  return *current_trace;
}

/// W on plain numbers, whichever word it is.
double fold(Word word, double a, double b, double c) {
  if (word == Word::select) return a != 0 ? b : c;
  double result = 0;
  [&]<int... I>(std::integer_sequence<int, I...>) {
    const auto attempt = [&]<Word W>() {
      if (W != word) return;
      if constexpr (is_decision(W))
        result = decide<W>(a, b);
      else if constexpr (is_computation(W))
        result = compute<W>(a, b);
    };
    (attempt.template operator()<Word(I)>(), ...);
  }
  (std::make_integer_sequence<int, word_count>{});
  return result;
}

std::array<int, 3> arguments(const Instruction& i) { return {i.a, i.b, i.c}; }

}  // namespace

const WordInfo& info(Word word) { return word_table[std::size_t(word)]; }

int Program::operations() const {
  return int(std::count_if(instructions_.begin(), instructions_.end(), [](const Instruction& i) { return info(i.word).arguments > 0; }));
}

int Program::transcendentals() const {
  return int(std::count_if(instructions_.begin(), instructions_.end(), [](const Instruction& i) { return info(i.word).transcendental; }));
}

bool Program::uses(Word word) const {
  return std::any_of(instructions_.begin(), instructions_.end(), [&](const Instruction& i) { return i.word == word; });
}

int ProgramWriter::write(const Instruction& instruction) {
  Instruction next = instruction;
  const int needed = info(next.word).arguments;
  if (needed < 3) next.c = -1;
  if (needed < 2) next.b = -1;
  std::array<double, 3> values{};
  bool constant = needed > 0;
  for (int i = 0; i < needed; ++i) {
    const int from = arguments(next)[std::size_t(i)];
    if (from < 0 || std::size_t(from) >= instructions_.size()) throw Error("a Symbol was used that has no value in this Trace");
    const Instruction& source = instructions_[std::size_t(from)];
    constant = constant && source.word == Word::constant;
    values[std::size_t(i)] = source.constant;
  }
  if (constant) next = {.word = Word::constant, .constant = fold(next.word, values[0], values[1], values[2])};
  // Equal bits, not equal values: 0 and -0 are two constants, and NaN is one.
  const auto same = [&](const Instruction& i) {
    return i.word == next.word && arguments(i) == arguments(next) && i.parameter == next.parameter &&
           std::bit_cast<std::uint64_t>(i.constant) == std::bit_cast<std::uint64_t>(next.constant);
  };
  const auto found = std::find_if(instructions_.begin(), instructions_.end(), same);
  if (found != instructions_.end()) return int(found - instructions_.begin());
  if (instructions_.size() == most_) throw Error(fmt::format("a formula of more than {} steps", most_));
  instructions_.push_back(next);
  return int(instructions_.size()) - 1;
}

Program ProgramWriter::finish(int result) const {
  if (result < 0 || std::size_t(result) >= instructions_.size()) throw Error("a formula without a result");
  std::vector<bool> needed(instructions_.size());
  needed[std::size_t(result)] = true;
  for (int i = result; i >= 0; --i)
    for (const int from : arguments(instructions_[std::size_t(i)]))
      if (needed[std::size_t(i)] && from >= 0) needed[std::size_t(from)] = true;
  static std::atomic<std::uint64_t> finished = 0;
  Program program;
  program.id_ = ++finished;
  std::vector<int> place(instructions_.size(), -1);
  for (int i = 0; i <= result; ++i) {
    if (!needed[std::size_t(i)]) continue;
    Instruction moved = instructions_[std::size_t(i)];
    for (int* from : {&moved.a, &moved.b, &moved.c})
      if (*from >= 0) *from = place[std::size_t(*from)];
    place[std::size_t(i)] = int(program.instructions_.size());
    program.instructions_.push_back(moved);
  }
  return program;
}

Trace::Trace(std::size_t most_instructions) : writer_(most_instructions), outer_(std::exchange(current_trace, this)) {}
Trace::~Trace() { current_trace = outer_; }

Symbol Trace::x() { return Symbol::of_index(writer_.write({.word = Word::x})); }
Symbol Trace::parameter(int i) { return Symbol::of_index(writer_.write({.word = Word::parameter, .parameter = i})); }

std::optional<double> Symbol::constant() const {
  const Instruction& source = current().writer_[index_];
  return source.word == Word::constant ? std::optional(source.constant) : std::nullopt;
}
int Symbol::write(Word word, int a, int b, int c) { return current().writer_.write({.word = word, .a = a, .b = b, .c = c}); }
Symbol Symbol::of_index(int index) {
  Symbol symbol;
  symbol.index_ = index;
  return symbol;
}
int Symbol::write_constant(double constant) { return current().writer_.write({.word = Word::constant, .constant = constant}); }

}  // namespace seegrad
