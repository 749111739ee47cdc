// Optimisers: from gradients to new parameters. Each is a row of a table (optimizer.cpp) over three elementwise rules that the
// backends run in one pass a parameter. The update formulas are PyTorch's, step for step.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/nn/module.hpp"

namespace seegrad::optim {

/// How to train. Only what a method uses is looked at.
struct OptimizerOptions {
  std::string name = "sgd";
  double learning_rate = 0.1;
  double momentum = 0;      ///< sgd, rmsprop
  bool nesterov = false;    ///< sgd; needs a momentum
  double beta1 = 0.9;       ///< adam, adamw: memory of the gradient
  double beta2 = 0.999;     ///< adam, adamw: memory of its square
  double alpha = 0.99;      ///< rmsprop: memory of the gradient's square
  double epsilon = 1e-8;    ///< adam, adamw, rmsprop
  double weight_decay = 0;  ///< added to the gradient (L2), but for adamw: parameters shrink by learning_rate * weight_decay a step

  /// The usual settings of a method: sgd 0.1, adam 0.001, adamw 0.001 with weight decay 0.01, rmsprop 0.01. Reads "sgd" and
  /// "sgd(momentum=0.9, nesterov=1)". Throws UsageError with the nearest match for an unknown name.
  static OptimizerOptions parse(std::string_view text);
  /// "sgd(momentum=0.9)": what differs from the method's usual settings; parse() reads it back.
  std::string to_string() const;
  /// Throws UsageError, naming option and value, for what cannot be meant: a learning rate that is not positive, a momentum outside [0, 1).
  void check() const;
  /// How many numbers the method remembers for each parameter: none for plain sgd, two for adam.
  int memories() const;
  bool operator==(const OptimizerOptions&) const = default;
};

/// The names that OptimizerOptions::parse() knows.
std::vector<std::string> optimizer_names();

class Optimizer {
 public:
  /// Memory for what the method remembers is taken here and never again. Throws UsageError as OptimizerOptions::check() does, and for
  /// no parameters, one given twice, or parameters on several devices.
  Optimizer(OptimizerOptions options, std::vector<nn::Parameter> parameters);

  /// Changes every parameter by its gradient times `gradient_scale` (see clip.hpp). Tells the observers of this thread how far each one
  /// went. When `loss` is given and is NaN or infinite, neither this step nor any later one changes anything: who looks at the loss
  /// afterwards finds the parameters as they were before it went wrong. Throws Error, naming the parameter, when number, shape or type
  /// of the gradients do not fit; then nothing has changed.
  void step(std::span<const Tensor> gradients, double gradient_scale = 1, const Tensor& loss = {});
  /// What the host has to do for a step: counts it, and puts the learning rate and the like where the device reads them. step() does
  /// it when nobody has; before work that is replayed without the host (train/step.hpp) it is called by hand.
  void begin_step();

  double learning_rate() const { return options_.learning_rate; }
  /// For schedules; 0 is allowed (the end of a cosine). Throws UsageError when negative or not finite.
  void set_learning_rate(double rate);

  const OptimizerOptions& options() const { return options_; }
  const std::vector<nn::Parameter>& parameters() const { return parameters_; }

  /// Steps taken; to be saved and set again with the state when a run is continued.
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps);
  /// What is remembered, under PyTorch's names: "0.weight.momentum_buffer", "0.weight.exp_avg". The tensors are handles.
  std::vector<nn::NamedTensor> state() const;

 private:
  struct Memory {
    Tensor first, second;
  };
  void check(std::span<const Tensor> gradients) const;
  void check(const nn::Parameter& parameter) const;
  void put_numbers(double gradient_scale);

  OptimizerOptions options_;
  std::vector<nn::Parameter> parameters_;
  std::vector<Memory> memory_;
  std::int64_t steps_ = 0;
  bool begun_ = false;
  Tensor numbers_, halted_;  // what UpdateStep calls device_numbers and halted
};

/// The same as the constructor.
Optimizer make_optimizer(const OptimizerOptions& options, std::vector<nn::Parameter> parameters);

}  // namespace seegrad::optim
