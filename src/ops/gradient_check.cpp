#include "seegrad/ops/gradient_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <ostream>
#include <set>
#include <string_view>

#include <fmt/ranges.h>

#include "check.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/tensor/gradients.hpp"

namespace seegrad {
namespace {

using Values = std::vector<double>;

/// Where the function is looked at: host copies of the inputs, and which of them are differentiated by.
struct Point {
  std::vector<Values> values;
  std::vector<Shape> shapes;
  std::vector<std::size_t> checked;

  /// Fresh leaves; those that are checked require a gradient.
  std::vector<Tensor> leaves(Device device) const {
    std::vector<Tensor> result;
    for (std::size_t i = 0; i < values.size(); ++i) {
      result.push_back(Tensor::from(values[i], shapes[i], {DType::float64, device}));
      result.back().requires_grad(std::find(checked.begin(), checked.end(), i) != checked.end());
    }
    return result;
  }
};

std::vector<Tensor> chosen(std::span<const Tensor> inputs, const std::vector<std::size_t>& numbers) {
  std::vector<Tensor> result;
  result.reserve(numbers.size());
  for (std::size_t i : numbers) result.push_back(inputs[i]);
  return result;
}

Tensor flat(const Tensor& x) { return reshape(x, {x.count()}); }

/// The names of the ops behind y whose way back is not their derivative, on purpose: "step, sign".
std::string surrogates_behind(const Tensor& y) {
  std::set<const Tensor::Node*> seen;
  std::set<std::string_view> names;
  std::vector<const Tensor::Node*> left{y.node().get()};
  while (!left.empty()) {
    const Tensor::Node* node = left.back();
    left.pop_back();
    if (!seen.insert(node).second) continue;
    if (node->surrogate) names.insert(node->op);
    for (const Edge& edge : node->edges) left.push_back(edge.input.node().get());
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

class Checker {
 public:
  Checker(Point point, Device device, const GradientCheckOptions& options) : point_(std::move(point)), device_(device), options_(options) {}

  /// Compares every element of the function's Jacobian and adds what it finds to the result.
  void check(const TensorFunction& function, int order, GradientCheck& result) const {
    const std::vector<Tensor> leaves = point_.leaves(device_);
    const Tensor y = evaluated(function, leaves);
    if (order == 1) result.surrogates = surrogates_behind(y);
    const std::int64_t outputs = y.count();
    const std::vector<Values> numeric = differences(function);
    // A rule may take a short cut when nobody records it: where second order matters, both ways must be right.
    const bool recorded_too = options_.second_order && order == 1;
    for (std::int64_t output = 0; output < outputs; ++output) {
      for (const bool differentiable : {false, true}) {
        if (differentiable && !recorded_too) continue;
        const std::vector<Values> row = analytic_row(y, output, leaves, differentiable);
        for (std::size_t k = 0; k < row.size(); ++k) compare(row[k], numeric[k], {order, point_.checked[k], 0, output}, outputs, result);
      }
    }
  }

  /// The gradients by the checked inputs, as a function that can be checked in turn.
  TensorFunction gradient_of(const TensorFunction& function) const {
    return [this, function](std::span<const Tensor> inputs) {
      const Tensor y = flat(function(inputs));
      const std::vector<Tensor> wanted = chosen(inputs, point_.checked);
      std::vector<Tensor> slopes;
      if (y.requires_grad()) {
        const Tensor w = weights(y.count());
        slopes = gradients(sum(w * (y + 0.5 * y * y)), wanted, {.differentiable = true});
      } else {
        for (const Tensor& input : wanted) slopes.push_back(Tensor::zeros(input.shape(), input.options()));
      }
      for (Tensor& slope : slopes) slope = flat(slope);
      return concatenate(slopes, 0);
    };
  }

 private:
  /// The result as one row of finite numbers.
  Tensor evaluated(const TensorFunction& function, std::span<const Tensor> inputs) const {
    const Tensor y = function(inputs);
    if (!y) throw Error("gradient_check: the function returned an empty tensor");
    if (y.dtype() != DType::float64)
      throw Error(fmt::format("gradient_check: the function returned {}; differences need float64", name_of(y.dtype())));
    const Values values = y.to_vector();
    const auto bad = std::find_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); });
    if (bad != values.end()) {
      throw Error(fmt::format("gradient_check: element {} of the function's result is {}; choose inputs where it is finite",
                              bad - values.begin(), *bad));
    }
    return flat(y);
  }

  /// The derivatives of one element of y, for each checked input.
  std::vector<Values> analytic_row(const Tensor& y, std::int64_t output, std::span<const Tensor> leaves, bool differentiable) const {
    std::vector<Values> row;
    if (!y.requires_grad()) {
      for (std::size_t i : point_.checked) row.emplace_back(point_.values[i].size(), 0.0);
      return row;
    }
    Values pick(static_cast<std::size_t>(y.count()), 0.0);
    pick[static_cast<std::size_t>(output)] = 1;
    const Tensor one = sum(y * Tensor::from(pick, y.shape(), y.options()));
    for (const Tensor& slope : gradients(one, chosen(leaves, point_.checked), {differentiable})) row.push_back(slope.to_vector());
    return row;
  }

