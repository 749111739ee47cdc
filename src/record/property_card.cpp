// The property card as text and Markdown: one list of facts, laid out twice; and as CSV.
#include "seegrad/record/property_card.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>

#include "seegrad/record/csv_row.hpp"
#include "seegrad/record/property_table.hpp"

namespace seegrad::records {
namespace {

constexpr std::size_t most_listed = 6;

struct Fact {
  std::string section, name, text;
};

class Facts {
 public:
  Facts(const PropertyCard& card, bool unicode) : card_(card), p_(card.properties), unicode_(unicode) {
    shape();
    slopes();
    signal();
    cost();
    float32();
    for (const std::string& remark : p_.remarks) add("", "remark", remark);
  }
  const std::vector<Fact>& list() const { return list_; }

 private:
  void add(const std::string& section, const std::string& name, const std::string& text) { list_.push_back({section, name, text}); }
  std::string number(double value) const { return short_number(value, unicode_); }
  std::string number(const std::optional<double>& value) const { return value ? number(*value) : "unknown"; }

  std::string place(const Bound& bound) const {
    if (std::isinf(bound.value)) return std::isinf(bound.where) ? "no bound" : "no bound near x = " + number(bound.where);
    if (!bound.attained) return fmt::format("{} approached at x -> {}", number(bound.value), number(bound.where));
    return fmt::format("{} at x = {}", number(bound.value), number(bound.where));
  }

  std::string listed(const std::vector<Region>& list) const {
    std::string text;
    for (std::size_t i = 0; i < list.size() && i < most_listed; ++i)
      text += fmt::format("{}{} < x < {}", i == 0 ? "" : "; ", number(list[i].low), number(list[i].high));
    if (list.size() > most_listed) text += fmt::format("; and {} more", list.size() - most_listed);
    return text;
  }

  void shape() {
    const std::string section = "Shape";
    add(section, "range", range_of(p_, unicode_));
    add(section, "lowest", p_.lower ? place(*p_.lower) : "unknown");
    add(section, "highest", p_.upper ? place(*p_.upper) : "unknown");
    std::string direction(name_of(p_.direction));
    if (p_.direction == Direction::neither && p_.falls && p_.rises) {
      const bool rising = p_.falls->by <= p_.rises->by;
      const Slide& back = rising ? *p_.falls : *p_.rises;
      direction += fmt::format(": {} by {} on the way to x = {}", rising ? "falls" : "rises", number(back.by), number(back.to));
    }
    add(section, "monotone", direction);
    add(section, "curvature", std::string(name_of(p_.curvature)));
    add(section, "symmetry", p_.symmetry == Symmetry::odd ? "odd" : p_.symmetry == Symmetry::even ? "even" : "none");
    add(section, "smoothness", smoothness_of(p_));
    for (std::size_t i = 0; i < p_.kinks.size() && i < most_listed; ++i) {
      const Kink& kink = p_.kinks[i];
      std::vector<std::string> jumps;
      for (std::size_t order = 0; order < 3; ++order)
        if (kink.jump[order] != 0) jumps.push_back(fmt::format("f{} by {}", std::string(order, '\''), number(kink.jump[order])));
      add(section, fmt::format("at x = {}", number(kink.x)), fmt::format("jump of {}", fmt::join(jumps, ", ")));
    }
    if (!p_.not_a_number.empty()) add(section, "NaN", listed(p_.not_a_number));
  }

  void slopes() {
    const std::string section = "Slopes and zeros";
    add(section, "largest |f'|", p_.slope ? place(*p_.slope) : "unknown");
    if (p_.surrogate_slope) add(section, "f'", "a straight-through estimator, not the slope of f");
    add(section, "Lipschitz", number(p_.lipschitz));
    add(section, "saturated",
        p_.saturated.empty() ? "nowhere" : fmt::format("{:.4f} of the mass: {}", p_.saturated_mass, listed(p_.saturated)));
    add(section, "exactly 0", p_.zeros.empty() ? "nowhere" : fmt::format("{:.4f} of the mass: {}", p_.zero_share, listed(p_.zeros)));
  }

  std::string described(const VarianceMap& map) const {
    if (map.every_q) return fmt::format("every q is a fixed point, slope {}", number(map.fixed_points.front().slope));
    std::vector<std::string> points;
    for (const FixedPoint& point : map.fixed_points)
      points.push_back(fmt::format("q = {} ({}, slope {})", number(point.q), point.stable ? "stable" : "unstable", number(point.slope)));
    if (map.runs_away) points.emplace_back("large signals grow without end");
    return points.empty() ? "no fixed point" : fmt::format("{}", fmt::join(points, "; "));
  }

