#include "seegrad/observe/gradient_ledger.hpp"

#include <cmath>

namespace seegrad::observe {
namespace {

double length(const Tensor& x) {
  if (!x) return not_measured;
  double squares = 0;
  for (const double v : x.to_vector()) squares += v * v;
  return std::sqrt(squares);
}

double rms(const Tensor& x) { return x ? length(x) / std::sqrt(static_cast<double>(x.count())) : not_measured; }

double ratio(double part, double whole) { return whole > 0 ? part / whole : not_measured; }

}  // namespace

double GradientStep::weights() const { return ratio(h, above); }
double GradientStep::slopes() const { return ratio(z, h); }

void GradientLedger::forward(const ForwardEvent& event) {
  StepTrace::forward(event);
  if (!event.weight) return;
  inputs_.push_back(layers().size() > 1 ? event.input : Tensor());
  at_inputs_.emplace_back();
  if (inputs_.back()) inputs_.back().watch();
}

void GradientLedger::gradient(const Tensor& watched, const Tensor& gradient) {
  StepTrace::gradient(watched, gradient);
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (inputs_[i] && watched.same_as(inputs_[i])) at_inputs_[i] = gradient;
}

GradientAccount GradientLedger::account() const {
  GradientAccount account;
  if (inputs_.size() < 2) return account;
  double weights = 0, slopes = 0;  // sums of logarithms
  double above = rms(gradients().back().delta);
  for (std::size_t l = inputs_.size() - 1; l-- > 0;) {
    const LayerGradients& own = gradients()[l];
    const GradientStep step{static_cast<std::int64_t>(l) + 1, above, rms(at_inputs_[l + 1]), rms(own.delta), length(own.bias)};
    if (!account.steps.empty()) {
      weights += std::log(step.weights());
      slopes += std::log(step.slopes());
    }
    account.steps.push_back(step);
    above = step.z;
  }
  account.first_hears = ratio(account.steps.back().z, account.steps.front().z);
  const auto means = static_cast<double>(account.steps.size() - 1);
  if (means > 0) {
    account.weights = std::exp(weights / means);
    account.slopes = std::exp(slopes / means);
  }
  return account;
}

}  // namespace seegrad::observe
