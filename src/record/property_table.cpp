// The marks of the nine properties and the table of all activations.
#include "seegrad/record/property_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "seegrad/record/csv_row.hpp"

namespace seegrad::records {
namespace {

Mark graded(bool yes, bool partly) { return yes ? Mark::yes : partly ? Mark::partly : Mark::no; }

std::string percent(double share) {
  const double hundredths = 100 * share;
  if (hundredths == 0 || hundredths >= 0.1) return fmt::format("{:.1f}%", hundredths);
  return hundredths < 0.001 ? "<0.001%" : fmt::format("{:.3f}%", hundredths);
}

Verdict nonlinear(const PropertyCard& card) {
  const std::optional<double>& bent = card.properties.nonlinearity;
  if (!bent) return {Mark::unknown, "?"};
  return {graded(*bent >= 0.01, *bent > 1e-9), percent(*bent > 1e-9 ? *bent : 0)};
}

Verdict differentiable(const PropertyCard& card) {
  const Properties& p = card.properties;
  const std::string number =
      p.kinks.empty() ? std::string(name_of(p.smoothness))
                      : fmt::format("{}: {}", p.smoothness == Smoothness::discontinuous ? "jump" : name_of(p.smoothness), p.kinks.size());
  return {graded(p.smoothness >= Smoothness::once, p.smoothness == Smoothness::continuous), number};
}

bool flat_at_both_ends(const Properties& p) {
  return !p.saturated.empty() && std::isinf(p.saturated.front().low) && std::isinf(p.saturated.back().high);
}

Verdict stable(const PropertyCard& card) {
  const Properties& p = card.properties;
  if (!p.derivative_second_moment || !p.slope) return {Mark::unknown, "?"};
  const double factor = std::sqrt(*p.derivative_second_moment), steepest = p.slope->value;
  const bool yes = factor >= 0.6 && factor <= 1.5 && steepest <= 2 && !flat_at_both_ends(p);
  const bool partly = factor >= 0.4 && factor <= 2.5 && std::isfinite(steepest);
  return {graded(yes, partly), fmt::format("{:.2f}, {}", factor, std::isinf(steepest) ? "inf" : fmt::format("{:.2f}", steepest))};
}

Verdict cheap(const PropertyCard& card) {
  const Cost &f = card.properties.value_cost, &df = card.properties.slope_cost;
  const int hard = f.transcendentals + df.transcendentals;
  std::string number = fmt::format("{}, {}", f.operations + df.operations, hard);
  if (card.measured) number += fmt::format(", {:.2f} ns", card.measured->forward + card.measured->backward);
  return {graded(hard == 0, hard <= 2), number};
}

Verdict monotone(const PropertyCard& card) {
  const Properties& p = card.properties;
  if (!p.second_moment || !p.mean) return {Mark::unknown, "?"};
  if (p.direction == Direction::constant) return {Mark::no, "constant"};
  if (p.direction != Direction::neither) return {Mark::yes, p.direction == Direction::increasing ? "rises" : "falls"};
  const double back = std::min(p.falls ? p.falls->by : 0, p.rises ? p.rises->by : 0);
  const double deviation = std::sqrt(std::max(0.0, *p.second_moment - *p.mean * *p.mean));
  return {graded(false, back <= deviation), short_number(back)};
}

Verdict controlled(const PropertyCard& card) {
  const Properties& p = card.properties;
  if (!p.lower || !p.upper) return {Mark::unknown, "?"};
  const bool low = std::isfinite(p.lower->value), high = std::isfinite(p.upper->value);
  const auto number = [](double v) { return std::isinf(v) ? std::string(v > 0 ? "inf" : "-inf") : fmt::format("{:.3g}", v == 0 ? 0 : v); };
  return {graded(low && high, low || high), fmt::format("{}, {}", number(p.lower->value), number(p.upper->value))};
}

Verdict few_parameters(const PropertyCard& card) {
  const int count = card.properties.learnable_parameters;
  return {graded(count == 0, count == 1), fmt::format("{}", count)};
}

Verdict zero_centred(const PropertyCard& card) {
  const std::optional<double>& ratio = card.properties.mean_to_deviation;
  if (!ratio) return {card.properties.mean ? Mark::no : Mark::unknown, card.properties.mean ? "constant" : "?"};
  return {graded(*ratio <= centred_ratio, *ratio <= 0.5), fmt::format("{:.2f}", *ratio)};
}

Verdict sparse(const PropertyCard& card) {
  const double share = card.properties.zero_share;
  return {graded(share >= 0.25, share > 0), percent(share)};
}

constexpr std::array<Property, 9> nine{{
    {"nonlinear", "nonlinear", "share of the variance of f(z) that no straight line in z explains", "at least 1 %", "above 0",
     "layers of straight lines are one straight line; a hundredth is a convention for nearly straight", nonlinear},
    {"differentiable", "differentiable", "smoothness class, and how many points where f, f' or f'' jumps", "C1 or better",
     "continuous, with kinks", "a kink leaves the slope undefined at a point; a jump of f hides from the slope altogether", differentiable},
    {"stable_gradients", "gradients", "sqrt(E f'(z)^2): the factor of the gradient a layer with N(0, 1/n) weights; sup|f'|",
     "factor 0.6 to 1.5, sup|f'| at most 2, not flat at both ends", "factor 0.4 to 2.5 and sup|f'| finite",
     "ten layers: 0.6 leaves 1/165, 0.4 leaves 1/9500; a function flat at both ends stops learning once its inputs grow", stable},
    {"cheap", "cheap",
     "steps of f and f' together, how many of them are transcendental functions (and both in ns an element, when measured)",
     "no transcendental function", "at most 2", "one for f and one for f' is the least that an exponential costs", cheap},
    {"monotone", "monotone", "how far f goes back against its main direction", "never", "at most one standard deviation of f(z)",
     "a monotone f keeps the order of its inputs; a dip is shallow beside the signal's own spread", monotone},
    {"controlled_range", "range", "greatest lower and least upper bound of f", "both finite", "one finite",
     "a bounded output cannot grow from layer to layer", controlled},
    {"few_parameters", "parameters", "learned parameters, for each unit or channel that has its own", "none", "one",
     "one is what a bias costs", few_parameters},
    {"zero_centred", "zero-centred", "|E f(z)| / standard deviation of f(z)", "at most 0.05", "at most 0.5",
     "the mean's share of E f^2 is r^2/(1 + r^2): a fifth at 0.5, a four-hundredth at 0.05", zero_centred},
    {"sparse", "sparse", "probability that f(z) is exactly 0", "at least 25 %", "above 0",
     "only exact zeros can be skipped; a quarter is a convention for worth skipping", sparse},
}};

std::string_view bare_sign(Mark mark, bool unicode) {
  switch (mark) {
    case Mark::yes: return unicode ? "\u2713" : "+";
    case Mark::partly: return "~";
    case Mark::no: return unicode ? "\u2717" : "-";
    case Mark::unknown: break;
  }
  return "?";
}

std::string_view word_of(Mark mark) {
  return mark == Mark::yes ? "yes" : mark == Mark::partly ? "partly" : mark == Mark::no ? "no" : "unknown";
}

/// Text for a Markdown table, where a bar would end the cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return escaped;
}

}  // namespace

