#include "activation/expression_parser.hpp"

#include "activation/register.hpp"
#include "seegrad/activation/text_formula.hpp"
#include "seegrad/math/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace seegrad::formula_text {
namespace {

/// A piece of the text as part of a hint: on one line, and not endless.
std::string quoted_short(std::string_view text) {
  if (text.size() > 24) return "...";
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c < ' '; }, ' ');
  return line;
}

bool is_comparison(const Token& token) {
  if (token.kind != Token::Kind::sign) return false;
  return token.text[0] == '<' || token.text[0] == '>' || token.text == "==" || token.text == "!=";
}

Condition compare(std::string_view sign, Symbol a, Symbol b) {
  if (sign == "<") return a < b;
  if (sign == "<=") return a <= b;
  if (sign == ">") return a > b;
  if (sign == ">=") return a >= b;
  return sign == "==" ? a == b : a != b;
}

/// Words of other languages that stand where an operator is missing.
std::string_view hint_for_word(std::string_view word) {
  if (word == "if" || word == "else" || word == "then") return "write a choice as condition ? a : b";
  if (word == "and") return "write && between two conditions";
  if (word == "or") return "write || between two conditions";
  if (word == "mod") return "there is no remainder operator";
  return {};
}

}  // namespace

Value ExpressionParser::parse(std::size_t first) {
  at_ = first;
  depth_ = 0;
  const Value value = expression();
  if (here().kind != Token::Kind::end && !at_sign(";")) stray();
  return value;
}

// ---- the grammar, from the loosest operator to the tightest ------------------------------------------------------

Value ExpressionParser::expression() {
  const Value choice = either();
  if (!accept("?")) return choice;
  const Token& mark = before();
  const Condition decision = condition(choice, "?");
  const Value a = nested(mark, &ExpressionParser::expression);
  if (!accept(":")) fail(mark.position, "this ? has no ':' after its first choice", "write condition ? a : b");
  const Value b = nested(before(), &ExpressionParser::expression);
  return finish(select(decision, number(a), number(b)), choice.from, mark.position);
}

Value ExpressionParser::either() {
  Value a = both();
  while (accept("||")) {
    const Condition left = condition(a, "||");
    a = finish(left | condition(both(), "||"), a.from);
  }
  return a;
}

Value ExpressionParser::both() {
  Value a = comparison();
  while (accept("&&")) {
    const Condition left = condition(a, "&&");
    a = finish(left & condition(comparison(), "&&"), a.from);
  }
  return a;
}

Value ExpressionParser::comparison() {
  const Value a = sum();
  if (at_sign("=")) fail(here().position, "'=' does not compare", "write == to compare; definitions stand after the expression: x*b; b=2");
  if (!is_comparison(here())) return a;
  const Token sign = here();
  ++at_;
  const Symbol left = number(a);
  const Value b = sum();
  const Value result = finish(compare(sign.text, left, number(b)), a.from);
  if (is_comparison(here()))
    fail(here().position, "comparisons cannot be chained",
         fmt::format("write {} {} {} && {} {} ...", quoted_short(text_of(a)), sign.text, quoted_short(text_of(b)), quoted_short(text_of(b)),
                     here().text));
  return result;
}

Value ExpressionParser::sum() {
  Value a = product();
  while (at_sign("+") || at_sign("-")) {
    const Token sign = here();
    ++at_;
    const Symbol left = number(a), right = number(product());
    a = finish(sign.text == "+" ? left + right : left - right, a.from, sign.position);
  }
  return a;
}

Value ExpressionParser::product() {
  Value a = unary();
  while (at_sign("*") || at_sign("/")) {
    const Token sign = here();
    ++at_;
    const Symbol left = number(a), right = number(unary());
    if (sign.text == "/" && right.constant() == 0.0) fail(sign.position, "this divides by zero");
    a = finish(sign.text == "*" ? left * right : left / right, a.from, sign.position);
  }
  return a;
}

Value ExpressionParser::unary() {
  const Token sign = here();
  if (accept("!")) return finish(!condition(nested(sign, &ExpressionParser::unary), "!"), sign.position);
  if (!accept("-") && !accept("+")) return power();
  const Symbol operand = number(nested(sign, &ExpressionParser::unary));
  return finish(sign.text == "-" ? -operand : operand, sign.position, sign.position);
}

Value ExpressionParser::power() {
  const Value base = primary();
  if (!at_sign("^")) return base;
  const Token sign = here();
  ++at_;
  const Symbol left = number(base), right = number(nested(sign, &ExpressionParser::unary));
  return finish(formula_text::power(left, right), base.from, sign.position);
}

