// Activation: reading and printing, and the register of names.
#include "seegrad/activation/activation.hpp"

#include "activation/register.hpp"
#include "activation/vocabulary.hpp"
#include "seegrad/activation/catalogue.hpp"

#include "math/call_text.hpp"
#include "seegrad/activation/text_formula.hpp"
#include "seegrad/math/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace seegrad {
namespace {

// The activations that have a name: the catalogue, then the user's own. Lists are short; a linear search will do.
class Register {
 public:
  Register() {
    const auto compiled = compiled_formulas();
    formulas_.assign(compiled.begin(), compiled.begin() + Catalogue::size);
  }

  void add(const Formula& formula) {
    const std::lock_guard lock(mutex_);
    if (std::find(formulas_.begin(), formulas_.end(), &formula) != formulas_.end()) return;
    for (const std::string& name : names_of(formula))
      if (const Formula* other = find_unlocked(name))
        throw Error(fmt::format("register_activation: the name '{}' already belongs to {}; choose another", name, other->name()));
    formulas_.push_back(&formula);
  }

  const Formula* find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    return find_unlocked(name);
  }

  std::vector<const Formula*> formulas() const {
    const std::lock_guard lock(mutex_);
    return formulas_;
  }

  static std::vector<std::string> names_of(const Formula& formula) {
    std::vector<std::string> names{std::string(formula.name())};
    for (const std::string_view alias : formula.aliases()) names.emplace_back(alias);
    return names;
  }

 private:
  const Formula* find_unlocked(std::string_view name) const {
    const std::string wanted = call_text::key(name);
    for (const Formula* formula : formulas_)
      for (const std::string& candidate : names_of(*formula))
        if (call_text::key(candidate) == wanted) return formula;
    return nullptr;
  }

  mutable std::mutex mutex_;
  std::vector<const Formula*> formulas_;
};

Register& known() {
  static Register formulas;
  return formulas;
}

const Formula& formula_named(std::string_view name) {
  if (const Formula* formula = known().find(name)) return *formula;
  std::vector<std::string> names, aliases;
  for (const Formula* formula : known().formulas()) {
    names.emplace_back(formula->name());
    for (const std::string_view alias : formula->aliases()) aliases.emplace_back(alias);
  }
  if (formula_text::is_reserved(name)) {
    const formula_text::Function* function = formula_text::find_function(name);
    throw UsageError(fmt::format("unknown activation '{0}': it is a word of formulas, and a formula must speak of x{1}", name,
                                 function && function->arguments == 1 ? fmt::format(": {}(x)", name) : ""));
  }
  call_text::unknown("activation", name, names, aliases);
}

std::string where(const Formula& formula) { return fmt::format("activation {}", formula.name()); }

std::vector<call_text::Form> forms_of(const Formula& formula) {
  std::vector<call_text::Form> forms;
  for (const Parameter& p : formula.parameters()) forms.push_back({p.name, p.value, {.lower = p.lower, .upper = p.upper}});
  return forms;
}

}  // namespace

Activation::Activation(const Formula& formula) : Activation(formula, {}) {}

// The pointer of a formula that lives for ever owns nothing.
Activation::Activation(const Formula& formula, std::vector<double> parameters)
    : Activation(std::shared_ptr<const Formula>(std::shared_ptr<void>{}, &formula), std::move(parameters)) {}

Activation::Activation(std::shared_ptr<const Formula> formula, std::vector<double> parameters)
    : formula_(std::move(formula)), parameters_(std::move(parameters)) {
  const std::vector<call_text::Form> forms = forms_of(*formula_);
  call_text::check_count(where(*formula_), parameters_.size(), forms);
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    call_text::check(fmt::format("{}, {}", where(*formula_), forms[i].name), parameters_[i], forms[i].range);
  for (std::size_t i = parameters_.size(); i < forms.size(); ++i) parameters_.push_back(forms[i].value);
}

Activation Activation::parse(std::string_view text) {
  if (is_formula_text(text)) return Activation(parse_formula(text));
  const call_text::Call call = call_text::split("activation", text);
  const Formula& formula = formula_named(call.name);
  return {formula, call_text::read_parameters(where(formula), call.inside, forms_of(formula))};
}

std::vector<Activation> Activation::all() {
  std::vector<Activation> activations;
  for (const Formula* formula : known().formulas()) activations.emplace_back(*formula);
  return activations;
}

std::string Activation::to_string() const {
  if (formula_->is_text()) return static_cast<const TextFormula&>(*formula_).text(parameters_);
  return call_text::print(name(), forms_of(*formula_), parameters_);
}

bool Activation::learnable() const {
  const auto declared = formula_->parameters();
  return std::any_of(declared.begin(), declared.end(), [](const Parameter& p) { return p.learnable; });
}

bool Activation::operator==(const Activation& other) const {
  if (formula_ == other.formula_) return parameters_ == other.parameters_;
  return formula_->is_text() && other.formula_->is_text() && to_string() == other.to_string();
}

void register_formula(const Formula& formula) { known().add(formula); }

const Formula* detail::find_formula(std::string_view name) { return known().find(name); }

std::vector<std::string> detail::formula_names() {
  std::vector<std::string> names;
  for (const Formula* formula : known().formulas()) {
    names.emplace_back(formula->name());
    for (const std::string_view alias : formula->aliases()) names.emplace_back(alias);
  }
  return names;
}

}  // namespace seegrad
