#include "seegrad/observe/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "observe/rules/gradient_rules.hpp"
#include "observe/rules/loss_rules.hpp"
#include "observe/rules/signal_rules.hpp"
#include "observe/rules/unit_rules.hpp"

namespace seegrad::observe {
namespace {

struct Finding {
  const Rule* rule;
  Diagnosis diagnosis;
};

bool is_explained(const Finding& finding, const std::vector<Finding>& all) {
  return std::any_of(all.begin(), all.end(), [&](const Finding& cause) {
    return cause.rule != finding.rule && cause.rule->explains(cause.diagnosis, finding.diagnosis);
  });
}

bool comes_first(const Diagnosis& a, const Diagnosis& b) {
  if (a.severity != b.severity) return a.severity == Severity::failure;
  const auto place = [](const Diagnosis& d) { return d.layers.empty() ? std::numeric_limits<std::int64_t>::max() : d.layer(); };
  return place(a) < place(b);
}

/// `begin` and the words in lines that fit a terminal; all but the first are indented.
std::string wrapped(const std::string& begin, const std::string& words, std::size_t indent) {
  constexpr std::size_t widest = 112;
  std::string text = begin;
  std::size_t column = begin.size();
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (column + end - at > widest && column > indent) {
      if (text.back() == ' ') text.pop_back();
      text += "\n" + std::string(indent, ' ');
      column = indent;
    }
    text.append(words, at, end - at + 1);
    column += end - at + 1;
    at = end + 1;
  }
  return text + "\n";
}

}  // namespace

std::string page_of(std::string_view rule) { return fmt::format("docs/diagnosis.md#{}", rule); }

void Rule::logged(const StepRecord& step, std::span<const LayerStatistics> layers) {
  const bool broken = std::any_of(layers.begin(), layers.end(), [](const auto& row) { return row.nan_count + row.inf_count > 0; });
  if (!broken && !layers.empty()) look(step, layers);
}

std::vector<std::unique_ptr<Rule>> all_rules(const RunFacts& facts) {
  std::vector<std::unique_ptr<Rule>> rules;
  rules.push_back(std::make_unique<NotFiniteRule>(facts));
  rules.push_back(std::make_unique<Symmetry>(facts));
  rules.push_back(std::make_unique<Exploding>(facts));
  rules.push_back(std::make_unique<Vanishing>(facts));
  rules.push_back(std::make_unique<CollapsedForward>(facts));
  rules.push_back(std::make_unique<Dead>(facts));
  rules.push_back(std::make_unique<Saturated>(facts));
  rules.push_back(std::make_unique<Stalled>(facts));
  rules.push_back(std::make_unique<Unstable>(facts));
  rules.push_back(std::make_unique<NotCentred>(facts));
  rules.push_back(std::make_unique<ChanceLevel>(facts));
  return rules;
}

std::vector<Diagnosis> Diagnostician::verdicts() const {
  std::vector<Finding> all;
  for (const auto& rule : rules_) {
    for (Diagnosis& found : rule->verdicts()) {
      found.name = rule->name();
      found.page = page_of(rule->name());
      all.push_back({rule.get(), std::move(found)});
    }
  }
  std::vector<Diagnosis> said;
  for (const Finding& finding : all)
    if (!is_explained(finding, all)) said.push_back(finding.diagnosis);
  std::stable_sort(said.begin(), said.end(), comes_first);
  return said;
}

void Diagnostician::step(std::int64_t step, double loss) {
  for (const auto& rule : rules_) rule->step(step, loss);
}
void Diagnostician::logged(const StepRecord& step, std::span<const LayerStatistics> layers) {
  for (const auto& rule : rules_) rule->logged(step, layers);
}
void Diagnostician::histograms(std::span<const LayerHistogram> histograms) {
  for (const auto& rule : rules_) rule->histograms(histograms);
}
void Diagnostician::probed(const UnitLedger& ledger) {
  for (const auto& rule : rules_) rule->probed(ledger);
}
void Diagnostician::epoch(const EpochRecord& record) {
  for (const auto& rule : rules_) rule->epoch(record);
}
void Diagnostician::not_finite(const NotFinite& found) {
  for (const auto& rule : rules_) rule->not_finite(found);
}
void Diagnostician::save(Memory& memory) const {
  for (const auto& rule : rules_) rule->save(memory);
}
void Diagnostician::restore(const Memory& memory) {
  for (const auto& rule : rules_) rule->restore(memory);
}

std::string describe(const Diagnosis& d, std::string_view command) {
  const std::string since = d.since > 0 ? fmt::format(", since step {}", d.since) : "";
  std::string text = wrapped(fmt::format("{} ({}): ", d.name, d.severity == Severity::failure ? "failure" : "warning"), d.what + since, 2);
  text += wrapped("  why: ", d.why, 7) + wrapped("  try: ", d.remedy, 7);
  if (!command.empty()) text += fmt::format("       {}\n", command);
  return text + fmt::format("  see: {}\n", d.page);
}

}  // namespace seegrad::observe
