#include "seegrad/train/claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <sstream>
#include <system_error>

#include "seegrad/math/error.hpp"

namespace seegrad::train {
namespace {

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "layers.0..-2.h_mean" is the same place in the elements 0 to the last but one.
std::vector<std::string> places(const std::string& path, const Numbers& numbers) {
  const std::size_t dots = path.find("..");
  if (dots == std::string::npos) return {path};
  const std::size_t begin = path.rfind('.', dots - 1) + 1, end = std::min(path.find('.', dots + 2), path.size());
  const std::string array = path.substr(0, begin), rest = path.substr(end);
  const auto count = numbers.find(array + "count");
  const auto first = number_of(path.substr(begin, dots - begin)), last = number_of(path.substr(dots + 2, end - dots - 2));
  if (count == numbers.end() || !first || !last) return {path};
  const auto from_start = [&](double index) { return index < 0 ? index + count->second : index; };
  std::vector<std::string> all;
  for (double i = from_start(*first); i <= from_start(*last); ++i) all.push_back(fmt::format("{}{:.0f}{}", array, i, rest));
  return all;
}

bool has(const Numbers& numbers, const std::string& path) {
  const auto found = numbers.lower_bound(path);
  return found != numbers.end() && (found->first == path || found->first.starts_with(path + "."));
}

double number_at(const Numbers& numbers, const std::string& run, const std::string& path) {
  const auto found = numbers.find(path);
  if (found != numbers.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : numbers) names.push_back(name);
  throw Error(fmt::format("run {} gives no number {}{}", run, path, suggestion(path, names)));
}

constexpr std::array<std::string_view, 6> relations{"<", ">", "<=", ">=", "between", "equals"};  // in the order of Relation

}  // namespace

Side::Side(double number) : terms_{{.number = number}} {}

Side::Side(std::string_view text) {
  std::istringstream stream{std::string(text)};
  char combine = '+';
  bool wants_term = true;
  for (std::string word; stream >> word; wants_term = !wants_term) {
    if (wants_term) {
      terms_.push_back(term_of(word));
      terms_.back().combine = combine;
    } else if (word.size() == 1 && std::string_view("+-*/").find(word) != std::string_view::npos) {
      combine = word.front();
    } else {
      throw UsageError(fmt::format("'{}': + - * or / was expected, not '{}'", text, word));
    }
  }
  if (wants_term) throw UsageError(fmt::format("'{}': a number or RUN:PLACE is missing at the end", text));
}

Side::Term Side::term_of(std::string_view word) {
  if (const std::optional<double> number = number_of(word)) return {.number = *number};
  Term term;
  const std::size_t bracket = word.find('(');
  if (bracket != std::string_view::npos && word.ends_with(')')) {
    term.function = word.substr(0, bracket);
    const std::vector<std::string> known{"min", "max", "mean", "has"};
    if (std::find(known.begin(), known.end(), term.function) == known.end())
      throw UsageError(fmt::format("'{}': must be min, max, mean or has{}", term.function, suggestion(term.function, known)));
    word = word.substr(bracket + 1, word.size() - bracket - 2);
  }
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == word.size())
    throw UsageError(fmt::format("'{}': must be a number or RUN:PLACE, as in relu:test_accuracy", word));
  term.run = word.substr(0, colon);
  term.path = word.substr(colon + 1);
  return term;
}

double Side::value_of(const Term& term, const RunNumbers& runs) {
  if (term.run.empty()) return term.number;
  const auto run = runs.find(term.run);
  if (run == runs.end()) throw Error(fmt::format("run {} gave no numbers", term.run));
  const Numbers& numbers = run->second;
  if (term.function == "has") return has(numbers, term.path) ? 1 : 0;
  std::vector<double> values;
  for (const std::string& place : places(term.path, numbers)) values.push_back(number_at(numbers, term.run, place));
  if (values.empty()) throw Error(fmt::format("run {}: {} is no layer at all", term.run, term.path));
  // Not min_element: what is no number must not be lost.
  if (std::any_of(values.begin(), values.end(), [](double x) { return std::isnan(x); })) return std::numeric_limits<double>::quiet_NaN();
  if (term.function == "min") return *std::min_element(values.begin(), values.end());
  if (term.function == "max") return *std::max_element(values.begin(), values.end());
  if (values.size() > 1 && term.function != "mean") throw Error(fmt::format("{}: say min(...), max(...) or mean(...) of these", term.path));
  return spread_of(values).mean;
}

double Side::value(const RunNumbers& runs) const {
  double sum = 0;
  for (const Term& term : terms_) {
    const double x = value_of(term, runs);
    sum = term.combine == '+' ? sum + x : term.combine == '-' ? sum - x : term.combine == '*' ? sum * x : sum / x;
  }
  return sum;
}