std::string sign_of(Mark mark, TextStyle style) {
  const std::string_view colour = mark == Mark::yes ? "\033[32m" : mark == Mark::partly ? "\033[33m" : "\033[31m";
  if (!style.colour || mark == Mark::unknown) return std::string(bare_sign(mark, style.unicode));
  return fmt::format("{}{}\033[0m", colour, bare_sign(mark, style.unicode));
}

std::span<const Property, 9> nine_properties() { return nine; }

std::string table_text(std::span<const PropertyCard> cards, TextStyle style) {
  std::size_t widest = 10;
  std::vector<std::string> names;
  for (const PropertyCard& card : cards) {
    names.push_back(card.activation.to_string());
    if (names.back().size() > 28) names.back() = names.back().substr(0, 26) + "..";
    widest = std::max(widest, names.back().size());
  }
  constexpr int column = 14;
  std::string table = fmt::format("{:<{}}", "activation", widest);
  for (const Property& property : nine) table += fmt::format("  {:<{}}", property.heading.substr(0, column), column);
  while (table.back() == ' ') table.pop_back();
  table += '\n';
  for (std::size_t i = 0; i < cards.size(); ++i) {
    std::string line = fmt::format("{:<{}}", names[i], widest);
    for (const Property& property : nine) {
      const Verdict verdict = property.judge(cards[i]);
      const bool last = &property == &nine.back();
      line += "  " + sign_of(verdict.mark, style) + " ";
      line += last ? verdict.number : fmt::format("{:<{}}", verdict.number, column - 2);
    }
    table += line + '\n';
  }
  table += fmt::format("\n{} yes   ~ partly   {} no   ? not decided; z is a standard Gaussian. The numbers, and what a mark asks for:\n",
                       bare_sign(Mark::yes, style.unicode), bare_sign(Mark::no, style.unicode));
  for (const Property& p : nine) table += fmt::format("  {:<17} {}\n{:20}yes: {}; partly: {}\n", p.heading, p.measure, "", p.yes, p.partly);
  return table;
}

std::string table_markdown(std::span<const PropertyCard> cards) {
  std::string table = "| activation |", line = "|---|";
  for (const Property& property : nine) {
    table += fmt::format(" {} |", property.heading);
    line += "---|";
  }
  table += '\n' + line + '\n';
  for (const PropertyCard& card : cards) {
    table += fmt::format("| `{}` |", cell(card.activation.to_string()));
    for (const Property& property : nine) {
      const Verdict verdict = property.judge(card);
      table += fmt::format(" {} {} |", bare_sign(verdict.mark, true), verdict.number);
    }
    table += '\n';
  }
  return table;
}

std::string thresholds_markdown() {
  std::string text = "| property | number | \u2713 | ~ | why there |\n|---|---|---|---|---|\n";
  for (const Property& p : nine)
    text += fmt::format("| {} | {} | {} | {} | {} |\n", p.heading, cell(p.measure), cell(p.yes), cell(p.partly), cell(p.why));
  return text;
}

std::string table_csv(std::span<const PropertyCard> cards) {
  std::string text = "name";
  for (const Property& property : nine) text += fmt::format(",{0},{0}_number", property.name);
  text += '\n';
  for (const PropertyCard& card : cards) {
    CsvRow row;
    row << std::string_view(card.activation.to_string());
    for (const Property& property : nine) {
      const Verdict verdict = property.judge(card);
      row << word_of(verdict.mark) << std::string_view(verdict.number);
    }
    text += row.text() + '\n';
  }
  return text;
}

}  // namespace seegrad::records
