#include "seegrad/ops/gradient_check.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <sstream>

#include "op_table.hpp"
#include "seegrad/activation/catalogue.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"

namespace seegrad::testing {
namespace {

using Inputs = std::span<const Tensor>;
using Catch::Matchers::Contains;

/// x^2 whose gradient is multiplied by `factor`, and whose gradient's gradient by `second`.
Tensor square_with_mistake(const Tensor& x, double factor, bool cut_off = false) {
  Tensor y = (x.detach() * x.detach()).detach();
  return record(std::move(y), "square", x, [=](const Tensor& g, const Tensor&) { return 2.0 * factor * g * (cut_off ? x.detach() : x); });
}

/// A step that goes back as a clamp would.
struct StraightThroughStep {
  static constexpr std::string_view name = "straight_through_step", mathematics = "1 if x > 0 else 0";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return straight_through(select(x > T(0), T(1), T(0)), clamp(x, T(-1), T(1)));
  }
};

}  // namespace

TEST_CASE("a gradient check passes for a right gradient and counts the elements of the Jacobian", "[ops][gradient_check]") {
  const auto affine = [](Inputs x) { return linear(x[0], x[1], x[2]); };
  const GradientCheck check = gradient_check(affine, {numbers({2, 3}), numbers({4, 3}, 1), numbers({4}, 2)});
  CHECK(check);
  CHECK(check.compared == 8 * (6 + 12 + 4));
  CHECK(check.failed == 0);
  CHECK(check.worst.error < 1);
}

TEST_CASE("a gradient check finds a small mistake and says where it is", "[ops][gradient_check]") {
  const auto wrong = [](Inputs x) { return x[0] + square_with_mistake(x[1], 1 + 1e-4); };
  const Tensor a = numbers({3}), b = Tensor::from({0.1, -3, 0.5}, {3}, {DType::float64});
  const GradientCheck check = gradient_check(wrong, {a, b});
  CHECK_FALSE(check.passed());
  CHECK(check.failed == 3);
  CHECK(check.worst.input == 1);
  CHECK(check.worst.index == 1);
  CHECK(check.worst.output == 1);
  CHECK(check.worst.analytic == Approx(-6.0006));
  CHECK(check.worst.numeric == Approx(-6));
  std::ostringstream text;
  text << check;
  CHECK_THAT(text.str(), Contains("failed: 3 of 18 derivatives") && Contains("d y[1] / d input 1 [1] = -6.0006"));
  CHECK(gradient_check(wrong, {a, b}, {.relative = 1e-3}));
  CHECK(gradient_check(wrong, {a, b}, {.inputs = {0}}));
}

TEST_CASE("the second order finds a rule that is right but not differentiable", "[ops][gradient_check]") {
  const auto cut_off = [](Inputs x) { return square_with_mistake(x[0], 1, true); };
  CHECK(gradient_check(cut_off, {numbers({3})}));
  const GradientCheck check = gradient_check(cut_off, {numbers({3})}, {.second_order = true});
  CHECK_FALSE(check);
  CHECK(check.worst.order == 2);
  CHECK_THAT(check.to_string(), Contains("d gradient["));
}

TEST_CASE("the second order finds a rule that is wrong only while it is recorded", "[ops][gradient_check]") {
  const auto f = [](Inputs x) {
    return record((x[0] * 2.0).detach(), "two-faced", x[0], [](const Tensor& g, const Tensor&) { return g * (recording() ? 3.0 : 2.0); });
  };
  CHECK(gradient_check(f, {numbers({2})}));
  CHECK_FALSE(gradient_check(f, {numbers({2})}, {.second_order = true}));
}

TEST_CASE("a function cut off from its inputs, or constant, is checked like any other", "[ops][gradient_check]") {
  CHECK_FALSE(gradient_check([](Inputs x) { return x[0].detach(); }, {numbers({2})}));
  CHECK(gradient_check([](Inputs) { return numbers({2}); }, {numbers({3})}, {.second_order = true}));
  CHECK(gradient_check([](Inputs x) { return x[0]; }, {numbers({2})}, {.second_order = true}));
  CHECK(gradient_check([](Inputs x) { return x[1] * 2.0; }, {numbers({2}), numbers({}, 1)}, {.second_order = true}));
}

