#include "activation/formula_parser.hpp"

#include "activation/expression_parser.hpp"
#include "math/call_text.hpp"
#include "seegrad/activation/text_formula.hpp"
#include "seegrad/math/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace seegrad::formula_text {
namespace {

/// What stands after a semicolon.
struct Definition {
  enum class Kind { parameter, learnable, part };
  Kind kind = Kind::part;
  Token name;
  std::size_t first = 0;  // the token after '=' or '~'
  double number = 0;      // of a parameter
  std::optional<Value> value;
  bool used = false;

  bool is_parameter() const { return kind != Kind::part; }
};

class FormulaParser {
 public:
  explicit FormulaParser(std::string_view source)
      : source_(source), tokens_(tokens_of(source)), trace_(TextFormulaLimits::steps), x_(trace_.x()) {}

  ParsedFormula parse() {
    read_definitions();
    ParsedFormula result;
    for (Definition& d : definitions_) {
      if (!d.is_parameter()) continue;
      d.value = Value{trace_.parameter(int(result.parameters.size())).index()};
      result.parameters.push_back({std::string(d.name.text), d.number, d.kind == Definition::Kind::learnable});
    }
    ExpressionParser expressions = expression_parser();
    for (std::size_t i = definitions_.size(); i-- > 0;)
      if (!definitions_[i].value) definitions_[i].value = expressions.parse(definitions_[i].first);
    const Symbol y = expressions.number(expressions.parse(0));
    check_uses();
    result.program = trace_.finish(y);
    if (!result.program.uses(Word::x)) fail(source_, 0, "the formula does not depend on x", "an activation is a function of x");
    result.pieces = pieces();
    return result;
  }

 private:
  bool is_sign(std::size_t token, std::string_view sign) const {
    return tokens_[token].kind == Token::Kind::sign && tokens_[token].text == sign;
  }
  bool ends_part(std::size_t token) const { return tokens_[token].kind == Token::Kind::end || is_sign(token, ";"); }

  void read_definitions() {
    if (tokens_[0].kind == Token::Kind::name && !is_reserved(tokens_[0].text) && (is_sign(1, "=") || is_sign(1, "~")))
      fail(source_, tokens_[1].position, "the expression comes first, definitions after it", "write for instance x*b; b=2");
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      if (is_sign(i, ";")) read_definition(i + 1);
    const auto parameters = std::count_if(definitions_.begin(), definitions_.end(), [](const Definition& d) { return d.is_parameter(); });
    if (std::size_t(parameters) > TextFormulaLimits::parameters)
      fail(source_, definitions_.front().name.position,
           fmt::format("{} parameters, at most {} are possible", parameters, TextFormulaLimits::parameters));
  }

  void read_definition(std::size_t first) {
    const Token& name = tokens_[first];
    const bool learnable = name.kind == Token::Kind::name && is_sign(first + 1, "~");
    if (name.kind != Token::Kind::name || !(learnable || is_sign(first + 1, "=")))
      fail(source_, name.position, "a definition belongs after a semicolon", "write b=1.7, b~1.7 for a learned one, or t=tanh(x)");
    if (is_reserved(name.text)) fail(source_, name.position, fmt::format("{} has a meaning already", name.text), "choose another name");
    if (find(name.text)) fail(source_, name.position, fmt::format("{} is defined twice", name.text), "choose another name");
    Definition d{Definition::Kind::part, name, first + 2, 0, {}, false};
    const bool signed_number = is_sign(d.first, "-") || is_sign(d.first, "+");
    const Token& number = tokens_[d.first + (signed_number ? 1 : 0)];
    if (number.kind == Token::Kind::number && ends_part(d.first + (signed_number ? 2 : 1))) {
      d.kind = learnable ? Definition::Kind::learnable : Definition::Kind::parameter;
      d.number = is_sign(d.first, "-") ? -number.value : number.value;
    } else if (learnable) {
      fail(source_, tokens_[d.first].position, "a learned parameter begins with a number", fmt::format("write {}~1", name.text));
    }
    definitions_.push_back(d);
  }

  Definition* find(std::string_view name) {
    const auto found = std::find_if(definitions_.begin(), definitions_.end(), [&](const Definition& d) { return d.name.text == name; });
    return found == definitions_.end() ? nullptr : &*found;
  }

  ExpressionParser expression_parser() {
    std::vector<std::string> names;
    for (const Definition& d : definitions_) names.emplace_back(d.name.text);
    const auto named = [this](const Token& name) -> const Value* {
      Definition* d = find(name.text);
      if (!d) return nullptr;
      if (!d->value)
        fail(source_, name.position, fmt::format("{} is not known yet", name.text),
             "a definition may use only what is defined to its right");
      d->used = true;
      return &*d->value;
    };
    return {source_, tokens_, x_, named, std::move(names)};
  }

  void check_uses() const {
    for (const Definition& d : definitions_)
      if (!d.used)
        fail(source_, d.name.position, fmt::format("{} is never used", d.name.text), "leave it out, or look for a misspelled name");
  }

  /// The tokens in one spelling, cut where the values of parameters stand.
  std::vector<std::string> pieces() const {
    std::vector<std::string> all(1);
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      const auto at_value = [&](const Definition& d) { return d.is_parameter() && d.first == i; };
      if (std::any_of(definitions_.begin(), definitions_.end(), at_value)) {
        all.emplace_back();
        while (!ends_part(i + 1)) ++i;
      } else {
        all.back() += spelling(i);
      }
    }
    return all;
  }

  std::string spelling(std::size_t token) const {
    const Token& t = tokens_[token];
    if (t.kind == Token::Kind::number) return call_text::shortest(t.value);
    if (t.text == "," || t.text == ";") return std::string(t.text) + " ";
    const bool additive = t.kind == Token::Kind::sign && (t.text == "+" || t.text == "-");
    const bool loose =
        t.kind == Token::Kind::sign && (t.text.size() == 2 || std::string_view("<>?:").find(t.text) != std::string_view::npos);
    return loose || (additive && follows_value(token)) ? fmt::format(" {} ", t.text) : std::string(t.text);
  }

  bool follows_value(std::size_t token) const {
    return token > 0 && (tokens_[token - 1].kind != Token::Kind::sign || tokens_[token - 1].text == ")");
  }

  std::string_view source_;
  std::vector<Token> tokens_;
  std::vector<Definition> definitions_;
  Trace trace_;
  Symbol x_;
};

}  // namespace

ParsedFormula parse(std::string_view text) {
  if (text.size() > TextFormulaLimits::characters)
    throw UsageError(fmt::format("formula: the text has {} characters, more than {}", text.size(), TextFormulaLimits::characters));
  try {
    return FormulaParser(text).parse();
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {  // the trace is full
    throw UsageError(fmt::format("formula: {}", error.what()));
  }
}

}  // namespace seegrad::formula_text
