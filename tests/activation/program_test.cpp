// Formulas as data: what a trace writes down.
#include "seegrad/activation/activation.hpp"
#include "seegrad/activation/gated.hpp"
#include "seegrad/activation/trace.hpp"
#include "seegrad/math/error.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace seegrad::test {
namespace {

std::vector<Word> words_of(const Program& program) {
  std::vector<Word> words;
  for (const Instruction& i : program.instructions()) words.push_back(i.word);
  return words;
}

}  // namespace

TEST_CASE("a trace writes down what a struct does, in the order in which it can be computed", "[activation][program]") {
  const Program& silu = formula_of<Silu>().program();
  CHECK(words_of(silu) == std::vector<Word>{Word::x, Word::sigmoid, Word::gate});
  CHECK(silu.operations() == 2);
  CHECK(silu.transcendentals() == 1);
  for (const Activation& activation : Activation::all()) {
    INFO(activation.to_string());
    const auto code = activation.formula().program().instructions();
    REQUIRE_FALSE(code.empty());
    for (std::size_t i = 0; i < code.size(); ++i) {
      const int arguments = info(code[i].word).arguments;
      CHECK((code[i].a >= 0) == (arguments > 0));
      CHECK((code[i].b >= 0) == (arguments > 1));
      CHECK((code[i].c >= 0) == (arguments > 2));
      for (const int from : {code[i].a, code[i].b, code[i].c}) CHECK(from < int(i));
      for (std::size_t j = 0; j < i; ++j) CHECK_FALSE(code[i] == code[j]);
    }
  }
}

TEST_CASE("equal steps are written once, constants are folded, and what nobody needs is left out", "[activation][program]") {
  Trace trace;
  const Symbol x = trace.x();
  const Symbol unused = exp(x);
  const Symbol y = tanh(x) * tanh(x) + sqrt(Symbol(2) + Symbol(7)) + select(Symbol(1) < Symbol(2), Symbol(4), Symbol(5));
  const Program program = trace.finish(y);
  // Sorted: in which order a compiler calls the arguments of an operator is its own affair.
  std::vector<Word> words = words_of(program);
  std::sort(words.begin(), words.end());
  CHECK(words == std::vector<Word>{Word::constant, Word::constant, Word::x, Word::add, Word::add, Word::multiply, Word::tanh});
  double sum = 0;
  for (const Instruction& i : program.instructions()) sum += i.constant;
  CHECK(sum == 3 + 4);
  CHECK_FALSE(program.uses(Word::exp));
  CHECK(unused.index() > 0);
}

TEST_CASE("conditions combine, and 0 and -0 stay two constants", "[activation][program]") {
  Trace trace;
  const Symbol x = trace.x();
  const Symbol inside = select((x > Symbol(-1)) & (x < Symbol(1)), x, Symbol(0));
  const Symbol outside = select(!(x > Symbol(-1)) | (x >= Symbol(1)), Symbol(-0.0), Symbol(0.0));
  const Program program = trace.finish(inside + outside);
  CHECK(program.uses(Word::both));
  CHECK(program.uses(Word::either));
  CHECK(program.uses(Word::opposite));
  int zeros = 0;
  for (const Instruction& i : program.instructions()) zeros += i.word == Word::constant && i.constant == 0;
  CHECK(zeros == 2);
}

TEST_CASE("a symbol without a trace, and a program that grows without end, are errors", "[activation][program]") {
  CHECK_THROWS_AS(Symbol(1.0), Error);
  Trace trace(10);
  Symbol y = trace.x();
  CHECK_THROWS_AS(
      [&] {
        for (int i = 0; i < 20; ++i) y = exp(y);
      }(),
      Error);
  CHECK_THROWS_AS(trace.finish(Symbol{}), Error);
}

}  // namespace seegrad::test
