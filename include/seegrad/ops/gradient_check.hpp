// Does gradients() tell the truth about a function? The answer is its full Jacobian, compared element by element with finite
// differences. For tests of one's own ops and for whoever doubts a gradient.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

/// A function of several tensors to a tensor; called many times, it must give the same result for the same inputs.
using TensorFunction = std::function<Tensor(std::span<const Tensor> inputs)>;

struct GradientCheckOptions {
  /// x moves by step * max(1, |x|) to either side. The default balances the two errors of a central difference in float64:
  /// rounding, |f| 1e-16 / step, and curvature, |f'''| step^2 / 6.
  double step = 6e-6;
  /// A derivative passes when |analytic - numeric| <= absolute + relative * the larger of the two.
  double relative = 1e-6, absolute = 1e-7;
  /// Also checks the gradients' gradients: those of sum(w (y + y^2/2)) for the result y and fixed unequal weights w, which
  /// differentiates every rule on the way with respect to the inputs and to the gradient it is given.
  /// Also that the gradients are the same with and without being recorded.
  bool second_order = false;
  /// Numbers of the inputs to differentiate by; empty: all of them. The others keep still.
  std::vector<std::size_t> inputs = {};
};

/// One derivative, d result[output] / d inputs[input][index], from both sides.
struct CheckedDerivative {
  int order = 1;           ///< 2: the result is the gradients by the checked inputs, laid end to end
  std::size_t input = 0;   ///< which input
  std::int64_t index = 0;  ///< which of its elements, counted in row-major order; `output` likewise
  std::int64_t output = 0;
  double analytic = 0, numeric = 0;
  double error = 0;  ///< |analytic - numeric| in units of what is tolerated; above 1 it failed, infinite for NaN
};

struct GradientCheck {
  std::int64_t compared = 0, failed = 0;
  CheckedDerivative worst;  ///< the one with the largest error; meaningless when nothing was compared
  /// Names of the ops on the way that go back by a surrogate instead of their derivative, as a step with a straight-through estimator
  /// does. Then a difference is no mistake, and no check can tell: check the rest of the function without them.
  std::string surrogates;

  bool passed() const { return failed == 0; }
  explicit operator bool() const { return passed(); }
  /// "passed: 12 derivatives, the worst: d y[3] / d input 0 [7] = 0.25 by gradients(), 0.2500000001 by differences (...)". One that
  /// failed begins with "surrogate: " instead of "failed: " when there are surrogates on the way.
  std::string to_string() const;
};

std::ostream& operator<<(std::ostream& out, const GradientCheck& check);

/// Compares the Jacobian of `function` at `inputs` with central differences. The inputs are not changed; the function gets copies.
/// A wrong or NaN gradient is a result, not an exception. Throws Error when an input or the result is not float64 (integers belong
/// into the function itself), when a value of the function is not finite, and for an input number that does not exist.
GradientCheck gradient_check(const TensorFunction& function, std::span<const Tensor> inputs, const GradientCheckOptions& options = {});
GradientCheck gradient_check(const TensorFunction& function, std::initializer_list<Tensor> inputs,
                             const GradientCheckOptions& options = {});

}  // namespace seegrad
