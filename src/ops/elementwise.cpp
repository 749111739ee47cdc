#include "seegrad/ops/elementwise.hpp"

#include <algorithm>

#include "check.hpp"
#include "seegrad/activation/elementary.hpp"
#include "seegrad/activation/program.hpp"
#include "seegrad/activation/rectifiers.hpp"
#include "seegrad/activation/struct_formula.hpp"
#include "seegrad/ops/arithmetic.hpp"

namespace seegrad {
namespace {

Derivative next(Derivative derivative, int argument) {
  if (derivative.first == Derivative::none) return {argument, Derivative::none};
  if (derivative.second == Derivative::none) return {derivative.first, argument};
  throw Error("gradients: a formula has derivatives up to the second; this walk asks for the third");
}

/// The learned parameters as tensors that a gradient rule can hold.
struct Call {
  Activation f;
  std::vector<Tensor> learned;
  Derivative derivative;

  /// Whether a parameter's own gradient is asked for too. On the way back its rule reads the same product as the one for x, and a
  /// product that was worked into one of them would be computed a second time for the other.
  bool learns() const {
    return std::any_of(learned.begin(), learned.end(), [](const Tensor& parameter) { return parameter && parameter.requires_grad(); });
  }

  FormulaArguments arguments(std::vector<ConstArray>& arrays) const {
    for (const Tensor& parameter : learned) arrays.push_back(parameter ? parameter.array() : ConstArray{});
    return {&f.formula(), f.parameters(), arrays};
  }
};

bool is_plain(Derivative d) { return d.first == Derivative::none; }
bool is_slope(Derivative d) { return d.first == 0 && d.second == Derivative::none; }

/// Whether the formula can be worked into the product that waits in x. After a reshape, x's columns are not the product's, and
/// parameters for each of x's columns would meet the wrong numbers. Parameters for each element are too rare for a fused path.
bool fits(const Call& call, const Tensor& x, const DeferredProduct* product) {
  if (!product) return false;
  std::int64_t most = 1;
  for (const Tensor& parameter : call.learned) most = std::max(most, parameter ? parameter.count() : 1);
  return most == 1 || (most == x.shape()[-1] && most == product->b.shape[product->transpose_b ? 0 : 1]);
}

/// Attaches the work to the deferred product in `product`, whose result goes to `c`, and computes it all block by block. Says whether c
/// was written.
template <class Attach>
bool compute_with_product(const Tensor& product, Array c, Attach attach) {
  Matmul call = product.buffer().storage->deferred()->call(c);
  call.c.shape = {call.a.shape[call.transpose_a ? 1 : 0], call.b.shape[call.transpose_b ? 0 : 1]};
  attach(call);
  return product.backend().matmul(call);
}

/// Whether f'(z) is f'(f(z)), so that the way back may look at the activation and z need not be kept.
bool has_slope_from_value(const Call& call) { return is_plain(call.derivative) && call.f.formula().slope_from_value(); }

Tensor compute(const Call& call, const Tensor& x, const Tensor& scale) {
  Tensor y(x.shape(), x.options());
  std::vector<ConstArray> arrays;
  const FormulaArguments f = call.arguments(arrays);
  const auto waits = [&](const Tensor& t) { return t && fits(call, t, t.buffer().storage->deferred()); };
  if (is_plain(call.derivative) && !scale && waits(x)) {
    Tensor z = x;
    const bool tape_reads_it = recording() && x.requires_grad();
    const bool written = compute_with_product(x, z.array_to_fill(), [&](Matmul& matmul) {
      matmul.activation = f;
      matmul.activated = detail::with_shape(y.array_to_fill(), matmul.c.shape);
      matmul.c_is_optional = x.node()->intermediate && !x.watched() && (!tape_reads_it || has_slope_from_value(call));
      if (tape_reads_it) matmul.by_product = &y.buffer().storage->by_product();
    });
    written ? x.buffer().storage->computed() : x.buffer().storage->spare();
    return y;
  }
  const ConstArray at = x.array();  // before asking whether `scale` waits: it may be the same product
  if (is_slope(call.derivative) && !call.learns() && waits(scale)) {
    compute_with_product(scale, y.array_to_fill(), [&](Matmul& matmul) {
      matmul.derivative = f;
      matmul.derivative_at = detail::with_shape(at, matmul.c.shape);
      matmul.derivative_by_product = x.buffer().storage->by_product();
    });
  } else {
    x.backend().elementwise(f, call.derivative, at, scale ? scale.array() : ConstArray{}, y.array_to_fill());
  }
  return y;
}

void check(const Activation& f, const Tensor& x, std::span<const Tensor> learned, const Tensor& scale) {
  const std::string_view name = f.formula().name();
  detail::check_floating(name, x);
  if (scale) {
    detail::check_together(name, x, scale);
    if (!(scale.shape() == x.shape()))
      throw Error(fmt::format("{}: scale {} differs from input {}", name, scale.shape().to_string(), x.shape().to_string()));
  }
  if (!learned.empty() && learned.size() != f.parameters().size()) {
    throw Error(fmt::format("{}: {} parameters given as tensors, the formula has {}", name, learned.size(), f.parameters().size()));
  }
  for (std::size_t i = 0; i < learned.size(); ++i) {
    const Tensor& parameter = learned[i];
    if (!parameter) continue;
    detail::check_together(name, x, parameter);
    if (parameter.requires_grad() && !f.formula().parameters()[i].learnable) {
      throw Error(fmt::format("{}: parameter {} cannot be learned", name, f.formula().parameters()[i].name));
    }
    const bool one_per_column = x.shape().rank() > 0 && parameter.shape() == Shape{x.shape()[-1]};
    const bool one_per_element = parameter.shape() == x.shape() && !parameter.requires_grad();
    if (parameter.count() != 1 && !one_per_column && !one_per_element) {
      throw Error(
          fmt::format("{}: parameter of shape {} for input {}: one value or one for each of the last dimension, or one for each "
                      "element when it is not learned",
                      name, parameter.shape().to_string(), x.shape().to_string()));
    }
  }
}

/// Adds the ways back to the learned parameters.
Tensor record_learned(Tensor y, const Call& call, const Tensor& x, const Tensor& scale) {
  for (std::size_t i = 0; i < call.learned.size(); ++i) {
    const Tensor& parameter = call.learned[i];
    if (!parameter) continue;
    y = record(std::move(y), call.f.formula().name(), parameter, [=](const Tensor& g, const Tensor&) {
      const Tensor weight = scale ? g * scale : g;
      return sum_to(apply_formula(call.f, x, call.learned, next(call.derivative, static_cast<int>(i) + 1), weight),
                    call.learned[i].shape());
    });
  }
  return y;
}

template <class F>
Tensor elementary(const Tensor& x, std::vector<double> parameters = {}) {
  return activate(Activation(formula_of<F>(), std::move(parameters)), x);
}

}  // namespace

Tensor apply_formula(const Activation& f, const Tensor& x, std::span<const Tensor> learned, Derivative derivative, const Tensor& scale) {
  check(f, x, learned, scale);
  const Call call{f, {learned.begin(), learned.end()}, derivative};
  Tensor y = compute(call, x, scale);
  if (!recording()) return y;
  if (x.requires_grad()) y.node()->surrogate = f.formula().program().uses(Word::straight_through);
  y = record(
      std::move(y), f.formula().name(), x,
      [=](const Tensor& g, const Tensor& value) {
        const bool look_at_value = !recording() && has_slope_from_value(call);
        return apply_formula(call.f, look_at_value ? value : x, call.learned, next(call.derivative, 0), scale ? g * scale : g);
      },
      scale, [=](const Tensor& g, const Tensor&) { return apply_formula(call.f, x, call.learned, call.derivative, g); });
  return record_learned(std::move(y), call, x, scale);
}

Tensor activate(const Activation& f, const Tensor& x, std::span<const Tensor> learned) { return apply_formula(f, x, learned, {}); }

Tensor exp(const Tensor& x) { return elementary<Exp>(x); }
Tensor log(const Tensor& x) { return elementary<Log>(x); }
Tensor sqrt(const Tensor& x) { return elementary<Sqrt>(x); }
Tensor abs(const Tensor& x) { return elementary<Abs>(x); }
Tensor pow(const Tensor& x, double exponent) { return elementary<Pow>(x, {exponent}); }

}  // namespace seegrad