TEST_CASE("a NaN gradient of a finite function fails the check and does not throw", "[ops][gradient_check]") {
  const auto f = [](Inputs x) {
    return record((x[0] * 2.0).detach(), "broken", x[0], [](const Tensor& g, const Tensor&) { return g * std::nan(""); });
  };
  const GradientCheck check = gradient_check(f, {numbers({2})});
  CHECK(check.failed == 4);
  CHECK(std::isinf(check.worst.error));
}

TEST_CASE("a gradient check names a straight-through estimator instead of calling its slope wrong", "[ops][gradient_check]") {
  const Activation estimator(formula_of<StraightThroughStep>()), relu = Activation::parse("relu");
  const auto f = [&](Inputs x) { return activate(relu, x[0]) + 2.0 * activate(estimator, x[0]); };
  const GradientCheck check = gradient_check(f, {Tensor::from({-3, 0.5, 2}, {3}, {DType::float64})});
  CHECK(check.failed == 1);  // where the surrogate has a slope
  CHECK(check.surrogates == "straight_through_step");
  CHECK_THAT(check.to_string(), Contains("surrogate: straight_through_step goes back by a straight-through slope") &&
                                    Contains("1 of 9 derivatives differ") && !Contains("failed"));
  CHECK(gradient_check(f, {Tensor::from({-3, 2}, {2}, {DType::float64})}));  // where it has none, like the step itself
  CHECK(gradient_check([&](Inputs x) { return activate(relu, x[0]); }, {numbers({3})}).surrogates.empty());
}

TEST_CASE("a gradient check of empty inputs compares nothing", "[ops][gradient_check]") {
  const GradientCheck check = gradient_check([](Inputs x) { return x[0] * 2.0; }, {numbers({0, 3})}, {.second_order = true});
  CHECK(check.passed());
  CHECK(check.compared == 0);
  CHECK(check.to_string() == "passed: 0 derivatives");
}

TEST_CASE("a gradient check says why it cannot be made", "[ops][gradient_check]") {
  const auto same = [](Inputs x) { return x[0]; };
  const auto narrow = [](Inputs x) { return x[0].to(DType::float32); };
  CHECK_THROWS_WITH(gradient_check(same, {numbers({2}), numbers({2}, 0, DType::float32)}), Contains("input 1 is float32"));
  CHECK_THROWS_WITH(gradient_check(same, {row_numbers({1})}), Contains("input 0 is int32"));
  CHECK_THROWS_WITH(gradient_check(narrow, {numbers({2})}), Contains("returned float32"));
  CHECK_THROWS_WITH(gradient_check(same, {Tensor()}), Contains("input 0 is an empty tensor"));
  CHECK_THROWS_WITH(gradient_check([](Inputs) { return Tensor(); }, {numbers({2})}), Contains("returned an empty tensor"));
  CHECK_THROWS_WITH(gradient_check(same, std::span<const Tensor>{}), Contains("no inputs"));
  CHECK_THROWS_WITH(gradient_check(same, {numbers({2})}, {.inputs = {1}}), Contains("input 1 asked for, there are 1"));
  CHECK_THROWS_WITH(gradient_check(same, {numbers({2})}, {.step = 0}), Contains("step 0 is not positive"));
  const Tensor inf = Tensor::full({2}, std::numeric_limits<double>::infinity(), {DType::float64});
  CHECK_THROWS_WITH(gradient_check(same, {inf}), Contains("input 0 holds inf"));
  CHECK_THROWS_WITH(gradient_check([](Inputs x) { return log(-x[0]); }, {positive_numbers({2})}),
                    Contains("element 0 of the function's result is"));
}

}  // namespace seegrad::testing
