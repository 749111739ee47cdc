// What typed formulas compute: against central differences, against the built-in activations, in training.
#include "backend/cpu/instruction_set.hpp"
#include "backend/cpu/program_loop.hpp"
#include "seegrad/activation/text_formula.hpp"

#include "seegrad/activation/activation.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "support/formula_texts.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace seegrad::test {
namespace {

const std::vector<std::string>& formulas = smooth_formula_texts();

double at(const Activation& f, double x, Derivative derivative) { return f.formula().at(x, f.parameters(), derivative); }

Activation moved(const Activation& f, int direction, double by) {
  std::vector<double> values = f.parameters();
  values[std::size_t(direction) - 1] += by;
  const auto shared = parse_formula(f.to_string());
  return Activation(shared, values);
}

/// The slope of D f along a direction, by a difference of width 2d.
double difference(const Activation& f, double x, int direction, Derivative derivative, double d) {
  if (direction == 0) return (at(f, x + d, derivative) - at(f, x - d, derivative)) / (2 * d);
  return (at(moved(f, direction, d), x, derivative) - at(moved(f, direction, -d), x, derivative)) / (2 * d);
}

struct Twin {
  std::string text, name;
};
const std::vector<Twin> twins{
    {"x", "identity"},
    {"x > 0 ? x : 0", "relu"},
    {"max(x, 0)", "relu"},
    {"x > 0 ? x : 0.01*x", "leaky_relu"},
    {"x > 0 ? x : slope*x; slope~0.25", "prelu"},
    {"x > 0 ? x : alpha*expm1(x); alpha=1", "elu"},
    {"sigmoid(x)", "sigmoid"},
    {"tanh(x)", "tanh"},
    {"softplus(b*x)/b; b=1", "softplus"},
    {"gate(x, sigmoid(x))", "silu"},
    {"x*sigmoid(x)", "silu"},
    {"gate(x, sigmoid(b*x)); b~1", "swish"},
    {"x*Phi(x)", "gelu"},
    {"gate(x, normal_cdf(x))", "gelu"},
    {"silu(x)", "silu"},
    {"mish(x)", "mish"},
    {"gelu_tanh(x)", "gelu_tanh"},
    {"x > 0 ? 1 : 0", "step"},
    {"sign(x)", "sign"},
};

template <class T>
bool within(T a, T b, int ulps) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  return std::fabs(a - b) <= T(ulps) * std::numeric_limits<T>::epsilon() * std::fmax(std::fabs(a), std::fabs(b));
}

template <class T>
std::vector<T> samples() {
  std::vector<T> x;
  for (int i = -1600; i <= 1600; ++i) x.push_back(T(i) * T(0.0125));
  for (const double v : {1e-30, 1e-8, 1e3, 1e6, 1e30}) x.insert(x.end(), {T(v), T(-v)});
  return x;
}

template <class T>
void compare_with_twin(const Twin& twin) {
  const Activation text = Activation::parse(twin.text), built_in = Activation::parse(twin.name);
  REQUIRE(text.formula().is_text());
  const std::vector<T> x = samples<T>(), values(text.parameters().begin(), text.parameters().end());
  const std::vector<T> usual(built_in.parameters().begin(), built_in.parameters().end());
  std::vector<const T*> given, defaults;
  for (const T& v : values) given.push_back(&v);
  for (const T& v : usual) defaults.push_back(&v);
  for (const Derivative derivative : {Derivative{}, Derivative{0}, Derivative{0, 0}}) {
    std::vector<T> expected(x.size()), slow(x.size()), fast(x.size());
    built_in.formula().apply(ElementwiseCall<T>{x.data(), nullptr, expected.data(), x.size(), defaults.data(), false}, derivative);
    ElementwiseCall<T> call{x.data(), nullptr, slow.data(), x.size(), given.data(), false};
    text.formula().apply(call, derivative);
    call.y = fast.data();
    cpu::run_program(cpu::best_instruction_set(), text.formula().program(), int(values.size()), derivative, call);
    for (std::size_t i = 0; i < x.size(); ++i) {
      INFO(twin.text << " and " << twin.name << ", order " << derivative.order() << ", x = " << x[i]);
      if (!within(slow[i], expected[i], 4)) FAIL_CHECK(slow[i] << " instead of " << expected[i]);
      // The vector words have their own roundings (kernels_test.cpp holds them to 8 ulp of the larger of value and 1/4).
      const T limit = T(8) * std::numeric_limits<T>::epsilon() * std::fmax(std::fabs(slow[i]), T(0.25));
      if (!(fast[i] == slow[i] || std::fabs(fast[i] - slow[i]) <= limit)) FAIL_CHECK(fast[i] << " on vectors, " << slow[i] << " alone");
    }
  }
}

}  // namespace

