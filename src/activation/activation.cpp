// Activation: reading and printing, and the register of names.
#include "seegrad/activation/activation.hpp"

#include "seegrad/math/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <mutex>

namespace seegrad {
namespace {

constexpr std::size_t longest_text = 1000;

// "Leaky-ReLU", "leaky relu" and "leakyrelu" all mean leaky_relu: letters and digits decide.
std::string key(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == ' ') continue;
    letters += c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  }
  return letters;
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Foreign bytes must not reach a terminal through an error message, nor may a message be a page long.
std::string quoted(std::string_view text) {
  constexpr std::size_t shown = 60;
  std::string out = "'";
  for (const char c : text.substr(0, shown)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > shown ? "...'" : "'");
}

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
        throw Error(fmt::format("register_activation: the name '{}' already belongs to {}; choose another", name,
                                other->name()));
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
    const std::string wanted = key(name);
    for (const Formula* formula : formulas_)
      for (const std::string& candidate : names_of(*formula))
        if (key(candidate) == wanted) return formula;
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
  std::vector<std::string> candidates;
  std::string list;
  for (const Formula* formula : known().formulas()) {
    for (const std::string& candidate : Register::names_of(*formula)) candidates.push_back(candidate);
    list += (list.empty() ? "" : ", ") + std::string(formula->name());
  }
  std::string word(name.substr(0, 100));
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  throw UsageError(fmt::format("unknown activation {}{}; known are: {}", quoted(name), suggestion(word, candidates),
                               list));
}

// The shortest text that reads back as the same double.
std::string shortest(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

double number(std::string_view text, const std::string& where) {
  std::string_view digits = text;
  if (digits.size() > 1 && digits.front() == '+' && digits[1] != '-') digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range || (error == std::errc{} && !std::isfinite(value)))
    throw UsageError(fmt::format("{}: {} is not a finite number", where, quoted(text)));
  if (error != std::errc{} || end != digits.data() + digits.size())
    throw UsageError(fmt::format("{}: {} is not a number", where, quoted(text)));
  return value;
}

std::string signature(const Formula& formula) {
  std::vector<std::string> parts;
  for (const Parameter& p : formula.parameters()) parts.push_back(fmt::format("{}={}", p.name, shortest(p.value)));
  return parts.empty() ? std::string(formula.name())
                       : fmt::format("{}({})", formula.name(), fmt::join(parts, ", "));
}

void check_count(const Formula& formula, std::size_t given) {
  const std::size_t allowed = formula.parameters().size();
  if (given <= allowed) return;
  const std::string limit = allowed == 0 ? "takes no parameters" : fmt::format("takes at most {}", allowed);
  throw UsageError(fmt::format("activation {}: {}, {} given; its form is {}", formula.name(), limit, given,
                               signature(formula)));
}

std::size_t parameter_index(const Formula& formula, std::string_view name) {
  std::vector<std::string> names;
  for (const Parameter& p : formula.parameters()) {
    if (key(p.name) == key(name)) return names.size();
    names.emplace_back(p.name);
  }
  throw UsageError(fmt::format("activation {}: unknown parameter {}{}; its form is {}", formula.name(), quoted(name),
                               suggestion(name, names), signature(formula)));
}

// "0.2" or "alpha=0.2, beta=3": positions first, then names, none twice.
std::vector<double> read_parameters(const Formula& formula, std::string_view text) {
  std::vector<double> values;
  std::vector<bool> given;
  for (const Parameter& p : formula.parameters()) values.push_back(p.value);
  given.resize(values.size());
  check_count(formula, 1 + std::size_t(std::count(text.begin(), text.end(), ',')));
  const std::string where = fmt::format("activation {}", formula.name());
  bool named = false;
  for (std::size_t position = 0; !text.empty() || position == 0; ++position) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = trimmed(text.substr(0, comma));
    const bool last = comma == text.size();
    text.remove_prefix(last ? comma : comma + 1);
    if (item.empty() || (!last && trimmed(text).empty()))
      throw UsageError(fmt::format("{}: a parameter is missing beside a comma; its form is {}", where,
                                   signature(formula)));
    std::size_t index = position;
    std::string_view value = item;
    if (const std::size_t equals = item.find('='); equals != std::string_view::npos) {
      named = true;
      index = parameter_index(formula, trimmed(item.substr(0, equals)));
      value = trimmed(item.substr(equals + 1));
    } else if (named) {
      throw UsageError(fmt::format("{}: {} stands after a named parameter; give its name too", where, quoted(item)));
    }
    const std::string parameter = fmt::format("{}, parameter {}", where, formula.parameters()[index].name);
    if (given[index]) throw UsageError(fmt::format("{}: given twice", parameter));
    values[index] = number(value, parameter);
    given[index] = true;
  }
  return values;
}

}  // namespace

Activation::Activation(const Formula& formula) : Activation(formula, {}) {}

Activation::Activation(const Formula& formula, std::vector<double> parameters)
    : formula_(&formula), parameters_(std::move(parameters)) {
  check_count(formula, parameters_.size());
  const auto declared = formula.parameters();
  for (std::size_t i = parameters_.size(); i < declared.size(); ++i) parameters_.push_back(declared[i].value);
  for (std::size_t i = 0; i < declared.size(); ++i)
    if (!(parameters_[i] >= declared[i].lower && parameters_[i] <= declared[i].upper))
      throw UsageError(fmt::format("activation {}, parameter {}: {} is not between {} and {}", formula.name(),
                                   declared[i].name, shortest(parameters_[i]), shortest(declared[i].lower),
                                   shortest(declared[i].upper)));
}

Activation Activation::parse(std::string_view text) {
  if (text.size() > longest_text)
    throw UsageError(fmt::format("activation: the text has {} characters, more than {}", text.size(), longest_text));
  text = trimmed(text);
  if (text.empty()) throw UsageError("activation: the name is empty; give one such as relu or leaky_relu(0.2)");
  const std::size_t open = text.find('('), close = text.rfind(')');
  const bool bracketed = open != std::string_view::npos || close != std::string_view::npos;
  if (!bracketed) return Activation(formula_named(text));
  if (open == std::string_view::npos || close != text.size() - 1 || close < open ||
      text.find('(', open + 1) != std::string_view::npos || text.find(')') != close)
    throw UsageError(fmt::format("activation {}: brackets do not match; write name(value, ...) such as leaky_relu(0.2)",
                                 quoted(text)));
  const std::string_view name = trimmed(text.substr(0, open));
  if (name.empty()) throw UsageError(fmt::format("activation {}: no name before the bracket", quoted(text)));
  const Formula& formula = formula_named(name);
  const std::string_view inside = trimmed(text.substr(open + 1, close - open - 1));
  return inside.empty() ? Activation(formula) : Activation(formula, read_parameters(formula, inside));
}

std::vector<Activation> Activation::all() {
  std::vector<Activation> activations;
  for (const Formula* formula : known().formulas()) activations.emplace_back(*formula);
  return activations;
}

std::string Activation::to_string() const {
  std::vector<std::string> parts;
  bool all_default = true;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = formula_->parameters()[i];
    parts.push_back(fmt::format("{}={}", parameter.name, shortest(parameters_[i])));
    all_default = all_default && parameters_[i] == parameter.value;
  }
  return all_default ? std::string(name()) : fmt::format("{}({})", name(), fmt::join(parts, ", "));
}

bool Activation::learnable() const {
  const auto declared = formula_->parameters();
  return std::any_of(declared.begin(), declared.end(), [](const Parameter& p) { return p.learnable; });
}

void register_formula(const Formula& formula) { known().add(formula); }

}  // namespace seegrad
