#include "observe/rules/signal_rules.hpp"

#include <fmt/format.h>

namespace seegrad::observe {
namespace {

// Where a symptom becomes a finding.
constexpr double collapsed_variance = 1e-3, lost_variance = 1e-6;
constexpr double far_from_zero = 1, one_sign = 0.5;

}  // namespace

// ---- collapsed_forward ---------------------------------------------------------------------------------------------------------

void CollapsedForward::look(const StepRecord& step, Rows rows) {
  const std::vector<LayerStatistics> hidden = hidden_layers(rows);
  if (hidden.size() < 2) return;
  const double first = hidden.front().h_std, last = hidden.back().h_std;
  const double threshold = std::sqrt(collapsed_variance) * first;
  const bool collapsed = first > 0 && last < threshold;
  spell_.look(step.step, collapsed);
  if (!collapsed) return;
  first_ = first;
  last_ = last;
  collapsed_.clear();
  for (const LayerStatistics& row : hidden)
    if (row.h_std < threshold) collapsed_.push_back(row.layer);
}

std::vector<Diagnosis> CollapsedForward::verdicts() const {
  if (!spell_.lasts()) return {};
  const double ratio = (last_ / first_) * (last_ / first_);
  Diagnosis found;
  found.severity = ratio < lost_variance ? Severity::failure : Severity::warning;
  found.layers = collapsed_;
  found.since = spell_.since;
  found.evidence = {{"variance_last_to_first", ratio}, {"h_std_first_hidden_layer", first_}, {"h_std_last_hidden_layer", last_}};
  found.what = fmt::format(
      "the signal fades on its way forward: the variance of the activations of the last hidden layer is {:.3g} of that of "
      "the first",
      ratio);
  found.why = "each layer multiplies the signal by its weights; when they are too small, all samples look alike at the end";
  Advice advice = keep_the_gradient(facts_);
  found.remedy = std::move(advice.remedy);
  found.changes = std::move(advice.changes);
  return {found};
}

// ---- not_centred ---------------------------------------------------------------------------------------------------------------

void NotCentred::look(const StepRecord& step, Rows rows) {
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    const LayerStatistics& row = rows[i];
    if (row.activation.empty()) continue;
    const double mean = std::abs(row.h_mean) / row.h_std, coherence = rows[i + 1].sign_coherence;
    const bool pushed = mean > far_from_zero && std::isfinite(mean) && coherence > one_sign;
    Entry& entry = entry_of(layers_, row.layer);
    entry.spell.look(step.step, pushed);
    if (pushed) entry.mean_over_deviation = mean, entry.coherence = coherence;
  }
}

std::vector<Diagnosis> NotCentred::verdicts() const {
  std::vector<Entry> pushing;
  for (const Entry& entry : layers_)
    if (entry.spell.lasts()) pushing.push_back(entry);
  if (pushing.empty()) return {};
  const auto further = [](auto& a, auto& b) { return a.mean_over_deviation < b.mean_over_deviation; };
  const Entry worst = *std::max_element(pushing.begin(), pushing.end(), further);
  Diagnosis found;
  found.layers = layers_of(pushing);
  found.since = since_of(pushing);
  found.evidence = {{"worst_layer", static_cast<double>(worst.layer)},
                    {"mean_over_deviation", worst.mean_over_deviation},
                    {"sign_coherence_of_next_layer", worst.coherence}};
  found.what = fmt::format(
      "the activations of {} lie far from zero: in layer {} their mean is {:.3g} standard deviations, and {:.0f} % of the "
      "gradient of the weights behind it pulls all of a unit's weights one way",
      layer_words(found.layers), worst.layer, worst.mean_over_deviation, 100 * worst.coherence);
  found.why = "when all inputs of a unit have one sign, all its weights can only grow or only shrink in one step: progress is a zigzag";
  found.remedy = "use an activation whose values lie around zero";
  const std::string_view activation = name_part(facts_.activation);
  if (activation != "tanh")
    found.changes = {{"activation", "tanh"}};
  else if (facts_.normalisation != "batch")
    found.changes = {{"normalisation", "batch"}};
  return {found};
}

}  // namespace seegrad::observe
