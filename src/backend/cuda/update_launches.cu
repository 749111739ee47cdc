#include "backend/cuda/update_launches.hpp"

#include <vector>

#include "backend/cuda/check.hpp"
#include "backend/cuda/site_of.hpp"
#include "kernels/update_launch.hpp"

namespace seegrad::cuda {
namespace {

kernels::UpdateControl control_of(const UpdateStep& step) {
  const StepNumbers& numbers = step.numbers;
  kernels::UpdateControl control{};
  control.number[0] = numbers.learning_rate;
  control.number[1] = numbers.gradient_scale;
  control.number[2] = numbers.correction1;
  control.number[3] = numbers.correction2;
  control.on_device = step.device_numbers.as<double>();
  control.loss = step.loss.data;
  control.loss_is_double = step.loss.dtype == DType::float64;
  control.halted = step.halted.as<int>();
  return control;
}

/// The parameters that one rule and one element type are for, each with its place in the step.
template <class T>
std::vector<kernels::UpdateEntry<T>> entries_of(std::span<const Update> updates, Update::Rule rule) {
  std::vector<kernels::UpdateEntry<T>> entries;
  for (std::size_t i = 0; i < updates.size(); ++i) {
    const Update& one = updates[i];
    if (one.rule != rule || one.parameter.dtype != dtype_of<T>()) continue;
    kernels::UpdateEntry<T> entry{};
    entry.parameter = one.parameter.as<T>();
    entry.gradient = one.gradient.as<T>();
    for (int k = 0; k < 2; ++k) entry.state[k] = one.state[k].as<T>();
    entry.count = one.parameter.shape.count();
    entry.momentum = one.momentum;
    entry.beta1 = one.beta1;
    entry.beta2 = one.beta2;
    entry.epsilon = one.epsilon;
    entry.weight_decay = one.weight_decay;
    entry.place = static_cast<int>(i);
    entry.nesterov = one.nesterov;
    entry.decoupled_decay = one.decoupled_decay;
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace

void update(const Launch& launch, const UpdateStep& step) {
  const kernels::UpdateControl control = control_of(step);
  for (const auto rule : {Update::Rule::sgd, Update::Rule::adam, Update::Rule::rmsprop}) {
    const auto run = [&]<class T>() {
      const auto entries = entries_of<T>(step.updates, rule);
      check(kernels::launch_update<T>(site_of(launch), static_cast<kernels::UpdateRule>(rule), entries, control, step.sizes.as<double>()),
            "launch of update");
    };
    run.operator()<float>();
    run.operator()<double>();
  }
}

}  // namespace seegrad::cuda