void Side::rename(std::string_view run, std::string_view from, std::string_view to) {
  for (Term& term : terms_) {
    if (term.run != run) continue;
    const std::string path = "." + term.path + ".", part = fmt::format(".{}.", from);
    const std::size_t at = path.find(part);
    if (at != std::string::npos) term.path = fmt::format("{}.{}{}", path.substr(0, at), to, path.substr(at + part.size() - 1)).substr(1);
    if (at != std::string::npos) term.path.pop_back();
  }
}

std::vector<std::string> Side::runs() const {
  std::vector<std::string> names;
  for (const Term& term : terms_)
    if (!term.run.empty()) names.push_back(term.run);
  return names;
}

Claim::Relation parse_relation(std::string_view word) {
  const auto found = std::find(relations.begin(), relations.end(), word);
  if (found == relations.end()) throw UsageError(fmt::format("'{}': must be <, >, <=, >=, between or equals", word));
  return static_cast<Claim::Relation>(found - relations.begin());
}

std::string relation_text(const Claim& claim) {
  if (claim.relation == Claim::Relation::between) return fmt::format("between {:g} and {:g}", claim.low, claim.high);
  const std::string_view word = relations[static_cast<std::size_t>(claim.relation)];
  return claim.right.is_number() ? fmt::format("{} {:g}", word, claim.right.value({})) : std::string(word);
}

Sample judge(const Claim& claim, std::uint64_t seed, const RunNumbers& runs) {
  using Relation = Claim::Relation;
  Sample s{.seed = seed, .left = claim.left.value(runs)};
  const bool between = claim.relation == Relation::between;
  s.right = between ? std::numeric_limits<double>::quiet_NaN() : claim.right.value(runs);
  switch (claim.relation) {
    case Relation::less: s.holds = s.left < s.right; break;
    case Relation::more: s.holds = s.left > s.right; break;
    case Relation::at_most: s.holds = s.left <= s.right; break;
    case Relation::at_least: s.holds = s.left >= s.right; break;
    case Relation::between: s.holds = s.left >= claim.low && s.left <= claim.high; break;
    case Relation::equals: s.holds = std::abs(s.left - s.right) <= 1e-9 * std::max(1.0, std::abs(s.right)); break;
  }
  return s;
}

Spread spread_of(const std::vector<double>& numbers) {
  if (numbers.empty()) return {std::numeric_limits<double>::quiet_NaN(), 0};
  const double count = static_cast<double>(numbers.size());
  const double mean = std::accumulate(numbers.begin(), numbers.end(), 0.0) / count;
  double squares = 0;
  for (const double x : numbers) squares += (x - mean) * (x - mean);
  return {mean, numbers.size() < 2 ? 0 : std::sqrt(squares / (count - 1))};
}

std::string spread_text(const std::vector<double>& numbers) {
  const Spread spread = spread_of(numbers);
  if (!std::isfinite(spread.mean)) return "nan";
  if (spread.deviation <= 1e-12 * std::abs(spread.mean)) return fmt::format("{:.4g}", spread.mean);
  // Two digits of the deviation, and the mean to the same place.
  const int places = 1 - static_cast<int>(std::floor(std::log10(spread.deviation)));
  if (places > 8 || places < 0) return fmt::format("{:.3g} +- {:.2g}", spread.mean, spread.deviation);
  return fmt::format("{:.{}f} +- {:.{}f}", spread.mean, places, spread.deviation, places);
}

std::string_view name_of(Verdict verdict) {
  constexpr std::array<std::string_view, 5> names{"holds", "mostly", "rarely", "does not hold", "not judged"};
  return names[static_cast<std::size_t>(verdict)];
}

Verdict verdict_of(std::size_t held, std::size_t judged) {
  if (judged == 0) return Verdict::not_judged;
  if (held == judged) return Verdict::holds;
  if (held == 0) return Verdict::does_not_hold;
  return 2 * held > judged ? Verdict::mostly : Verdict::rarely;
}

std::size_t JudgedClaim::held() const {
  return static_cast<std::size_t>(std::count_if(samples.begin(), samples.end(), [](const Sample& s) { return s.holds; }));
}

Verdict verdict_of(const std::vector<JudgedClaim>& claims) {
  std::size_t held = 0, judged = 0;
  bool all = true;
  for (const JudgedClaim& claim : claims) {
    held += claim.held(), judged += claim.samples.size();
    all = all && claim.verdict() == Verdict::holds;
  }
  const Verdict verdict = verdict_of(held, judged);
  return verdict == Verdict::holds && !all ? Verdict::mostly : verdict;  // one that could not be judged does not hold
}

}  // namespace seegrad::train
