// Values written as a call: what one kind of value tolerates or refuses, all do, in the same words.
#include "math/call_text.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "seegrad/activation/activation.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/init.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/optim/schedule.hpp"

namespace seegrad::test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

/// A kind of value, one of its names, and a parameter of that.
struct Kind {
  std::string what, name, parameter;
  std::function<std::string(const std::string&)> read_and_print;
};

std::vector<Kind> kinds() {
  return {{"activation", "leaky_relu", "slope", [](const std::string& text) { return Activation::parse(text).to_string(); }},
          {"init", "normal", "std", [](const std::string& text) { return nn::Initializer::parse(text).to_string(); }},
          {"optimizer", "rmsprop", "lr", [](const std::string& text) { return optim::OptimizerOptions::parse(text).to_string(); }},
          {"schedule", "cosine", "floor", [](const std::string& text) { return optim::Schedule::parse(text).to_string(); }}};
}

std::string complaint(const Kind& kind, const std::string& text) {
  try {
    return "accepted: " + kind.read_and_print(text);
  } catch (const UsageError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("all values that are written as a call tolerate the same spellings", "[math][parse]") {
  for (const Kind& kind : kinds()) {
    const std::string printed = kind.name + "(" + kind.parameter + "=0.3)";
    std::string loud = kind.name;
    for (char& c : loud) c = c == '_' ? '-' : static_cast<char>(std::toupper(c));
    for (const std::string& text : {printed, kind.name + "(0.3)", " " + loud + " ( " + kind.parameter + " = +3e-1 ) "}) {
      INFO(text);
      CHECK(kind.read_and_print(text) == printed);
    }
    CHECK(kind.read_and_print(kind.name + "()") == kind.name);
    CHECK(kind.read_and_print(kind.name) == kind.name);
  }
}

TEST_CASE("all values that are written as a call refuse the same faults in the same words", "[math][parse]") {
  for (const Kind& kind : kinds()) {
    const std::string &what = kind.what, &name = kind.name, &parameter = kind.parameter;
    INFO(what);
    for (const auto* text : {"f(1", "f 1)", "f)1(", "f((1))", "f(1)y", "f(1)(2)"})
      CHECK_THAT(complaint(kind, text), StartsWith(what) && Contains("brackets do not match"));
    for (const auto* text : {"", "  ", "(1)"}) CHECK_THAT(complaint(kind, text), StartsWith(what) && Contains("the name is missing"));
    CHECK_THAT(complaint(kind, std::string(1001, 'x')), StartsWith(what) && Contains("1001 characters"));
    CHECK_THAT(complaint(kind, "no\x1b[31msuch"), StartsWith("unknown " + what) && Contains("known are: ") && !Contains("\x1b"));
    CHECK_THAT(complaint(kind, name + "(1,1,1,1,1,1,1,1)"), StartsWith(what + " " + name + ": takes at most") && Contains("8 given"));
    CHECK_THAT(complaint(kind, name + "(,)"), StartsWith(what + " " + name));
    CHECK_THAT(complaint(kind, name + "(" + parameter + "x=1)"), Contains("unknown parameter") && Contains("did you mean"));
    const std::string place = what + " " + name + ", " + parameter + ": ";
    CHECK_THAT(complaint(kind, name + "(one)"), StartsWith(place + "'one' is not a number"));
    CHECK_THAT(complaint(kind, name + "(" + parameter + "=)"), StartsWith(place + "'' is not a number"));
    for (const auto* number : {"nan", "-inf", "1e999"})
      CHECK_THAT(complaint(kind, name + "(" + number + ")"), StartsWith(place) && Contains("is not a finite number"));
  }
}

TEST_CASE("a parameter that is given twice, or by position after a name, is refused", "[math][parse]") {
  const auto read = [](std::string_view inside) {
    const std::vector<call_text::Form> forms{{"first", 1}, {"second", 2, call_text::positive}};
    return call_text::read_parameters("thing", inside, forms);
  };
  CHECK(read("second=5") == std::vector<double>{1, 5});
  CHECK(read("3, second=5") == std::vector<double>{3, 5});
  CHECK_THROWS_WITH(read("3, first=5"), "thing, first: given twice");
  CHECK_THROWS_WITH(read("second=3, 5"), "thing: '5' stands after a named parameter; give its name too");
  CHECK_THROWS_WITH(read("3,"), "thing: a parameter is missing beside a comma; its parameters are first=1, second=2");
  CHECK_THROWS_WITH(read("1, 0"), "thing, second: 0 is not allowed; it must be greater than 0");
}

}  // namespace seegrad::test