Value ExpressionParser::primary() {
  const Token token = here();
  Value value;
  if (token.kind == Token::Kind::number) {
    ++at_;
    value = finish(Symbol(token.value), token.position, token.position);
  } else if (token.kind == Token::Kind::name) {
    value = value_of_name();
  } else if (accept("(")) {
    if (at_sign(")")) fail(here().position, "nothing stands between these brackets", "a number, x or an expression belongs there");
    value = nested(token, &ExpressionParser::expression);
    close(token);
    value.from = token.position;
    value.to = before().position + 1;
  } else {
    missing_value();
  }
  check_neighbours();
  return value;
}

// ---- names and calls -----------------------------------------------------------------------------------------------

Value ExpressionParser::value_of_name() {
  const Token name = here();
  const Token& next = tokens_[at_ + 1];
  const bool called = next.kind == Token::Kind::sign && next.text == "(";
  if (called && (name.text == "select" || find_function(name.text) || detail::find_formula(name.text))) return call();
  ++at_;
  const auto constant = [&](Symbol symbol) { return finish(symbol, name.position, name.position); };
  const Value* defined = named_(name);
  if (name.text == "x" || name.text == "pi" || name.text == "e" || defined) {
    if (called) fail(name.position, fmt::format("{} is not a function", name.text), fmt::format("write {}*(...) for a product", name.text));
    if (name.text == "x") return constant(x_);
    if (name.text == "pi") return constant(Symbol(std::numbers::pi));
    if (name.text == "e") return constant(Symbol(std::numbers::e));
    Value value = *defined;
    value.from = name.position;
    value.to = name.position + name.text.size();
    return value;
  }
  if (name.text == "select" || find_function(name.text) || detail::find_formula(name.text))
    fail(name.position, fmt::format("{} is a function", name.text),
         fmt::format("write {}(x), or what else it shall be applied to", name.text));
  unknown(name);
}

std::vector<Value> ExpressionParser::arguments() {
  const Token opened = here();
  ++at_;
  std::vector<Value> values;
  if (accept(")")) return values;
  do values.push_back(nested(opened, &ExpressionParser::expression));
  while (accept(","));
  close(opened);
  return values;
}

Value ExpressionParser::call() {
  const Token name = here();
  ++at_;
  const std::vector<Value> values = arguments();
  const Function* function = find_function(name.text);
  if (name.text == "select") return select_call(values, name);
  const Formula* formula = detail::find_formula(name.text);
  if (!function) return activation_call(*formula, values, name);
  // softplus and sign are words of one argument and activations with a parameter.
  if (formula && int(values.size()) > function->arguments) return activation_call(*formula, values, name);
  if (int(values.size()) != function->arguments)
    fail(name.position, fmt::format("{} takes {} argument{}, {} given", name.text, function->arguments, function->arguments > 1 ? "s" : "",
                                    values.size()));
  std::vector<Symbol> symbols;
  symbols.reserve(values.size());
  for (const Value& value : values) symbols.push_back(number(value));
  return finish(function->apply(symbols), name.position, name.position);
}

Value ExpressionParser::select_call(const std::vector<Value>& values, const Token& name) {
  if (values.size() != 3)
    fail(name.position, fmt::format("select takes 3 arguments, {} given", values.size()), "write select(condition, a, b)");
  const Condition decision = condition(values[0], "select");
  return finish(select(decision, number(values[1]), number(values[2])), name.position, name.position);
}

Value ExpressionParser::activation_call(const Formula& formula, const std::vector<Value>& values, const Token& name) {
  const auto parameters = formula.parameters();
  if (values.empty() || values.size() > 1 + parameters.size()) {
    std::string form = "x";
    for (const Parameter& p : parameters) form += fmt::format(", {}", p.name);
    fail(name.position, fmt::format("{} takes 1 to {} arguments, {} given", name.text, 1 + parameters.size(), values.size()),
         fmt::format("write {}({})", name.text, form));
  }
  std::vector<Symbol> symbols;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& p = parameters[i];
    symbols.push_back(i + 1 < values.size() ? number(values[i + 1]) : Symbol(p.value));
    const double known = symbols.back().constant().value_or(p.value);
    if (known < p.lower || known > p.upper)
      fail(values[i + 1].from, fmt::format("{} of {} must lie between {} and {}", p.name, name.text, p.lower, p.upper));
  }
  return finish(inlined(formula, number(values[0]), symbols), name.position, name.position);
}

// ---- tools -----------------------------------------------------------------------------------------------------------

bool ExpressionParser::accept(std::string_view sign) {
  if (!at_sign(sign)) return false;
  ++at_;
  return true;
}

