#include "seegrad/optim/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <type_traits>

#include "math/call_text.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/tensor/observer.hpp"

namespace seegrad::optim {
namespace {

using call_text::Form;
using call_text::Range;

constexpr Range memory{.lower = 0, .upper = 1, .below = true};

/// A number in OptimizerOptions, as text calls it.
struct Option {
  std::string_view name;
  Range range;
  double (*get)(const OptimizerOptions&);
  void (*set)(OptimizerOptions&, double);
};

template <auto member>
constexpr Option option(std::string_view name, Range range) {
  return {name, range, [](const OptimizerOptions& o) { return static_cast<double>(o.*member); },
          [](OptimizerOptions& o, double value) { o.*member = static_cast<std::remove_reference_t<decltype(o.*member)>>(value); }};
}

constexpr Option lr = option<&OptimizerOptions::learning_rate>("lr", call_text::positive);
constexpr Option momentum = option<&OptimizerOptions::momentum>("momentum", memory);
constexpr Option nesterov = option<&OptimizerOptions::nesterov>("nesterov", {.lower = 0, .upper = 1, .whole = true});
constexpr Option beta1 = option<&OptimizerOptions::beta1>("beta1", memory);
constexpr Option beta2 = option<&OptimizerOptions::beta2>("beta2", memory);
constexpr Option alpha = option<&OptimizerOptions::alpha>("alpha", memory);
constexpr Option epsilon = option<&OptimizerOptions::epsilon>("epsilon", call_text::positive);
constexpr Option weight_decay = option<&OptimizerOptions::weight_decay>("weight_decay", call_text::not_negative);

/// What an optimiser is: a rule, the options it looks at, and what it calls its memory. A second memory named "momentum_buffer" is
/// kept only with a momentum.
struct Method {
  std::string_view name;
  std::vector<std::string_view> aliases;
  Update::Rule rule;
  bool decoupled_decay;
  std::vector<Option> options;
  OptimizerOptions usual;
  std::array<std::string_view, 2> memory;
};

constexpr std::string_view momentum_buffer = "momentum_buffer";

const std::vector<Method>& methods() {
  using enum Update::Rule;
  static const std::vector<Method> table{
      {"sgd", {}, sgd, false, {lr, momentum, nesterov, weight_decay}, {.name = "sgd", .learning_rate = 0.1}, {momentum_buffer, ""}},
      {"adam",
       {},
       adam,
       false,
       {lr, beta1, beta2, epsilon, weight_decay},
       {.name = "adam", .learning_rate = 0.001},
       {"exp_avg", "exp_avg_sq"}},
      {"adamw",
       {},
       adam,
       true,
       {lr, beta1, beta2, epsilon, weight_decay},
       {.name = "adamw", .learning_rate = 0.001, .weight_decay = 0.01},
       {"exp_avg", "exp_avg_sq"}},
      {"rmsprop",
       {},
       rmsprop,
       false,
       {lr, alpha, epsilon, momentum, weight_decay},
       {.name = "rmsprop", .learning_rate = 0.01},
       {"square_avg", momentum_buffer}},
  };
  return table;
}

const Method& method_of(std::string_view name) { return call_text::find("optimizer", name, methods()); }

std::vector<Form> forms_of(const Method& method) {
  std::vector<Form> forms;
  for (const Option& option : method.options) forms.push_back({option.name, option.get(method.usual), option.range});
  return forms;
}

std::string where(const Method& method, std::string_view option) {
  return fmt::format("optimizer {}, {}{}", method.name, option, option == lr.name ? " (--lr)" : "");
}

/// Whether the method keeps its i-th memory with these options.
bool remembers(const Method& method, std::size_t i, const OptimizerOptions& options) {
  if (method.memory[i].empty()) return false;
  return method.memory[i] != momentum_buffer || options.momentum > 0;
}

/// All of the call that is the same for every parameter.
Update call_for(const OptimizerOptions& options, const Method& method) {
  Update call;
  call.rule = method.rule;
  call.momentum = options.momentum;
  call.nesterov = options.nesterov;
  call.beta1 = options.beta1;
  call.beta2 = method.rule == Update::Rule::rmsprop ? options.alpha : options.beta2;
  call.epsilon = options.epsilon;
  call.decoupled_decay = method.decoupled_decay;
  return call;
}

}  // namespace

OptimizerOptions OptimizerOptions::parse(std::string_view text) {
  const call_text::Call call = call_text::split("optimizer", text);
  const Method& method = method_of(call.name);
  const std::vector<double> values = call_text::read_parameters(fmt::format("optimizer {}", method.name), call.inside, forms_of(method));
  OptimizerOptions options = method.usual;
  for (std::size_t i = 0; i < values.size(); ++i) method.options[i].set(options, values[i]);
  options.check();
  return options;
}

std::string OptimizerOptions::to_string() const {
  const Method& method = method_of(name);
  std::vector<double> values;
  for (const Option& option : method.options) values.push_back(option.get(*this));
  return call_text::print(method.name, forms_of(method), values);
}

void OptimizerOptions::check() const {
  const Method& method = method_of(name);
  for (const Option& option : method.options) call_text::check(where(method, option.name), option.get(*this), option.range);
  if (method.rule == Update::Rule::sgd && nesterov && momentum == 0) {
    throw UsageError("optimizer sgd, nesterov: needs a momentum above 0; write sgd(momentum=0.9, nesterov=1)");
  }
}

int OptimizerOptions::memories() const {
  const Method& method = method_of(name);
  return int{remembers(method, 0, *this)} + int{remembers(method, 1, *this)};
}

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const Method& method : methods()) names.emplace_back(method.name);
  return names;
}

