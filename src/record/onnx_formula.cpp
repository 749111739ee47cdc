#include "record/onnx_formula.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "record/onnx_native.hpp"
#include "record/onnx_term.hpp"
#include "seegrad/activation/program.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

using Term = OnnxTerm;

/// 2 atanh(x/(2 + x)), exact around 0, where log(1 + x) has lost x.
Term log1p_near_zero(const Term& x) { return 2.0 * Term::node("Atanh", x / (2.0 + x)); }

Term log1p(const Term& x) { return select(Term::node("Abs", x) < 0.5, log1p_near_zero(x), Term::node("Log", 1.0 + x)); }

/// (e^x + 1) tanh(x/2): no difference of nearly equal numbers, and the right limits on both sides.
Term expm1(const Term& x) { return (Term::node("Exp", x) + 1.0) * Term::node("Tanh", 0.5 * x); }

/// As it is defined: the operator Sigmoid is cut off below -17 in some runtimes, and log(sigmoid(x)) would be -inf there.
Term sigmoid(const Term& x) { return 1.0 / (1.0 + Term::node("Exp", -x)); }

Term softplus(const Term& x) { return Term::node("Relu", x) + log1p_near_zero(Term::node("Exp", -Term::node("Abs", x))); }

Term gate(const Term& x, const Term& g) { return select(g == 0.0, 0.0, x * g); }

/// P(Z < -a) = e^(-a^2/2) G(a/(a + 3))/(a + 3) with a smooth G. The polynomial is a Chebyshev fit to G with relative error 1e-7, from the
/// highest power to the lowest; 0.5 (1 + erf) would have nothing left of the lower tail beyond -5.
Term normal_cdf(const Term& x) {
  constexpr std::array<double, 9> rest{-0.3164842128753662, 0.5667930841445923,   -0.3708168864250183,
                                       0.07864527404308319, -0.31640318036079407, 0.21633131802082062,
                                       1.0682661533355713,  -2.0904550552368164,  1.4999998807907104};
  const Term a = Term::node("Min", Term::node("Abs", x), 64.0), scale = 1.0 / (a + 3.0), t = a * scale;
  Term g = 0.06306581199169159;
  for (const double coefficient : rest) g = g * t + coefficient;
  const Term tail = Term::node("Exp", -0.5 * (a * a)) * (g * scale);
  return select(x > 0.0, 1.0 - tail, tail);
}

/// How ONNX says a word: by the operator of this name on the same arguments, or by a rule.
struct Saying {
  Word word;
  std::string_view op;
  Term (*rule)(const Term& a, const Term& b) = nullptr;
};

/// Every word but what an instruction starts from, `select` and `straight_through`, which is its first argument.
constexpr std::array sayings{
    Saying{Word::negate, "Neg"},
    Saying{Word::add, "Add"},
    Saying{Word::subtract, "Sub"},
    Saying{Word::multiply, "Mul"},
    Saying{Word::divide, "Div"},
    Saying{Word::less, "Less"},
    Saying{Word::less_equal, "LessOrEqual"},
    Saying{Word::greater, "Greater"},
    Saying{Word::greater_equal, "GreaterOrEqual"},
    Saying{Word::equal, "Equal"},
    Saying{Word::not_equal, {}, [](const Term& a, const Term& b) { return Term::node("Not", a == b); }},
    Saying{Word::both, "And"},
    Saying{Word::either, "Or"},
    Saying{Word::opposite, "Not"},
    Saying{Word::gate, {}, [](const Term& a, const Term& b) { return gate(a, b); }},
    Saying{Word::abs, "Abs"},
    Saying{Word::sign, "Sign"},
    Saying{Word::sqrt, "Sqrt"},
    Saying{Word::exp, "Exp"},
    Saying{Word::expm1, {}, [](const Term& a, const Term&) { return expm1(a); }},
    Saying{Word::log, "Log"},
    Saying{Word::log1p, {}, [](const Term& a, const Term&) { return log1p(a); }},
    Saying{Word::pow, "Pow"},
    Saying{Word::sin, "Sin"},
    Saying{Word::cos, "Cos"},
    Saying{Word::atan, "Atan"},
    Saying{Word::asinh, "Asinh"},
    Saying{Word::tanh, "Tanh"},
    Saying{Word::sigmoid, {}, [](const Term& a, const Term&) { return sigmoid(a); }},
    Saying{Word::softplus, {}, [](const Term& a, const Term&) { return softplus(a); }},
    Saying{Word::erf, "Erf"},
    Saying{Word::erfc, {}, [](const Term& a, const Term&) { return 2.0 * normal_cdf(a * -1.41421356237309504880); }},
    Saying{Word::normal_cdf, {}, [](const Term& a, const Term&) { return normal_cdf(a); }},
    Saying{Word::normal_pdf, {}, [](const Term& a, const Term&) { return 0.39894228040143267794 * Term::node("Exp", -0.5 * a * a); }},
};

