// Activations as ONNX nodes, word by word: the nodes, run one number at a time, compute what the formula computes. That runtimes agree
// with the operators' definitions as they are written in the test's reader, tests/formats/check_onnx.py sees.
#include "record/onnx_formula.hpp"

#include <fmt/format.h>

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/activation/trace.hpp"
#include "support/formula_texts.hpp"
#include "support/onnx_reader.hpp"

using namespace seegrad;
using records::OnnxGraph;

namespace {

const std::array<records::OnnxDimension, 1> one_number{std::int64_t{1}};

using Add = std::string (*)(OnnxGraph&, const Activation&, const std::string&, std::span<const std::string>);

test::OnnxModel model_of(const Activation& f, Add add = records::add_formula) {
  OnnxGraph graph("activation");
  const std::string x = graph.input("x", one_number);
  graph.output(add(graph, f, x, {}), "y", one_number);
  return test::read_onnx(graph.model({}));
}

float expected(const Activation& f, float x) {
  const std::vector<float> parameters(f.parameters().begin(), f.parameters().end());
  return f.formula().at(x, parameters);
}

std::vector<Activation> activations_and_texts() {
  std::vector<Activation> all = Activation::all();
  for (const std::string& text : test::formula_texts()) all.push_back(Activation::parse(text));
  return all;
}

/// A formula that is nothing but a program.
struct Written final : Formula {
  explicit Written(Program p) : Formula({.name = "written", .mathematics = "", .aliases = {}, .parameters = {}}), made(std::move(p)) {}
  const Program& program() const override { return made; }
  void run(const ElementwiseCall<float>&, Derivative) const override {}
  void run(const ElementwiseCall<double>&, Derivative) const override {}
  Program made;
};

/// Where branches meet, tails begin and saturation sets in.
const std::vector<float>& points() {
  static const std::vector<float> all = [] {
    std::vector<float> values{0, -0.0F, 0.5F, -0.5F, 1, -1, 1e-6F, -1e-6F, 1e-3F, -1e-3F};
    for (int i = -400; i <= 400; ++i) values.push_back(static_cast<float>(i) * 0.125F + 0.015625F);
    return values;
  }();
  return all;
}

}  // namespace

TEST_CASE("the nodes of every activation and typed formula compute what the formula computes", "[onnx][activation]") {
  for (const Activation& f : activations_and_texts()) {
    const test::OnnxModel model = model_of(f);
    for (const float x : points()) {
      const float want = expected(f, x), got = test::run_onnx(model, x);
      INFO(f.to_string() << " at " << x << ": " << got << ", should be " << want);
      // Up to 1e-6 relative is what a dozen float roundings may do; sines of large arguments magnify them.
      const bool same = (std::isnan(want) && std::isnan(got)) || want == got || std::fabs(got - want) <= 4e-6F * (0.25F + std::fabs(want));
      CHECK(same);
    }
  }
}

TEST_CASE("words that ONNX lacks keep their relative accuracy in tails and near zero", "[onnx][activation]") {
  struct Tail {
    const char* text;
    std::vector<float> at;
  };
  const std::vector<Tail> tails{
      {"log(sigmoid(x))", {-80, -40, -20, -5}},
      {"log(softplus(x))", {-80, -40, -20, -5}},
      {"log(Phi(x))", {-12, -9, -6, -3, -1}},
      {"log(erfc(x))", {8, 6, 3, 1}},
      {"Phi(x)", {-6, -5, -4, -3, -2, -1, -0.25F}},
      {"erfc(x)", {5, 4, 3, 2, 1, 0.25F}},
      {"expm1(x)/x", {-1e-6F, 1e-6F, -1e-4F, 1e-3F, 0.5F, -30}},
      {"log1p(x)/x", {-1e-6F, 1e-6F, -1e-4F, 1e-3F, 0.5F, -0.5F, 1e6F}},
      {"exp(-x^2/2)/phi(x)", {-4, 0, 4}},
  };
  for (const Tail& tail : tails) {
    const Activation f = Activation::parse(tail.text);
    const test::OnnxModel model = model_of(f);
    for (const float x : tail.at) {
      const float want = expected(f, x), got = test::run_onnx(model, x);
      INFO(tail.text << " at " << x << ": " << got << ", should be " << want);
      CHECK(std::fabs(got - want) <= 3e-6F * std::fabs(want));
    }
  }
}

