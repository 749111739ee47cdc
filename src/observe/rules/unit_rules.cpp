#include "observe/rules/unit_rules.hpp"

#include <fmt/format.h>

namespace seegrad::observe {
namespace {

// Where a symptom becomes a finding.
constexpr double dead_warn = 0.25, dead_fail = 0.5;
constexpr double stuck_units_warn = 0.3, stuck_units_fail = 0.5;
constexpr double stuck_values_warn = 0.75, stuck_values_fail = 0.98;
constexpr double stuck_at_start = 0.4;  // of the values, at the first look: then it is the initial weights, whatever came later
constexpr double equal_spread = 1e-4;

}  // namespace

// ---- dead ----------------------------------------------------------------------------------------------------------------------

void Dead::probed(const UnitLedger& ledger) {
  for (const LayerUnits& units : ledger.layers()) {
    Entry& entry = entry_of(layers_, units.layer);
    entry.units = static_cast<std::int64_t>(units.units.size());
    entry.dead = units.dead();
    entry.born_dead = units.born_dead();
    entry.deaths = units.deaths();
    entry.revivals = units.revivals();
    entry.spell.look(ledger.last_step(), entry.share() >= dead_warn);
  }
}

std::vector<Diagnosis> Dead::verdicts() const {
  std::vector<Entry> silent;
  for (const Entry& entry : layers_)
    if (entry.spell.lasts()) silent.push_back(entry);
  if (silent.empty()) return {};
  const Entry worst = *std::max_element(silent.begin(), silent.end(), [](auto& a, auto& b) { return a.share() < b.share(); });
  std::int64_t born_dead = 0, deaths = 0, revivals = 0, units = 0, dead = 0;
  for (const Entry& entry : silent) {
    born_dead += entry.born_dead;
    deaths += entry.deaths;
    revivals += entry.revivals;
    units += entry.units;
    dead += entry.dead;
  }
  Diagnosis found;
  found.severity = worst.share() >= dead_fail ? Severity::failure : Severity::warning;
  found.layers = layers_of(silent);
  found.units = dead;
  found.since = since_of(silent);
  found.evidence = {{"dead_units_share", worst.share()},     {"worst_layer", static_cast<double>(worst.layer)},
                    {"units", static_cast<double>(units)},   {"born_dead", static_cast<double>(born_dead)},
                    {"deaths", static_cast<double>(deaths)}, {"revivals", static_cast<double>(revivals)}};
  found.what = fmt::format(
      "{} of {} units in {} are zero on every probe sample, in layer {} {:.0f} % of them; {} were so from the start, and "
      "{} times one came back",
      dead, units, layer_words(found.layers), worst.layer, 100 * worst.share(), born_dead, revivals);
  found.why = "a unit whose activation is zero has slope zero: no gradient reaches its weights, so it cannot leave by itself";
  if (born_dead > deaths) {
    Advice advice = keep_the_gradient(facts_);
    found.remedy = std::move(advice.remedy);
    found.changes = std::move(advice.changes);
  } else if (name_part(facts_.activation) == "relu") {
    found.remedy = "take smaller steps, or an activation with a slope on its left side (leaky_relu, elu, gelu)";
    found.changes = smaller_learning_rate(facts_);
    if (found.changes.empty()) found.changes = {{"activation", "leaky_relu"}};
  } else {
    found.remedy = "take smaller steps, so that no single one throws a unit out of reach";
    found.changes = smaller_learning_rate(facts_);
  }
  return {found};
}

bool Dead::explains(const Diagnosis& mine, const Diagnosis& other) const {
  return other.name == "vanishing" && mine.severity == Severity::failure && other.since > mine.since;
}

// ---- saturated -----------------------------------------------------------------------------------------------------------------

bool Saturated::Entry::fails() const {
  return (of_values.lasts() && values >= stuck_values_fail) || (of_units.lasts() && unit_share() >= stuck_units_fail);
}

void Saturated::look(const StepRecord& step, Rows rows) {
  for (const LayerStatistics& row : hidden_layers(rows)) {
    Entry& entry = entry_of(layers_, row.layer);
    entry.values = std::max(0.0, row.saturated_share - row.zero_share);
    if (entry.of_values.looks == 0) entry.values_at_start = entry.values;
    entry.of_values.look(step.step, entry.values >= stuck_values_warn);
  }
  for (const LayerStatistics& row : rows)
    if (std::isfinite(row.update_ratio)) largest_update_ = std::max(largest_update_, row.update_ratio);
}

void Saturated::probed(const UnitLedger& ledger) {
  for (const LayerUnits& units : ledger.layers()) {
    Entry& entry = entry_of(layers_, units.layer);
    entry.units = static_cast<std::int64_t>(units.units.size());
    entry.stuck = units.saturated();
    entry.of_units.look(ledger.last_step(), entry.unit_share() >= stuck_units_warn);
  }
}

std::vector<Diagnosis> Saturated::verdicts() const {
  std::vector<Entry> stuck;
  for (Entry entry : layers_) {
    if (!entry.of_values.lasts() && !entry.of_units.lasts()) continue;
    const bool units_first = !entry.of_values.lasts() || (entry.of_units.lasts() && entry.of_units.since < entry.of_values.since);
    entry.spell = units_first ? entry.of_units : entry.of_values;
    stuck.push_back(entry);
  }
  if (stuck.empty()) return {};
  std::sort(stuck.begin(), stuck.end(), [](const Entry& a, const Entry& b) { return a.layer < b.layer; });
  const auto milder = [](const Entry& a, const Entry& b) {
    return std::max(a.values, a.unit_share()) < std::max(b.values, b.unit_share());
  };
  const Entry worst = *std::max_element(stuck.begin(), stuck.end(), milder);
  Diagnosis found;
  found.layers = layers_of(stuck);
  found.since = since_of(stuck);
  for (const Entry& entry : stuck) {
    found.units += entry.stuck;
    if (entry.fails()) found.severity = Severity::failure;
  }
  found.evidence = {{"worst_layer", static_cast<double>(worst.layer)},
                    {"saturated_values_share", worst.values},
                    {"saturated_units_share", worst.unit_share()},
                    {"saturated_values_share_at_start", worst.values_at_start}};
  found.what = fmt::format(
      "{} where the activation is flat: in layer {} {:.0f} % of all values, and {:.0f} % of the units on more than 99 % of "
      "the probe samples",
      found.layers.size() == 1 ? layer_words(found.layers) + " lies" : layer_words(found.layers) + " lie", worst.layer, 100 * worst.values,
      100 * worst.unit_share());
  found.why = "pre-activations have grown past the bend; a slope below 1 % of the largest one lets next to no gradient through";
  const bool from_the_start = found.since == 0 || worst.values_at_start >= stuck_at_start;
  if (from_the_start && facts_.init != "auto") {
    found.remedy = "start from smaller weights: a spread that fits the activation and the number of inputs";
    found.changes = {{"init", "auto"}};
  } else if (from_the_start && facts_.normalisation != "batch") {
    found.remedy = "normalise what goes into each activation";
    found.changes = {{"normalisation", "batch"}};
  } else {
    found.remedy = "take smaller steps, so that the weights do not carry the pre-activations away";
    found.changes = smaller_learning_rate(facts_, largest_update_);
  }
  return {found};
}

// ---- symmetry ------------------------------------------------------------------------------------------------------------------

void Symmetry::look(const StepRecord&, Rows rows) {
  for (const LayerStatistics& row : hidden_layers(rows)) entry_of(layers_, row.layer).weight_rms = row.weight_rms;
}

void Symmetry::probed(const UnitLedger& ledger) {
  for (const LayerUnits& units : ledger.layers()) {
    Entry& entry = entry_of(layers_, units.layer);
    entry.units = static_cast<std::int64_t>(units.units.size());
    entry.spread = units.unit_spread;
    // Nothing but zeros: whether the units are equal or only silent, their weights tell.
    const bool all_zero = std::isnan(entry.spread);
    entry.spell.look(ledger.last_step(), entry.units >= 2 && (all_zero || entry.spread < equal_spread));
  }
}

std::vector<Diagnosis> Symmetry::verdicts() const {
  std::vector<Entry> equal;
  for (const Entry& entry : layers_) {
    const bool always = entry.spell.held > 0 && entry.spell.held == entry.spell.looks;
    if (always && (entry.spread < equal_spread || entry.weight_rms == 0)) equal.push_back(entry);
  }
  if (equal.empty()) return {};
  Diagnosis found;
  found.severity = Severity::failure;
  found.layers = layers_of(equal);
  found.since = since_of(equal);
  for (const Entry& entry : equal) found.units += entry.units;
  const Entry& first = equal.front();
  found.evidence = {{"unit_spread", std::isnan(first.spread) ? 0 : first.spread}};
  if (std::isfinite(first.weight_rms)) found.evidence.push_back({"weight_rms", first.weight_rms});
  found.what = fmt::format("the {} units of {} give the same answer, {}, to every sample, and did so from the start", found.units,
                           layer_words(found.layers), first.weight_rms == 0 ? "zero" : "whatever it is");
  found.why = "units that begin with equal weights get equal gradients, and so stay equal for ever: a layer of copies is one unit";
  found.remedy = "draw the weights at random";
  if (facts_.init != "auto") found.changes = {{"init", "auto"}};
  return {found};
}

bool Symmetry::explains(const Diagnosis&, const Diagnosis& other) const {
  return other.name != "chance_level" && other.name != "not_finite" && other.name != rule_name;
}

}  // namespace seegrad::observe