const Saying& saying_of(Word word) {
  const auto found = std::find_if(sayings.begin(), sayings.end(), [&](const Saying& saying) { return saying.word == word; });
  if (found == sayings.end()) throw Error(fmt::format("onnx: the word {} has no counterpart in ONNX", info(word).name));
  return *found;
}

/// The program with the values of those parameters that are not learned, and with what follows from constants already computed. What a
/// straight-through estimator pretends on the way back is left out.
Program bound(const Activation& f, std::span<const std::string> learned) {
  ProgramWriter writer;
  std::vector<int> place;
  for (Instruction step : f.formula().program().instructions()) {
    for (int* from : {&step.a, &step.b, &step.c})
      if (*from >= 0) *from = place[static_cast<std::size_t>(*from)];
    const auto p = static_cast<std::size_t>(step.parameter);
    if (step.word == Word::parameter && (learned.empty() || learned[p].empty()))
      step = {.word = Word::constant, .constant = f.parameters()[p]};
    place.push_back(step.word == Word::straight_through ? step.a : writer.write(step));
  }
  return writer.finish(place.back());
}

/// Walks through a program and says one instruction after the other.
class Translation {
 public:
  Translation(OnnxGraph& graph, std::span<const Instruction> code, const std::string& x, std::span<const std::string> learned)
      : graph_(graph), code_(code), x_(x), learned_(learned) {}

  std::string run() {
    for (const Instruction& step : code_) results_.push_back(say(step));
    const bool has_x = std::any_of(code_.begin(), code_.end(), [](const Instruction& step) { return step.word == Word::x; });
    if (has_x) return results_.back();
    return graph_.node("Expand", {number(static_cast<int>(code_.size()) - 1), graph_.node("Shape", {x_})});
  }

 private:
  /// What a constant is depends on who asks, so it has no name until then.
  std::string say(const Instruction& step) {
    if (step.word == Word::constant) return {};
    if (step.word == Word::x) return x_;
    if (step.word == Word::parameter) return learned_[static_cast<std::size_t>(step.parameter)];
    if (step.word == Word::select) return graph_.node("Where", {truth(step.a), number(step.b), number(step.c)});
    const bool of_truths = step.word == Word::both || step.word == Word::either || step.word == Word::opposite;
    const auto argument = [&](int index) { return of_truths ? truth(index) : number(index); };
    const Term a(graph_, argument(step.a));
    const Saying& saying = saying_of(step.word);
    if (info(step.word).arguments == 1) return saying.rule ? saying.rule(a, a).value() : Term::node(saying.op, a).value();
    const Term b(graph_, argument(step.b));
    return saying.rule ? saying.rule(a, b).value() : Term::node(saying.op, a, b).value();
  }

  std::string number(int index) {
    const Instruction& step = code_[static_cast<std::size_t>(index)];
    return step.word == Word::constant ? graph_.constant(step.constant) : results_[static_cast<std::size_t>(index)];
  }
  std::string truth(int index) {
    const Instruction& step = code_[static_cast<std::size_t>(index)];
    return step.word == Word::constant ? graph_.constant(step.constant != 0) : results_[static_cast<std::size_t>(index)];
  }

  OnnxGraph& graph_;
  std::span<const Instruction> code_;
  const std::string& x_;
  std::span<const std::string> learned_;
  std::vector<std::string> results_;
};

}  // namespace

std::string add_formula(OnnxGraph& graph, const Activation& f, const std::string& x, std::span<const std::string> learned) {
  const Program program = bound(f, learned);
  return Translation(graph, program.instructions(), x, learned).run();
}

std::string add_activation(OnnxGraph& graph, const Activation& f, const std::string& x, std::span<const std::string> learned) {
  if (const std::optional<std::string> native = add_native(graph, f, x, learned)) return *native;
  return add_formula(graph, f, x, learned);
}

}  // namespace seegrad::records
