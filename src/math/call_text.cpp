#include "math/call_text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "seegrad/math/error.hpp"

namespace seegrad::call_text {
namespace {

constexpr std::size_t longest_text = 1000;

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

double number(std::string_view where, std::string_view text) {
  std::string_view digits = text;
  if (digits.size() > 1 && digits.front() == '+' && digits[1] != '-') digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) {
    throw UsageError(fmt::format("{}: {} is not a number", where, quoted(text)));
  }
  if (error != std::errc{} || !std::isfinite(value)) throw UsageError(fmt::format("{}: {} is not a finite number", where, quoted(text)));
  return value;
}

std::string names_of(std::span<const Form> forms) {
  std::vector<std::string> parts;
  for (const Form& form : forms) parts.push_back(fmt::format("{}={}", form.name, shortest(form.value)));
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

std::size_t index_of(std::string_view where, std::string_view name, std::span<const Form> forms) {
  std::vector<std::string> names;
  for (const Form& form : forms) {
    if (key(form.name) == key(name)) return names.size();
    names.emplace_back(form.name);
  }
  throw UsageError(
      fmt::format("{}: unknown parameter {}{}; its parameters are {}", where, quoted(name), suggestion(name, names), names_of(forms)));
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> items;
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = text.find(',');
    items.push_back(trimmed(text.substr(0, comma)));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return items;
}

std::string describe(const Range& range) {
  constexpr Range open;
  std::vector<std::string> parts;
  if (range.whole) parts.emplace_back("a whole number");
  if (range.lower != open.lower) parts.push_back(fmt::format("{} {}", range.above ? "greater than" : "at least", shortest(range.lower)));
  if (range.upper != open.upper) parts.push_back(fmt::format("{} {}", range.below ? "below" : "at most", shortest(range.upper)));
  return parts.empty() ? "finite" : fmt::format("{}", fmt::join(parts, " and "));
}

}  // namespace

std::string shortest(double value) {
  std::array<char, 32> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

// Foreign bytes must not reach a terminal through an error message, nor may a message be a page long.
std::string quoted(std::string_view text) {
  constexpr std::size_t shown = 60;
  std::string out = "'";
  for (const char c : text.substr(0, shown)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > shown ? "...'" : "'");
}

void check(std::string_view where, double value, const Range& range) {
  const bool low_enough = range.below ? value < range.upper : value <= range.upper;
  const bool high_enough = range.above ? value > range.lower : value >= range.lower;
  if (low_enough && high_enough && !(range.whole && value != std::floor(value))) return;
  throw UsageError(fmt::format("{}: {} is not allowed; it must be {}", where, shortest(value), describe(range)));
}

Call split(std::string_view what, std::string_view text) {
  if (text.size() > longest_text)
    throw UsageError(fmt::format("{}: the text has {} characters, more than {}", what, text.size(), longest_text));
  text = trimmed(text);
  const std::size_t open = text.find('('), close = text.find(')');
  const bool plain = open == std::string_view::npos && close == std::string_view::npos;
  if (!plain && (open == std::string_view::npos || close != text.size() - 1 || text.rfind('(') != open)) {
    throw UsageError(fmt::format("{} {}: brackets do not match; write name or name(value, ...)", what, quoted(text)));
  }
  const std::string_view name = trimmed(text.substr(0, open));
  if (name.empty()) throw UsageError(fmt::format("{} {}: the name is missing", what, quoted(text)));
  return {std::string(name), plain ? std::string() : std::string(trimmed(text.substr(open + 1, close - open - 1)))};
}

void check_count(std::string_view where, std::size_t given, std::span<const Form> forms) {
  if (given <= forms.size()) return;
  if (forms.empty()) throw UsageError(fmt::format("{}: takes no parameters, {} given", where, given));
  throw UsageError(fmt::format("{}: takes at most {}, {} given; its parameters are {}", where, forms.size(), given, names_of(forms)));
}

std::vector<double> read_parameters(std::string_view where, std::string_view inside, std::span<const Form> forms) {
  std::vector<double> values;
  for (const Form& form : forms) values.push_back(form.value);
  if (inside.empty()) return values;
  std::vector<bool> given(forms.size());
  bool named = false;
  std::size_t position = 0;
  const std::vector<std::string_view> items = split_at_commas(inside);
  check_count(where, items.size(), forms);
  for (const std::string_view item : items) {
    if (item.empty())
      throw UsageError(fmt::format("{}: a parameter is missing beside a comma; its parameters are {}", where, names_of(forms)));
    const std::size_t equals = item.find('=');
    const bool by_name = equals != std::string_view::npos;
    if (named && !by_name) throw UsageError(fmt::format("{}: {} stands after a named parameter; give its name too", where, quoted(item)));
    named = by_name;
    const std::size_t index = by_name ? index_of(where, trimmed(item.substr(0, equals)), forms) : position++;
    const std::string place = fmt::format("{}, {}", where, forms[index].name);
    if (given[index]) throw UsageError(fmt::format("{}: given twice", place));
    given[index] = true;
    values[index] = number(place, by_name ? trimmed(item.substr(equals + 1)) : item);
    check(place, values[index], forms[index].range);
  }
  return values;
}

std::string print(std::string_view name, std::span<const Form> forms, std::span<const double> values) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < forms.size(); ++i) {
    if (values[i] != forms[i].value) parts.push_back(fmt::format("{}={}", forms[i].name, shortest(values[i])));
  }
  return parts.empty() ? std::string(name) : fmt::format("{}({})", name, fmt::join(parts, ", "));
}

std::string key(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != ' ') letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return letters;
}

void unknown(std::string_view what, std::string_view name, std::span<const std::string> known, std::span<const std::string> aliases) {
  std::vector<std::string> candidates(known.begin(), known.end());
  candidates.insert(candidates.end(), aliases.begin(), aliases.end());
  std::string word(name);
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  throw UsageError(fmt::format("unknown {} {}{}; known are: {}", what, quoted(name), suggestion(word, candidates), fmt::join(known, ", ")));
}

}  // namespace seegrad::call_text
