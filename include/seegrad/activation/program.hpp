// A formula as data: the list of vocabulary words that computes it.
//
// A struct is code; a text typed on the command line, an interpreter, an operation count, and files in other formats
// need the same formula as data. Both come to the same Program: a struct by being called with a Symbol (trace.hpp), a
// scalar that writes down what is done to it; a text by a parser that computes with Symbols.
//
//     silu, x*sigmoid(x):   %0 = x   %1 = sigmoid %0   %2 = gate %0 %1
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace seegrad {

/// The scalar vocabulary (math/scalar.hpp) and arithmetic. Comparisons yield 1 or 0; min, max and clamp are made of select.
enum class Word : std::uint8_t {
  // what an instruction can start from
  constant,
  x,
  parameter,
  // arithmetic
  negate,
  add,
  subtract,
  multiply,
  divide,
  // conditions
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  both,
  either,
  opposite,
  select,
  // words with an exact rule of their own
  gate,
  straight_through,
  abs,
  sign,
  sqrt,
  exp,
  expm1,
  log,
  log1p,
  pow,
  sin,
  cos,
  atan,
  asinh,
  tanh,
  sigmoid,
  softplus,
  erf,
  erfc,
  normal_cdf,
  normal_pdf,
};
inline constexpr int word_count = int(Word::normal_pdf) + 1;

/// What is known of a word without computing it.
struct WordInfo {
  std::string_view name;
  int arguments = 1;
  bool condition = false;       ///< yields 1 or 0 and has no slope
  bool transcendental = false;  ///< costs a polynomial or more, not one machine instruction
};
const WordInfo& info(Word word);

/// One step: `word` applied to the results of earlier instructions a, b, c (as many as it has arguments).
struct Instruction {
  Word word = Word::constant;
  int a = -1, b = -1, c = -1;
  double constant = 0;  ///< of Word::constant
  int parameter = 0;    ///< of Word::parameter: which one, counted from 0

  bool operator==(const Instruction&) const = default;
};

/// Instructions in an order in which they can be computed; the last one is the result. No instruction stands there twice,
/// what constants alone decide is already computed, and nothing is left that the result does not need.
class Program {
 public:
  std::span<const Instruction> instructions() const { return instructions_; }
  /// Arithmetic, comparisons, selections and vocabulary words: everything but constants, x and parameters.
  int operations() const;
  /// Those of them that are transcendental.
  int transcendentals() const;
  bool uses(Word word) const;
  /// Different for every program that was ever finished; copies share it. 0 for an empty one.
  std::uint64_t id() const { return id_; }

 private:
  friend class ProgramWriter;
  std::vector<Instruction> instructions_;
  std::uint64_t id_ = 0;
};

/// Writes a program, one instruction at a time: equal instructions are written once, and constants are folded.
class ProgramWriter {
 public:
  /// More instructions than `most` are an Error.
  explicit ProgramWriter(std::size_t most = 4096) : most_(most) {}

  /// The index of an instruction that computes this.
  int write(const Instruction& instruction);
  const Instruction& operator[](int index) const { return instructions_[std::size_t(index)]; }
  /// The program whose result is the given instruction, without what it does not need.
  Program finish(int result) const;

 private:
  std::size_t most_;
  std::vector<Instruction> instructions_;
};

}  // namespace seegrad