  /// For each checked input: the derivatives of all outputs by its first element, then by its second, ...
  std::vector<Values> differences(const TensorFunction& function) const {
    std::vector<Values> result;
    for (std::size_t i : point_.checked) {
      Values& columns = result.emplace_back();
      for (std::size_t index = 0; index < point_.values[i].size(); ++index) {
        const double x = point_.values[i][index];
        const double step = options_.step * std::max(1.0, std::abs(x));
        const double above = x + step, below = x - step;
        const Values right = moved(function, i, index, above), left = moved(function, i, index, below);
        if (right.size() != left.size()) throw Error("gradient_check: the shape of the function's result depends on the inputs");
        for (std::size_t output = 0; output < right.size(); ++output) columns.push_back((right[output] - left[output]) / (above - below));
      }
    }
    return result;
  }

  Values moved(const TensorFunction& function, std::size_t input, std::size_t index, double value) const {
    Point point = point_;
    point.values[input][index] = value;
    return evaluated(function, point.leaves(device_)).to_vector();
  }

  /// One output's derivatives by all elements of one input; `numeric` holds those of all outputs.
  void compare(const Values& analytic, const Values& numeric, CheckedDerivative d, std::int64_t outputs, GradientCheck& result) const {
    for (std::size_t index = 0; index < analytic.size(); ++index) {
      d.index = static_cast<std::int64_t>(index);
      d.analytic = analytic[index];
      d.numeric = numeric[index * static_cast<std::size_t>(outputs) + static_cast<std::size_t>(d.output)];
      judge(d, result);
    }
  }

  void judge(CheckedDerivative d, GradientCheck& result) const {
    const double tolerated = options_.absolute + options_.relative * std::max(std::abs(d.analytic), std::abs(d.numeric));
    d.error = std::abs(d.analytic - d.numeric) / tolerated;
    if (!std::isfinite(d.analytic) || std::isnan(d.error)) d.error = std::numeric_limits<double>::infinity();
    if (d.error > 1) ++result.failed;
    if (result.compared++ == 0 || d.error > result.worst.error) result.worst = d;
  }

  /// Unequal and of both signs: equal ones would hide mistakes where a sum is constant, as in softmax.
  Tensor weights(std::int64_t count) const {
    Values w(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = std::sin(1.0 + 1.7 * static_cast<double>(i));
    return Tensor::from(w, {count}, {DType::float64, device_});
  }

  Point point_;
  Device device_;
  const GradientCheckOptions& options_;
};

Point point_of(std::span<const Tensor> inputs, const GradientCheckOptions& options) {
  if (inputs.empty()) throw Error("gradient_check: no inputs given");
  if (!(options.step > 0)) throw Error(fmt::format("gradient_check: step {} is not positive", options.step));
  Point point{{}, {}, options.inputs};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i]) throw Error(fmt::format("gradient_check: input {} is an empty tensor", i));
    if (inputs[i].dtype() != DType::float64) {
      throw Error(
          fmt::format("gradient_check: input {} is {}; differences need float64 (convert it with to())", i, name_of(inputs[i].dtype())));
    }
    point.values.push_back(inputs[i].to_vector());
    point.shapes.push_back(inputs[i].shape());
    for (double value : point.values.back()) {
      if (!std::isfinite(value)) throw Error(fmt::format("gradient_check: input {} holds {}", i, value));
    }
  }
  for (std::size_t i : point.checked) {
    if (i >= inputs.size()) throw Error(fmt::format("gradient_check: input {} asked for, there are {}", i, inputs.size()));
  }
  if (point.checked.empty()) {
    point.checked.resize(inputs.size());
    std::iota(point.checked.begin(), point.checked.end(), std::size_t{0});
  }
  return point;
}

}  // namespace

std::string GradientCheck::to_string() const {
  std::string verdict = fmt::format("passed: {} derivatives", compared);
  if (!passed() && surrogates.empty()) verdict = fmt::format("failed: {} of {} derivatives", failed, compared);
  if (!passed() && !surrogates.empty()) {
    verdict =
        fmt::format("surrogate: {} goes back by a straight-through slope, which differences cannot confirm; {} of {} derivatives differ",
                    surrogates, failed, compared);
  }
  if (compared == 0) return verdict;
  return fmt::format("{}, the worst: d {}[{}] / d input {} [{}] = {} by gradients(), {} by differences ({:.3g} times what is tolerated)",
                     verdict, worst.order == 2 ? "gradient" : "y", worst.output, worst.input, worst.index, worst.analytic, worst.numeric,
                     worst.error);
}

std::ostream& operator<<(std::ostream& out, const GradientCheck& check) { return out << check.to_string(); }

GradientCheck gradient_check(const TensorFunction& function, std::span<const Tensor> inputs, const GradientCheckOptions& options) {
  Point point = point_of(inputs, options);
  const Checker checker(std::move(point), inputs.front().device(), options);
  GradientCheck result;
  checker.check(function, 1, result);
  if (options.second_order) checker.check(checker.gradient_of(function), 2, result);
  return result;
}

GradientCheck gradient_check(const TensorFunction& function, std::initializer_list<Tensor> inputs, const GradientCheckOptions& options) {
  return gradient_check(function, std::span(inputs.begin(), inputs.size()), options);
}

}  // namespace seegrad
