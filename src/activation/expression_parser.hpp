// The expressions of a typed formula, by recursive descent; one function for each rule of the grammar in text_formula.hpp.
#pragma once

#include "activation/formula_tokens.hpp"
#include "activation/vocabulary.hpp"
#include "seegrad/activation/trace.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::formula_text {

/// A number or a condition in the current trace, and which characters of the text said it.
struct Value {
  int index = -1;
  bool is_condition = false;
  std::size_t from = 0, to = 0;
};

/// Computes with Symbols of the current trace.
class ExpressionParser {
 public:
  /// `named` gives the value of a name that is defined in the formula; null when it is not.
  ExpressionParser(std::string_view source, std::span<const Token> tokens, Symbol x, std::function<const Value*(const Token&)> named,
                   std::vector<std::string> names)
      : source_(source), tokens_(tokens), x_(x), named_(std::move(named)), names_(std::move(names)) {}

  /// The expression that begins with token `first` and ends before a ';' or the end of the text.
  Value parse(std::size_t first);
  Symbol number(const Value& value) const;

 private:
  Value expression();
  Value either();
  Value both();
  Value comparison();
  Value sum();
  Value product();
  Value unary();
  Value power();
  Value primary();
  Value value_of_name();
  Value call();
  Value select_call(const std::vector<Value>& values, const Token& name);
  Value activation_call(const Formula& formula, const std::vector<Value>& values, const Token& name);
  std::vector<Value> arguments();

  const Token& here() const { return tokens_[at_]; }
  const Token& before() const { return tokens_[at_ - 1]; }
  bool at_sign(std::string_view sign) const { return here().kind == Token::Kind::sign && here().text == sign; }
  bool accept(std::string_view sign);
  void close(const Token& opened);
  Value nested(const Token& token, Value (ExpressionParser::*rule)());

  Value finish(Symbol result, std::size_t from, std::size_t sign) const;
  Value finish(Condition result, std::size_t from) const;
  Condition condition(const Value& value, std::string_view sign) const;
  std::string_view text_of(const Value& value) const { return source_.substr(value.from, value.to - value.from); }
  void check_neighbours() const;
  [[noreturn]] void missing_value() const;
  [[noreturn]] void stray() const;
  [[noreturn]] void unknown(const Token& name) const;
  [[noreturn]] void fail(std::size_t position, std::string_view what, std::string_view hint = {}) const {
    formula_text::fail(source_, position, what, hint);
  }

  std::string_view source_;
  std::span<const Token> tokens_;
  Symbol x_;
  std::function<const Value*(const Token&)> named_;
  std::vector<std::string> names_;
  std::size_t at_ = 0, depth_ = 0;
};

}  // namespace seegrad::formula_text
