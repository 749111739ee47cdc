#include "backend/cuda/formula_source.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "activation/words.hpp"

namespace seegrad::cuda {
namespace {

/// A constant of type double, exact to the bit.
std::string literal(double value) {
  if (std::isfinite(value)) return fmt::format("{:a}", value);
  return fmt::format("__builtin_bit_cast(double, 0x{:016x}ull)", std::bit_cast<std::uint64_t>(value));
}

/// Writes the body of operator(), one instruction a line. Programs carry conditions as 1 or 0; here they are bools, so that `select`
/// needs no comparison to get them back.
class BodyWriter {
 public:
  explicit BodyWriter(const Program& program) : code_(program.instructions()) {}

  std::string write() {
    std::string body;
    for (std::size_t i = 0; i < code_.size(); ++i) {
      if (word_table[std::size_t(code_[i].word)].arguments == 0) continue;  // named where they are used
      const bool condition = is_condition(int(i));
      body += fmt::format("    const {} v{} = {};\n", condition ? "bool" : "T", i, expression(code_[i], condition));
    }
    return body + fmt::format("    return {};\n", number(int(code_.size()) - 1));
  }

 private:
  bool is_condition(int i) const { return word_table[std::size_t(code_[std::size_t(i)].word)].condition; }

  /// An earlier result where a number is wanted.
  std::string number(int i) const {
    const Instruction& source = code_[std::size_t(i)];
    if (source.word == Word::constant) return fmt::format("T({})", literal(source.constant));
    if (source.word == Word::x) return "x";
    if (source.word == Word::parameter) return fmt::format("p{}", source.parameter);
    return is_condition(i) ? fmt::format("select(v{}, T(1), T(0))", i) : fmt::format("v{}", i);
  }

  /// An earlier result where a condition is wanted.
  std::string condition(int i) const {
    const Instruction& source = code_[std::size_t(i)];
    if (source.word == Word::constant) return source.constant != 0 ? "true" : "false";
    return is_condition(i) ? fmt::format("v{}", i) : fmt::format("({} != T(0))", number(i));
  }

  std::string expression(const Instruction& step, bool is_decision) const {
    if (step.word == Word::both) return fmt::format("{} & {}", condition(step.a), condition(step.b));
    if (step.word == Word::either) return fmt::format("{} | {}", condition(step.a), condition(step.b));
    if (step.word == Word::opposite) return fmt::format("!{}", condition(step.a));
    if (step.word == Word::select) return fmt::format("select({}, {}, {})", condition(step.a), number(step.b), number(step.c));
    if (step.word == Word::negate) return fmt::format("-{}", number(step.a));
    if (is_decision || (step.word >= Word::add && step.word <= Word::divide))
      return fmt::format("{} {} {}", number(step.a), sign_of(step.word), number(step.b));
    const WordInfo& word = word_table[std::size_t(step.word)];
    if (word.arguments == 1) return fmt::format("{}({})", word.name, number(step.a));
    return fmt::format("{}({}, {})", word.name, number(step.a), number(step.b));
  }

  static std::string_view sign_of(Word word) {
    switch (word) {
      case Word::add: return "+";
      case Word::subtract: return "-";
      case Word::multiply: return "*";
      case Word::divide: return "/";
      case Word::less: return "<";
      case Word::less_equal: return "<=";
      case Word::greater: return ">";
      case Word::greater_equal: return ">=";
      case Word::equal: return "==";
      default: return "!=";
    }
  }

  std::span<const Instruction> code_;
};

}  // namespace

std::string formula_source(const Program& program, int parameters, std::string_view name) {
  std::string arguments = "[[maybe_unused]] T x";
  for (int p = 0; p < parameters; ++p) arguments += fmt::format(", [[maybe_unused]] T p{}", p);
  return fmt::format(
      "struct {} {{\n"
      "  static constexpr int parameters = {};\n"
      "  template <class T>\n"
      "  SEEGRAD_HD T operator()({}) const {{\n"
      "{}"
      "  }}\n"
      "}};\n",
      name, parameters, arguments, BodyWriter(program).write());
}

}  // namespace seegrad::cuda