TEST_CASE("derivatives of a typed formula agree with central differences, in every direction", "[activation][text]") {
  const double d = 1e-5;
  for (const std::string& text : formulas) {
    const Activation f = Activation::parse(text);
    const int directions = 1 + int(f.parameters().size());
    for (double x = -3.03; x < 3; x += 0.2317) {
      if (std::fabs(x) < 0.1 || std::fabs(std::fabs(x) - 1) < 1e-3) continue;
      for (int i = 0; i < directions; ++i) {
        INFO(text << " at " << x << " along " << i);
        CHECK(at(f, x, {i}) == Approx(difference(f, x, i, {}, d)).epsilon(1e-7).margin(1e-7));
        for (int j = 0; j < directions; ++j) {
          INFO("and " << j);
          CHECK(at(f, x, {i, j}) == Approx(difference(f, x, j, {i}, d)).epsilon(1e-7).margin(1e-7));
          CHECK(at(f, x, {i, j}) == at(f, x, {j, i}));
        }
      }
    }
  }
}

TEST_CASE("a typed formula computes what the built-in one computes, to 4 ulp", "[activation][text]") {
  for (const Twin& twin : twins) {
    compare_with_twin<float>(twin);
    compare_with_twin<double>(twin);
  }
}

TEST_CASE("where an activation's line of mathematics is a formula, it is that activation", "[activation][text]") {
  int read = 0;
  for (const Activation& a : Activation::all()) {
    std::string text(a.formula().mathematics());
    for (const Parameter& p : a.formula().parameters()) text += "; " + std::string(p.name) + fmt::format("={}", p.value);
    std::shared_ptr<const Formula> formula;
    try {
      formula = parse_formula(text);
    } catch (const UsageError&) {
      continue;  // words of English, "if ... else"
    }
    ++read;
    for (double x = -6.03; x < 6; x += 0.117) {
      INFO(a.name() << ": " << text << " at " << x);
      CHECK(Activation(formula).at(x) == Approx(a.at(x)).epsilon(1e-12).margin(1e-12));
    }
  }
  CHECK(read >= 7);
}

TEST_CASE("typed formulas read NaN, scale and parameters of their own for each element", "[activation][text]") {
  const Activation f = Activation::parse("b*x^2 + c; c=0.5; b~2");
  const std::vector<double> x{1, 2, std::nan(""), 3}, scale{1, 10, 1, -1}, c{0, 1, 2, 3}, b{1, 2, 3, 4};
  const std::vector<const double*> parameters{c.data(), b.data()};
  std::vector<double> y(4);
  f.formula().apply(ElementwiseCall<double>{x.data(), scale.data(), y.data(), 4, parameters.data(), true});
  CHECK(y[0] == 1);
  CHECK(y[1] == 90);
  CHECK(std::isnan(y[2]));
  CHECK(y[3] == -39);
  f.formula().apply(ElementwiseCall<double>{x.data(), nullptr, y.data(), 4, parameters.data(), true}, {0, 2});
  CHECK(y[1] == 4);
  CHECK_THROWS_AS(f.formula().at(1.0, f.parameters(), {1}), Error);  // c is not learnable
  const Activation constant = Activation::parse("x > 0 ? 1 : 2");
  CHECK(std::isnan(constant.at(std::nan(""))));
  CHECK(std::isnan(constant.derivative(std::nan(""))));
}

TEST_CASE("a learned parameter of a typed formula finds the value that made the data", "[activation][text]") {
  const Activation truth = Activation::parse("x*sigmoid(b*x); b=2.5");
  std::vector<double> points, targets;
  for (int i = -20; i <= 20; ++i) points.push_back(i * 0.2), targets.push_back(truth.at(points.back()));
  const Shape shape{std::int64_t(points.size())};
  const TensorOptions options{.dtype = DType::float64};
  const Tensor x = Tensor::from(points, shape, options), target = Tensor::from(targets, shape, options);
  const Activation f = Activation::parse("x*sigmoid(b*x); b~1");
  double b = 1;
  for (int step = 0; step < 400; ++step) {
    const Tensor learned = Tensor::full(Shape{}, b, options).requires_grad(true);
    const Tensor error = activate(f, x, std::vector<Tensor>{learned}) - target;
    b -= 20 * gradients(mean(error * error), {learned})[0].item();
  }
  CHECK(b == Approx(2.5).epsilon(1e-6));
}

}  // namespace seegrad::test