void ExpressionParser::close(const Token& opened) {
  if (accept(")")) return;
  if (here().kind != Token::Kind::end && !at_sign(";")) stray();
  fail(opened.position, "this bracket is never closed", "write ) where it ends");
}

Value ExpressionParser::nested(const Token& token, Value (ExpressionParser::*rule)()) {
  if (++depth_ > TextFormulaLimits::depth)
    fail(token.position, fmt::format("nested deeper than {}", TextFormulaLimits::depth), "give parts a name: t*t; t=tanh(x)");
  const Value value = (this->*rule)();
  --depth_;
  return value;
}

Value ExpressionParser::finish(Symbol result, std::size_t from, std::size_t sign) const {
  if (const auto constant = result.constant(); constant && !std::isfinite(*constant))
    fail(sign, "this is not a finite number", "constants alone decide it: look for a division by zero or an overflow");
  return {result.index(), false, from, before().position + before().text.size()};
}

Value ExpressionParser::finish(Condition result, std::size_t from) const {
  return {result.index, true, from, before().position + before().text.size()};
}

Symbol ExpressionParser::number(const Value& value) const {
  if (value.is_condition)
    fail(value.from, "a condition stands where a number is needed",
         fmt::format("turn it into a number: {} ? 1 : 0", quoted_short(text_of(value))));
  return Symbol::of_index(value.index);
}

Condition ExpressionParser::condition(const Value& value, std::string_view sign) const {
  if (!value.is_condition)
    fail(value.from, fmt::format("{} needs a condition, but this is a number", sign),
         sign == "!" ? fmt::format("write !({} > 0)", quoted_short(text_of(value)))
                     : fmt::format("write a comparison: {} > 0", quoted_short(text_of(value))));
  return {value.index};
}

/// Two values side by side, as in 2x.
void ExpressionParser::check_neighbours() const {
  const Token& next = here();
  if (next.kind != Token::Kind::number && next.kind != Token::Kind::name && !at_sign("(")) return;
  if (const auto hint = hint_for_word(next.text); !hint.empty())
    fail(next.position, fmt::format("'{}' is no operator here", next.text), hint);
  if (next.kind == Token::Kind::number && before().kind == Token::Kind::number)
    fail(next.position, "two numbers stand side by side", "a number has one decimal point; between two numbers write an operator");
  const std::string left = before().text == ")" ? "(...)" : quoted_short(before().text);
  const std::string right = at_sign("(") ? "(...)" : quoted_short(next.text);
  fail(next.position, "an operator is missing between two values", fmt::format("write {}*{} for a product", left, right));
}

void ExpressionParser::missing_value() const {
  const Token& token = here();
  const std::string_view hint = "a number, x or a bracket belongs there";
  if (token.kind == Token::Kind::end) fail(token.position, "the text ends where a value is needed", hint);
  fail(token.position, fmt::format("a value is missing before '{}'", token.text), hint);
}

/// A sign that cannot follow what was read.
void ExpressionParser::stray() const {
  const Token& token = here();
  if (token.text == ")") fail(token.position, "this bracket was never opened", "leave it out, or write ( where it begins");
  if (token.text == ",") fail(token.position, "a comma stands only between the arguments of a function", "decimals are written 0.5");
  if (token.text == ":") fail(token.position, "this ':' has no '?' before it", "write condition ? a : b");
  if (token.text == "=" || token.text == "~")
    fail(token.position, fmt::format("a definition by '{}' cannot stand here", token.text),
         "definitions stand after the expression and a semicolon: x*b; b=2");
  fail(token.position, fmt::format("'{}' cannot stand here", token.text));
}

void ExpressionParser::unknown(const Token& name) const {
  if (const auto hint = hint_for_word(name.text); !hint.empty()) fail(name.position, fmt::format("'{}' is no value", name.text), hint);
  std::vector<std::string> candidates{"x", "pi", "select"};
  candidates.insert(candidates.end(), names_.begin(), names_.end());
  for (const Function& function : vocabulary()) candidates.emplace_back(function.name);
  for (std::string& known : detail::formula_names()) candidates.push_back(std::move(known));
  const std::string shown = quoted_short(name.text);
  // A single letter is near to every other one.
  if (name.text.size() == 1) candidates.assign(1, name.text == "X" ? "x" : "");
  fail(name.position, fmt::format("unknown name '{}'{}", shown, suggestion(name.text, candidates)),
       fmt::format("a parameter is defined at the end: ...; {}=1, or {}~1 when it is to be learned", shown, shown));
}

}  // namespace seegrad::formula_text