  void signal() {
    const std::string section = "Under a standard Gaussian z";
    add(section, "E f", number(p_.mean));
    if (p_.mean_to_deviation)
      add(section, "|E f| / deviation",
          fmt::format("{}{}", number(p_.mean_to_deviation), *p_.mean_to_deviation <= centred_ratio ? ": zero-centred" : ""));
    add(section, "E f^2", number(p_.second_moment));
    add(section, "E f'^2", number(p_.derivative_second_moment));
    add(section, "gain", number(p_.gain));
    if (p_.nonlinearity) add(section, "nonlinear share", fmt::format("{:.4f} of the variance", *p_.nonlinearity));
    if (p_.unit_map) add(section, "variance map, 1/n", described(*p_.unit_map));
    if (p_.gain_map) add(section, "variance map, gain", described(*p_.gain_map));
    if (p_.signal_fixed_point)
      add(section, "keeps",
          fmt::format("mean {}, variance {}", number(p_.signal_fixed_point->mean), number(p_.signal_fixed_point->variance)));
  }

  void cost() {
    const std::string section = "Cost";
    std::string learned = fmt::format("{}", p_.learnable_parameters);
    for (const Parameter& parameter : card_.activation.formula().parameters())
      if (parameter.learnable) learned += fmt::format(" {}", parameter.name);
    add(section, "learned parameters", learned);
    for (const auto& [name, cost] : {std::pair("steps of f", p_.value_cost), std::pair("steps of f'", p_.slope_cost)})
      add(section, name, fmt::format("{}, {} of them transcendental", cost.operations, cost.transcendentals));
    if (!card_.measured) return;
    const MeasuredCost& m = *card_.measured;
    add(section, "forward", fmt::format("{:.3f} ns an element; moving the memory costs {:.3f}", m.forward, m.forward_bound));
    add(section, "backward", fmt::format("{:.3f} ns an element; moving the memory costs {:.3f}", m.backward, m.backward_bound));
  }

  void float32() {
    const std::string section = "In float32";
    const Float32& f = p_.float32;
    add(section, "worst error of f", fmt::format("{} ulp at x = {}", number(f.worst_ulp), number(f.worst_ulp_at)));
    add(section, "worst error of f'", fmt::format("{} ulp at x = {}", number(f.slope_worst_ulp), number(f.slope_worst_ulp_at)));
    const auto sides = [&](const std::string& name, const std::optional<double>& left, const std::optional<double>& right) {
      if (!left && !right) return;
      std::vector<std::string> parts;
      if (left) parts.push_back(fmt::format("x <= {}", number(*left)));
      if (right) parts.push_back(fmt::format("x >= {}", number(*right)));
      add(section, name, fmt::format("{}", fmt::join(parts, " and ")));
    };
    sides("f' rounds to 0", f.slope_zero_left, f.slope_zero_right);
    sides("f rounds to its limit", f.limit_left, f.limit_right);
    if (f.not_finite) add(section, "Inf or NaN", fmt::format("from x = {}", number(*f.not_finite)));
  }

  const PropertyCard& card_;
  const Properties& p_;
  bool unicode_;
  std::vector<Fact> list_;
};

std::string title(const PropertyCard& card) {
  return fmt::format("{}: f(x) = {}", card.activation.to_string(), card.activation.formula().mathematics());
}

}  // namespace

std::string short_number(double value, bool unicode) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return std::string(value < 0 ? "-" : "") + (unicode ? "\u221E" : "inf");
  return fmt::format("{:.4g}", value == 0 ? 0 : value);
}

std::string range_of(const Properties& card, bool unicode) {
  if (!card.lower || !card.upper) return "unknown";
  return fmt::format("{}{}, {}{}", card.lower->attained ? '[' : '(', short_number(card.lower->value, unicode),
                     short_number(card.upper->value, unicode), card.upper->attained ? ']' : ')');
}

std::string_view name_of(Smoothness smoothness) {
  constexpr std::array<std::string_view, 4> names{"discontinuous", "C0", "C1", "C2+"};
  return names[std::size_t(smoothness)];
}
std::string_view name_of(Direction direction) {
  constexpr std::array<std::string_view, 4> names{"constant", "increasing", "decreasing", "no"};
  return names[std::size_t(direction)];
}
std::string_view name_of(Curvature curvature) {
  constexpr std::array<std::string_view, 4> names{"affine", "convex", "concave", "neither"};
  return names[std::size_t(curvature)];
}

