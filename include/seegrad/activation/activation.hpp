// An activation is a value: a formula and numbers for its parameters. It is what a layer holds, what
// `--activation "leaky_relu(0.2)"` means, and what a run folder writes down; parse() and to_string() are inverse.
#pragma once

#include "seegrad/activation/struct_formula.hpp"

#include <memory>
#include <string>
#include <vector>

namespace seegrad {

class Activation {
 public:
  /// The formula with its default parameters. The formula must outlive the activation (those of formula_of() do).
  explicit Activation(const Formula& formula);
  /// With parameters of one's own. Throws UsageError when there are too many or one is out of its bounds;
  /// those not given keep their defaults.
  Activation(const Formula& formula, std::vector<double> parameters);
  /// The same for a formula that lives as long as somebody holds it: one that was read from a text.
  explicit Activation(std::shared_ptr<const Formula> formula, std::vector<double> parameters = {});

  /// Reads "relu", "leaky_relu(0.2)", "elu(alpha=0.5)": a name or alias, then parameters by position or by name.
  /// Case, '-' and spaces in names do not matter. A text that speaks of x or has operators is a formula of its own
  /// (text_formula.hpp): "x*sigmoid(b*x); b=1.7". Throws UsageError that says what is wrong.
  static Activation parse(std::string_view text);

  /// One of each activation that parse() knows (the catalogue in its order, then registered ones), with default
  /// parameters.
  static std::vector<Activation> all();

  /// "relu", or "leaky_relu(slope=0.2)"; parameters that are at their defaults are not shown. Of a text formula the text,
  /// with these parameters in its definitions.
  std::string to_string() const;

  const Formula& formula() const { return *formula_; }
  std::string_view name() const { return formula_->name(); }
  const std::vector<double>& parameters() const { return parameters_; }
  /// Whether any parameter may be trained; which ones: formula().parameters()[i].learnable.
  bool learnable() const;

  /// f(x), f'(x), f''(x) with these parameters, in double precision.
  double at(double x) const { return formula_->at(x, parameters_); }
  double derivative(double x) const { return formula_->at(x, parameters_, {0}); }
  double second_derivative(double x) const { return formula_->at(x, parameters_, {0, 0}); }

  /// The same formula (for texts: the same text) with the same parameters.
  bool operator==(const Activation& other) const;

 private:
  std::shared_ptr<const Formula> formula_;
  std::vector<double> parameters_;
};

/// Adds a formula to the names that Activation::parse() knows. Its name and aliases must be free: throws Error if one
/// belongs to another formula; registering the same formula again changes nothing. Safe to call from any thread.
void register_formula(const Formula& formula);

/// The same for a struct of the user's own; returns it with its default parameters.
template <class F>
Activation register_activation() {
  register_formula(formula_of<F>());
  return Activation(formula_of<F>());
}

}  // namespace seegrad