Optimizer::Optimizer(OptimizerOptions options, std::vector<nn::Parameter> parameters)
    : options_(std::move(options)), parameters_(std::move(parameters)) {
  options_.check();
  if (parameters_.empty()) throw UsageError(fmt::format("optimizer {}: there are no parameters to change", options_.name));
  const Method& method = method_of(options_.name);
  std::set<const Tensor::Node*> seen;
  for (const nn::Parameter& parameter : parameters_) {
    check(parameter);
    if (!seen.insert(parameter.tensor.node().get()).second) {
      throw UsageError(fmt::format("optimizer {}: parameter {} is given twice", options_.name, parameter.name));
    }
    const auto zeros = [&](std::size_t i) {
      return remembers(method, i, options_) ? Tensor::zeros(parameter.tensor.shape(), parameter.tensor.options()) : Tensor{};
    };
    memory_.push_back({zeros(0), zeros(1)});
  }
  const Device device = parameters_.front().tensor.device();
  numbers_ = Tensor::zeros({4}, {DType::float64, device});  // memory is taken now, not in the first step
  halted_ = Tensor::indices(std::array<std::int32_t, 1>{0}, device);
}

void Optimizer::check(const nn::Parameter& parameter) const {
  const Device here = parameter.tensor.device(), first = parameters_.front().tensor.device();
  if (here == first) return;
  throw UsageError(fmt::format("optimizer {}: parameter {} lies on {}, {} on {}; move the network with to()", options_.name, parameter.name,
                               here.to_string(), parameters_.front().name, first.to_string()));
}

void Optimizer::check(std::span<const Tensor> gradients) const {
  if (gradients.size() != parameters_.size()) {
    throw Error(fmt::format("optimizer {}: {} gradients given for {} parameters", options_.name, gradients.size(), parameters_.size()));
  }
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Tensor &gradient = gradients[i], &parameter = parameters_[i].tensor;
    if (!gradient) throw Error(fmt::format("optimizer {}: the gradient of {} is an empty tensor", options_.name, parameters_[i].name));
    if (gradient.shape() == parameter.shape() && gradient.dtype() == parameter.dtype() && gradient.device() == parameter.device()) continue;
    const auto describe = [](const Tensor& t) {
      return fmt::format("{} {} on {}", name_of(t.dtype()), t.shape().to_string(), t.device().to_string());
    };
    throw Error(fmt::format("optimizer {}: the gradient of {} is {}, the parameter {}", options_.name, parameters_[i].name,
                            describe(gradient), describe(parameter)));
  }
}

void Optimizer::begin_step() {
  ++steps_;
  begun_ = true;
  put_numbers(1);
}

void Optimizer::put_numbers(double gradient_scale) {
  StepNumbers numbers{.learning_rate = options_.learning_rate, .gradient_scale = gradient_scale};
  if (method_of(options_.name).rule == Update::Rule::adam) {
    numbers.correction1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
    numbers.correction2 = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
  }
  numbers_.backend().upload(numbers_.array_for_update().data, &numbers, sizeof numbers);
}

void Optimizer::step(std::span<const Tensor> gradients, double gradient_scale, const Tensor& loss) {
  check(gradients);
  if (!begun_) begin_step();
  if (gradient_scale != 1) put_numbers(gradient_scale);
  begun_ = false;
  const Update rule = call_for(options_, method_of(options_.name));
  std::vector<Update> updates(parameters_.size(), rule);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    updates[i].gradient = gradients[i].array();
    updates[i].parameter = parameters_[i].tensor.array_for_update();
    if (memory_[i].first) updates[i].state[0] = memory_[i].first.array_for_update();
    if (memory_[i].second) updates[i].state[1] = memory_[i].second.array_for_update();
    updates[i].weight_decay = parameters_[i].decay ? options_.weight_decay : 0;
  }
  UpdateStep step{.updates = updates, .device_numbers = numbers_.array()};
  if (loss) {
    step.loss = loss.array();
    step.halted = halted_.array_for_update();
  }
  Tensor sizes, gradient_totals;
  if (!observers().empty()) {
    const auto count = static_cast<std::int64_t>(updates.size());
    sizes = Tensor({count, 2}, numbers_.options());
    gradient_totals = Tensor({count, total_count}, numbers_.options());
    step.sizes = sizes.array_to_fill();
    step.gradient_totals = gradient_totals.array_to_fill();
  }
  numbers_.backend().update(step);
  for (std::size_t i = 0; i < parameters_.size() && sizes; ++i) {
    const UpdateEvent event{parameters_[i].tensor, gradients[i], sizes, gradient_totals, static_cast<std::int64_t>(i)};
    for (Observer* observer : observers()) observer->update(event);
  }
}

void Optimizer::set_learning_rate(double rate) {
  call_text::check(where(method_of(options_.name), lr.name), rate, call_text::not_negative);
  options_.learning_rate = rate;
}

void Optimizer::set_steps(std::int64_t steps) {
  call_text::check(fmt::format("optimizer {}, steps", options_.name), static_cast<double>(steps), call_text::not_negative);
  steps_ = steps;
}

std::vector<nn::NamedTensor> Optimizer::state() const {
  const Method& method = method_of(options_.name);
  std::vector<nn::NamedTensor> all;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (memory_[i].first) all.push_back({fmt::format("{}.{}", parameters_[i].name, method.memory[0]), memory_[i].first});
    if (memory_[i].second) all.push_back({fmt::format("{}.{}", parameters_[i].name, method.memory[1]), memory_[i].second});
  }
  return all;
}

Optimizer make_optimizer(const OptimizerOptions& options, std::vector<nn::Parameter> parameters) {
  return {options, std::move(parameters)};
}

}  // namespace seegrad::optim
