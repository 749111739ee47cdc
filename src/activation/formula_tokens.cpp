#include "activation/formula_tokens.hpp"

#include "seegrad/math/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace seegrad::formula_text {
namespace {

struct Hint {
  std::string_view sign, hint;
};

constexpr std::array two_characters{std::string_view("<="), std::string_view(">="), std::string_view("=="),
                                    std::string_view("!="), std::string_view("&&"), std::string_view("||")};
constexpr std::string_view one_character = "+-*/^()?:;,<>=!~";

// What people write elsewhere, or paste from a paper.
constexpr std::array<Hint, 21> foreign{{
    {"**", "a power is written ^: x^2"},
    {"&", "write && between two conditions"},
    {"|", "the absolute value is written abs(x); between two conditions write ||"},
    {"[", "write round brackets"},
    {"]", "write round brackets"},
    {"{", "write round brackets"},
    {"}", "write round brackets"},
    {"%", "there is no remainder operator"},
    {"\xC2\xB7", "write * for this sign"},
    {"\xC3\x97", "write * for this sign"},
    {"\xC3\xB7", "write / for this sign"},
    {"\xC2\xB2", "write ^2 for this sign"},
    {"\xC2\xB3", "write ^3 for this sign"},
    {"\xE2\x88\x92", "write the plain - for this sign"},
    {"\xE2\x88\x9A", "write sqrt( ) for this sign"},
    {"\xE2\x89\xA4", "write <= for this sign"},
    {"\xE2\x89\xA5", "write >= for this sign"},
    {"\xE2\x89\xA0", "write != for this sign"},
    {"\xCF\x80", "write pi for this letter"},
    {"\xCE\xA6", "write Phi for this letter"},
    {"\xCF\x86", "write phi for this letter"},
}};

std::string_view foreign_hint(std::string_view rest) {
  for (const Hint& entry : foreign)
    if (rest.starts_with(entry.sign)) return entry.hint;
  return "a formula is made of ASCII letters, digits and + - * / ^ ( ) , < > = ! & | ? : ; ~";
}

Token number_at(std::string_view source, std::size_t from) {
  double value = 0;
  const char* first = source.data() + from;
  const auto [end, error] = std::from_chars(first, source.data() + source.size(), value);
  const std::string_view text(first, std::size_t(end - first));
  if (error == std::errc::result_out_of_range)
    fail(source, from, fmt::format("the number {} does not fit into double precision", text.size() > 40 ? "that begins here" : text),
         "double precision reaches from about 1e-308 to 1.79e308");
  return {Token::Kind::number, text, from, value};
}

Token sign_at(std::string_view source, std::size_t from) {
  const std::string_view rest = source.substr(from);
  if (rest.starts_with("**")) fail(source, from, "'**' is no operator here", foreign_hint(rest));
  for (const std::string_view sign : two_characters)
    if (rest.starts_with(sign)) return {Token::Kind::sign, rest.substr(0, 2), from};
  if (one_character.find(rest.front()) == std::string_view::npos)
    fail(source, from, fmt::format("{} has no meaning in a formula", named(rest.front())), foreign_hint(rest));
  return {Token::Kind::sign, rest.substr(0, 1), from};
}

}  // namespace

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::string named(char c) {
  return c > ' ' && c <= '~' ? fmt::format("'{}'", c) : fmt::format("byte \\x{:02X}", static_cast<unsigned char>(c));
}

std::vector<Token> tokens_of(std::string_view source) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < source.size()) {
    const char c = source[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
      continue;
    }
    if (is_digit(c) || (c == '.' && at + 1 < source.size() && is_digit(source[at + 1]))) {
      tokens.push_back(number_at(source, at));
    } else if (is_letter(c)) {
      std::size_t end = at;
      while (end < source.size() && (is_letter(source[end]) || is_digit(source[end]))) ++end;
      tokens.push_back({Token::Kind::name, source.substr(at, end - at), at});
    } else {
      tokens.push_back(sign_at(source, at));
    }
    at += tokens.back().text.size();
  }
  tokens.push_back({Token::Kind::end, {}, source.size()});
  return tokens;
}

void fail(std::string_view source, std::size_t position, std::string_view what, std::string_view hint) {
  constexpr std::size_t shown = 60;
  const std::size_t before = std::min(position, source.size() <= shown ? source.size() : shown / 2);
  const std::size_t from = position - before;
  std::string line = from > 0 ? "..." : "";
  const std::size_t caret = line.size() + before;
  for (const char c : source.substr(from, shown)) line += c >= ' ' && c <= '~' ? c : c == '\t' || c == '\n' || c == '\r' ? ' ' : '?';
  if (source.size() > from + shown) line += "...";
  throw UsageError(fmt::format("formula: {}\n  {}\n  {:>{}}{}{}", what, line, "^", caret + 1, hint.empty() ? "" : "\n  ", hint));
}

}  // namespace seegrad::formula_text