std::string smoothness_of(const Properties& card) {
  constexpr std::array<std::string_view, 4> meaning{"f jumps", "f' jumps", "f'' jumps", "no jump up to f''"};
  return fmt::format("{}: {}", name_of(card.smoothness), meaning[std::size_t(card.smoothness)]);
}

std::string card_text(const PropertyCard& card, TextStyle style) {
  const std::string bold = style.colour ? "\033[1m" : "", plain = style.colour ? "\033[0m" : "";
  std::string text = bold + title(card) + plain + "\n", section;
  const Facts facts(card, style.unicode);
  for (const Fact& fact : facts.list()) {
    if (fact.section != section) text += fmt::format("\n{}{}{}\n", bold, fact.section.empty() ? "Remarks" : fact.section, plain);
    section = fact.section;
    text += fmt::format("  {:<22} {}\n", fact.name, fact.text);
  }
  text += "\n" + bold + "The nine properties" + plain + "\n";
  for (const Property& property : nine_properties()) {
    const Verdict verdict = property.judge(card);
    text += fmt::format("  {:<22} {} {}\n", property.heading, sign_of(verdict.mark, style), verdict.number);
  }
  return text;
}

std::string card_markdown(const PropertyCard& card) {
  const auto cell = [](const std::string& text) {
    std::string escaped;
    for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
    return escaped;
  };
  std::string text = fmt::format("## {}\n", card.activation.to_string()), section = "-";
  text += fmt::format("\n`f(x) = {}`\n", card.activation.formula().mathematics());
  const Facts facts(card, true);
  for (const Fact& fact : facts.list()) {
    if (fact.section != section) text += fmt::format("\n| {} | |\n|---|---|\n", fact.section.empty() ? "Remarks" : fact.section);
    section = fact.section;
    text += fmt::format("| {} | {} |\n", cell(fact.name), cell(fact.text));
  }
  text += "\n| The nine properties | | |\n|---|---|---|\n";
  for (const Property& property : nine_properties()) {
    const Verdict verdict = property.judge(card);
    text += fmt::format("| {} | {} | {} |\n", property.heading, sign_of(verdict.mark, {.unicode = true}), cell(verdict.number));
  }
  return text;
}

std::string cards_csv(std::span<const PropertyCard> cards) {
  std::string text =
      "name,formula,lower,lower_at,upper,upper_at,monotone,curvature,symmetry,smoothness,kinks,sup_derivative,sup_derivative_at,lipschitz,"
      "saturated_share,zero_share,mean,mean_to_deviation,second_moment,derivative_second_moment,gain,nonlinearity,learnable_parameters,"
      "operations,transcendentals,derivative_operations,derivative_transcendentals\n";
  const auto or_nothing = [](CsvRow& row, const std::optional<double>& value) { value ? row << *value : row << std::string_view(); };
  for (const PropertyCard& card : cards) {
    const Properties& p = card.properties;
    CsvRow row;
    row << std::string_view(card.activation.to_string()) << card.activation.formula().mathematics();
    for (const std::optional<Bound>& bound : {p.lower, p.upper}) {
      or_nothing(row, bound ? std::optional(bound->value) : std::nullopt);
      or_nothing(row, bound ? std::optional(bound->where) : std::nullopt);
    }
    row << name_of(p.direction) << name_of(p.curvature)
        << std::string_view(p.symmetry == Symmetry::odd    ? "odd"
                            : p.symmetry == Symmetry::even ? "even"
                                                           : "none")
        << name_of(p.smoothness) << std::int64_t(p.kinks.size());
    or_nothing(row, p.slope ? std::optional(p.slope->value) : std::nullopt);
    or_nothing(row, p.slope ? std::optional(p.slope->where) : std::nullopt);
    or_nothing(row, p.lipschitz);
    row << p.saturated_mass << p.zero_share;
    for (const auto& value : {p.mean, p.mean_to_deviation, p.second_moment, p.derivative_second_moment, p.gain, p.nonlinearity})
      or_nothing(row, value);
    row << std::int64_t{p.learnable_parameters};
    for (const Cost& cost : {p.value_cost, p.slope_cost}) row << std::int64_t{cost.operations} << std::int64_t{cost.transcendentals};
    text += row.text() + '\n';
  }
  return text;
}

}  // namespace seegrad::records
