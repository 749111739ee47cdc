// Formulas as C++ text, read by a real compiler: every activation and a list of typed formulas go into one source file, the host's
// compiler makes a library of it, and what that computes must be what the formulas compute, to the last bit.
#include "backend/cuda/formula_source.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <set>

#include "data/temporary_folder.hpp"
#include "seegrad/activation/catalogue.hpp"
#include "seegrad/activation/text_formula.hpp"
#include "seegrad/activation/trace.hpp"
#include "support/formula_texts.hpp"
#include "support/run_program.hpp"

// The compiler that builds everything else; "c++" where the build did not say.
#ifndef SEEGRAD_CXX
#define SEEGRAD_CXX "c++"
#endif

namespace seegrad::test {
namespace {

/// Every activation and elementary function, then the typed formulas.
std::vector<std::shared_ptr<const Formula>> all_formulas() {
  std::vector<std::shared_ptr<const Formula>> all;
  for (const Formula* formula : compiled_formulas()) all.emplace_back(formula, [](const Formula*) {});
  for (const std::string& text : formula_texts()) all.push_back(parse_formula(text));
  return all;
}

/// The derivatives that a formula has, the second direction never before the first.
std::vector<Derivative> derivatives_of(const Formula& formula) {
  std::vector<Derivative> all;
  const int last = static_cast<int>(formula.parameters().size());
  for (int first = Derivative::none; first <= last; ++first)
    for (int second = Derivative::none; second <= last; ++second)
      if ((second == Derivative::none || second >= first) && formula.has({first, second})) all.push_back({first, second});
  return all;
}

std::string directions_text(Derivative d) {
  if (d.order() == 0) return "";
  return d.order() == 1 ? fmt::format("{}", d.first) : fmt::format("{}, {}", d.first, d.second);
}

/// The struct of one formula and a function that computes all of its derivatives.
std::string unit_of(const Formula& formula, std::size_t number) {
  const int parameters = static_cast<int>(formula.parameters().size());
  std::string values;
  for (int p = 0; p < parameters; ++p) values += fmt::format(", p[{}]", p);
  std::string text = cuda::formula_source(formula.program(), parameters, fmt::format("Formula{}", number));
  text += fmt::format("extern \"C\" void formula_{}(double x, [[maybe_unused]] const double* p, double* y) {{\n", number);
  for (const Derivative d : derivatives_of(formula))
    text += fmt::format("  *y++ = partial<{}>(Formula{}{{}}, x{});\n", directions_text(d), number, values);
  return text + "}\n";
}

/// A library made from source text, and the folder that it lies in.
class Library {
 public:
  explicit Library(const std::string& source) {
    std::ofstream(folder_ / "formulas.cpp") << source;
    // -fno-builtin: exp is to be the library's function, not what the compiler knows better. No contraction: two roundings are two.
    const std::vector<std::string> arguments{
        "-c",         R"(exec "$0" "$@")", SEEGRAD_CXX, "-std=c++20", "-O1", "-ffp-contract=off",           "-fno-builtin", "-Wall",
        "-Wextra",    "-Werror",           "-fPIC",     "-shared",    "-I",  SEEGRAD_SOURCE_DIR "/include", "formulas.cpp", "-o",
        "formulas.so"};
    testing::RunOptions options;
    options.folder = folder_.path();
    const testing::Outcome outcome = testing::run_program("/bin/sh", arguments, options);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    handle_ = dlopen((folder_ / "formulas.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    INFO(dlerror());
    REQUIRE(handle_);
  }
  ~Library() {
    if (handle_) dlclose(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  using Function = void (*)(double x, const double* parameters, double* y);
  Function function(const std::string& name) const { return reinterpret_cast<Function>(dlsym(handle_, name.c_str())); }

 private:
  TemporaryFolder folder_;
  void* handle_ = nullptr;
};

std::vector<double> points() {
  using Limits = std::numeric_limits<double>;
  std::vector<double> x{0, -0.0, Limits::infinity(), Limits::quiet_NaN(), Limits::max(), Limits::min(), Limits::denorm_min(), 1, 2, 3, 0.5};
  for (int exponent = -1060; exponent < 1024; exponent += 53) x.push_back(std::ldexp(1.37, exponent));
  for (int i = 1; i < 400; ++i) x.push_back(i * 0.0517);
  const std::size_t half = x.size();
  for (std::size_t i = 0; i < half; ++i) x.push_back(-x[i]);
  return x;
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

}  // namespace

TEST_CASE("the typed formulas of the tests use every word of the vocabulary", "[kernels]") {
  std::set<Word> used;
  for (const auto& formula : all_formulas()) {
    if (!formula->is_text()) continue;
    for (const Instruction& step : formula->program().instructions()) used.insert(step.word);
  }
  for (int word = 0; word < word_count; ++word) {
    INFO(info(Word(word)).name);
    CHECK(used.contains(Word(word)));
  }
}

TEST_CASE("every formula that is written as C++ computes the same as the formula, bit for bit", "[kernels][slow]") {
  const auto formulas = all_formulas();
  std::string source = "#include \"seegrad/math/dual.hpp\"\nnamespace seegrad {\n";
  for (std::size_t i = 0; i < formulas.size(); ++i) source += unit_of(*formulas[i], i);
  const Library library(source + "}\n");
  for (std::size_t i = 0; i < formulas.size(); ++i) {
    const Formula& formula = *formulas[i];
    const auto compute = library.function(fmt::format("formula_{}", i));
    REQUIRE(compute);
    std::vector<double> parameters;
    for (const Parameter& p : formula.parameters()) parameters.push_back(p.value);
    const std::vector<Derivative> derivatives = derivatives_of(formula);
    std::vector<double> y(derivatives.size());
    for (const double x : points()) {
      compute(x, parameters.data(), y.data());
      for (std::size_t d = 0; d < derivatives.size(); ++d) {
        const double wanted = formula.at(x, parameters, derivatives[d]);
        if (same(y[d], wanted)) continue;
        FAIL_CHECK(fmt::format("{}, derivative ({}): at {} the text gives {}, the formula {}", formula.name(),
                               directions_text(derivatives[d]), x, y[d], wanted));
        break;
      }
    }
  }
}

TEST_CASE("constants are written to the bit", "[kernels]") {
  for (const double constant : {0.1, -0.0, 5e-324, std::numeric_limits<double>::max(), std::numeric_limits<double>::infinity(),
                                -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    Trace trace;
    const std::string text = cuda::formula_source(trace.finish(trace.x() * Symbol(constant)), 0, "F");
    INFO(text);
    if (std::isfinite(constant)) {
      const std::size_t at = text.find("T(", text.find("const T v"));
      REQUIRE(at != std::string::npos);
      CHECK(same(std::strtod(text.c_str() + at + 2, nullptr), constant));
    } else {
      CHECK(text.find(fmt::format("0x{:016x}ull", std::bit_cast<std::uint64_t>(constant))) != std::string::npos);
    }
  }
}

TEST_CASE("conditions are written as conditions, and as numbers where numbers are wanted", "[kernels]") {
  Trace trace;
  const Symbol x = trace.x();
  const Condition inside = (x > Symbol(-1)) & !(x >= Symbol(1));
  const Symbol as_number = Symbol::of_index(inside.index);  // only a program written by hand does this
  const std::string text = cuda::formula_source(trace.finish(select(inside, x, as_number)), 0, "F");
  INFO(text);
  CHECK(text.find("const bool v") != std::string::npos);
  CHECK(text.find(" & ") != std::string::npos);
  CHECK(text.find(", T(1), T(0))") != std::string::npos);
}

TEST_CASE("equal programs give equal texts, different ones different texts", "[kernels]") {
  const auto text = [](const char* formula) {
    const auto parsed = parse_formula(formula);
    return cuda::formula_source(parsed->program(), static_cast<int>(parsed->parameters().size()), "F");
  };
  CHECK(text("x*sigmoid(a*x); a=1.5") == text("x * sigmoid(b * x); b ~ 3"));  // values of parameters are no part of it
  std::set<std::string> texts;
  for (const std::string& formula : formula_texts()) texts.insert(text(formula.c_str()));
  CHECK(texts.size() == formula_texts().size());
}

}  // namespace seegrad::test