TEST_CASE("a gate that is shut gives 0 in ONNX too, not NaN", "[onnx][activation]") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const char* name : {"silu", "gelu", "mish", "swish"}) {
    INFO(name);
    CHECK(test::run_onnx(model_of(Activation::parse(name)), -infinity) == 0);
    CHECK(test::run_onnx(model_of(Activation::parse(name)), infinity) == infinity);
  }
}

TEST_CASE("every word has a counterpart in ONNX", "[onnx][activation]") {
  const auto argument = [](Word word, Trace& trace, int i) {
    if (word == Word::both || word == Word::either || word == Word::opposite || (word == Word::select && i == 0))
      return (trace.x() > Symbol(double(i))).index;
    return i == 0 ? trace.x().index() : (trace.x() + Symbol(double(i))).index();
  };
  for (int w = static_cast<int>(Word::negate); w < word_count; ++w) {
    const auto word = static_cast<Word>(w);
    INFO(info(word).name);
    Trace trace;
    std::array<int, 3> arguments{-1, -1, -1};
    for (int i = 0; i < info(word).arguments; ++i) arguments[static_cast<std::size_t>(i)] = argument(word, trace, i);
    const int result = Symbol::write(word, arguments[0], arguments[1], arguments[2]);
    const Symbol value = info(word).condition ? select(Condition{result}, Symbol(1.0), Symbol(0.0)) : Symbol::of_index(result);
    const Written formula(trace.finish(value));
    CHECK_NOTHROW(model_of(Activation(formula)));
  }
}

TEST_CASE("an activation for which ONNX has an operator is that operator", "[onnx][activation]") {
  struct Pair {
    const char* activation;
    std::vector<std::string> ops;
  };
  const std::vector<Pair> pairs{
      {"relu", {"Relu"}}, {"leaky_relu(0.2)", {"LeakyRelu"}}, {"prelu", {"PRelu"}},       {"elu(0.5)", {"Elu"}},
      {"gelu", {"Gelu"}}, {"hardtanh(-2, 3)", {"Clip"}},      {"softplus", {"Softplus"}}, {"threshold(0.5)", {"ThresholdedRelu"}}};
  for (const Pair& pair : pairs) {
    INFO(pair.activation);
    CHECK(model_of(Activation::parse(pair.activation), records::add_activation).ops() == pair.ops);
  }
  const test::OnnxModel leaky = model_of(Activation::parse("leaky_relu(0.2)"), records::add_activation);
  CHECK(leaky.nodes.at(0).numbers.at("alpha") == Approx(0.2));
  CHECK(model_of(Activation::parse("gelu_tanh"), records::add_activation).nodes.at(0).texts.at("approximate") == "tanh");
  // With other parameters the operator would compute something else.
  CHECK(model_of(Activation::parse("softplus(2)"), records::add_activation).ops().size() > 1);
  CHECK(model_of(Activation::parse("threshold(0.5, -1)"), records::add_activation).ops().front() == "Greater");
}

TEST_CASE("in use the slope of rrelu is the mean of its bounds", "[onnx][activation]") {
  const test::OnnxModel model = model_of(Activation::parse("rrelu(0.25, 0.75)"));
  CHECK(model.ops() == std::vector<std::string>{"Mul", "Greater", "Where"});
  CHECK(test::run_onnx(model, -2) == -1);
}

TEST_CASE("a straight-through estimator leaves nothing but its value", "[onnx][activation]") {
  CHECK(model_of(Activation::parse("step(1)")).ops() == std::vector<std::string>{"Greater", "Where"});
  CHECK(model_of(Activation::parse("sign(1)")).ops() == std::vector<std::string>{"Sign"});
}

TEST_CASE("a formula without x fills the shape of its input", "[onnx][activation]") {
  Trace trace;
  const Written seven(trace.finish(Symbol(7.0)));
  const test::OnnxModel model = model_of(Activation(seven));
  CHECK(model.ops() == std::vector<std::string>{"Shape", "Expand"});
  CHECK(test::run_onnx(model, -3) == 7);
}
