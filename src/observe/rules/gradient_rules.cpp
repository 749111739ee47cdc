#include "observe/rules/gradient_rules.hpp"

#include <fmt/format.h>

namespace seegrad::observe {
namespace {

// Where a symptom becomes a finding.
constexpr std::int64_t layers_for_a_fit = 4;
constexpr double vanishing_factor = 0.6, vanishing_ratio = 1e-3;
constexpr double exploding_factor = 1.5, exploding_ratio = 1e3;
constexpr double far_from_the_last = 10;  // a layer is starved or flooded when its RMS delta differs by more than this
constexpr double violent_update = 0.1, violent_share = 0.25;
constexpr std::int64_t violent_rows = 3;
constexpr double stalled_share = 1e-4, judged_update = 1e-5;

}  // namespace

DeltaProfile DeltaProfile::of(Rows rows) {
  DeltaProfile profile;
  const std::vector<LayerStatistics> hidden = hidden_layers(rows);
  if (hidden.empty()) return profile;
  profile.hidden = static_cast<std::int64_t>(hidden.size());
  profile.first_layer = hidden.front().layer;
  profile.last_layer = hidden.back().layer;
  profile.first = hidden.front().delta_rms;
  profile.last = hidden.back().delta_rms;
  profile.output = rows.back().delta_rms;
  profile.factor = fitted_delta_factor(hidden);
  profile.ratio = profile.last > 0 ? profile.first / profile.last : not_measured;
  return profile;
}

bool DeltaProfile::vanishes() const {
  if (first == 0 && output > 0) return true;
  return hidden >= 2 && ((hidden >= layers_for_a_fit && factor < vanishing_factor) || ratio < vanishing_ratio);
}

bool DeltaProfile::explodes() const {
  return hidden >= 2 && ((hidden >= layers_for_a_fit && factor > exploding_factor) || ratio > exploding_ratio);
}

std::vector<Evidence> DeltaProfile::evidence() const {
  std::vector<Evidence> found{{"delta_rms_first_hidden_layer", first}, {"delta_rms_last_hidden_layer", last}};
  if (std::isfinite(ratio)) {
    found.push_back({"first_to_last", ratio});
    if (std::isfinite(factor)) found.insert(found.begin(), {"delta_factor_a_layer", factor});
  }
  found.push_back({"hidden_layers", static_cast<double>(hidden)});
  return found;
}

// ---- vanishing -----------------------------------------------------------------------------------------------------------------

void Vanishing::look(const StepRecord& step, Rows rows) {
  const DeltaProfile profile = DeltaProfile::of(rows);
  spell_.look(step.step, profile.vanishes());
  if (!profile.vanishes()) return;
  profile_ = profile;
  starved_.clear();
  for (const LayerStatistics& row : hidden_layers(rows))
    if (row.delta_rms == 0 || row.delta_rms * far_from_the_last < profile.last) starved_.push_back(row.layer);
  if (starved_.empty()) starved_.push_back(profile.first_layer);
}

std::vector<Diagnosis> Vanishing::verdicts() const {
  if (!spell_.lasts()) return {};
  const DeltaProfile& p = profile_;
  Diagnosis found;
  found.severity = p.first == 0 || p.ratio < vanishing_ratio ? Severity::failure : Severity::warning;
  found.layers = starved_;
  found.since = spell_.since;
  found.evidence = p.evidence();
  if (p.first == 0)
    found.what = fmt::format("no gradient at all arrives at {}: its RMS delta is 0, that of the output layer {:.3g}", layer_words(starved_),
                             p.output);
  else
    found.what = fmt::format("on the way back RMS delta changes by a factor {:.3g} a layer: layer {} hears {:.3g} of what layer {} hears",
                             p.factor, p.first_layer, p.ratio, p.last_layer);
  found.why = p.first == 0
                  ? "a slope of zero lets nothing through, however large the error behind it"
                  : "each layer multiplies the gradient by its weights and by its activation's slope; a product below 1 shrinks with "
                    "the power of the depth";
  Advice advice = keep_the_gradient(facts_);
  found.remedy = std::move(advice.remedy);
  found.changes = std::move(advice.changes);
  return {found};
}

// ---- exploding -----------------------------------------------------------------------------------------------------------------

void Exploding::look(const StepRecord& step, Rows rows) {
  const DeltaProfile profile = DeltaProfile::of(rows);
  spell_.look(step.step, profile.explodes());
  if (!profile.explodes()) return;
  profile_ = profile;
  flooded_.clear();
  for (const LayerStatistics& row : hidden_layers(rows))
    if (row.delta_rms > far_from_the_last * profile.last) flooded_.push_back(row.layer);
  if (flooded_.empty()) flooded_.push_back(profile.first_layer);
}

std::vector<Diagnosis> Exploding::verdicts() const {
  if (!spell_.lasts()) return {};
  const DeltaProfile& p = profile_;
  Diagnosis found;
  found.severity = p.ratio > exploding_ratio ? Severity::failure : Severity::warning;
  found.layers = flooded_;
  found.since = spell_.since;
  found.evidence = p.evidence();
  found.what = fmt::format("on the way back RMS delta grows by a factor {:.3g} a layer: layer {} hears {:.3g} times what layer {} hears",
                           p.factor, p.first_layer, p.ratio, p.last_layer);
  found.why =
      "each layer multiplies the gradient by its weights and by its activation's slope; a product above 1 grows with the power of the "
      "depth";
  if (facts_.init != "auto") {
    found.remedy = "start from weights whose spread fits the activation and the number of inputs";
    found.changes = {{"init", "auto"}};
  } else {
    found.remedy = "take smaller steps, and cut off gradients that are too long";
    found.changes = smaller_learning_rate(facts_);
    found.changes.push_back({"clip", "1"});
  }
  return {found};
}

// ---- unstable ------------------------------------------------------------------------------------------------------------------

void Unstable::look(const StepRecord& step, Rows rows) {
  // The first update is large in many healthy runs.
  if (step.step == 0) return;
  ++rows_;
  for (const LayerStatistics& row : rows) {
    // Weights that were zero have no size to compare with.
    if (!(row.update_ratio > violent_update) || !std::isfinite(row.update_ratio)) continue;
    Entry& entry = entry_of(layers_, row.layer);
    if (entry.violent++ == 0) entry.first = step.step;
    entry.largest = std::max(entry.largest, row.update_ratio);
  }
}

std::vector<Diagnosis> Unstable::verdicts() const {
  std::vector<Entry> violent;
  for (const Entry& entry : layers_)
    if (entry.violent >= violent_rows && ratio_of(entry.violent, rows_) >= violent_share) violent.push_back(entry);
  if (violent.empty()) return {};
  std::sort(violent.begin(), violent.end(), [](const Entry& a, const Entry& b) { return a.layer < b.layer; });
  const Entry worst = *std::max_element(violent.begin(), violent.end(), [](auto& a, auto& b) { return a.violent < b.violent; });
  Diagnosis found;
  found.layers = layers_of(violent);
  found.since = worst.first;
  for (const Entry& entry : violent) found.since = std::min(found.since, entry.first);
  const double share = ratio_of(worst.violent, rows_);
  found.evidence = {
      {"worst_layer", static_cast<double>(worst.layer)}, {"share_of_logged_steps", share}, {"largest_update_ratio", worst.largest}};
  found.what = fmt::format(
      "on {:.0f} % of the logged steps the weights of layer {} changed by more than a tenth of their size at once, at "
      "most by {:.3g} of it",
      100 * share, worst.layer, worst.largest);
  found.why = "a gradient is right about the next short way only; about 0.001 of the weights' size a step is usual";
  found.remedy = "take smaller steps";
  found.changes = smaller_learning_rate(facts_);
  return {found};
}

// ---- stalled -------------------------------------------------------------------------------------------------------------------

void Stalled::look(const StepRecord& step, Rows rows) {
  double largest = 0;
  for (const LayerStatistics& row : rows)
    if (std::isfinite(row.update_ratio)) largest = std::max(largest, row.update_ratio);
  // Where nothing moves (the end of a schedule, a tiny learning rate), layers cannot be compared: the step says nothing.
  if (largest < judged_update) return;
  for (const LayerStatistics& row : rows) {
    Entry& entry = entry_of(layers_, row.layer);
    const bool stands = row.update_ratio < stalled_share * largest;
    entry.spell.look(step.step, stands);
    if (stands) entry.update_ratio = row.update_ratio, entry.largest = largest;
  }
}

std::vector<Diagnosis> Stalled::verdicts() const {
  std::vector<Entry> still;
  for (const Entry& entry : layers_)
    if (entry.spell.lasts()) still.push_back(entry);
  if (still.empty()) return {};
  const Entry worst = *std::min_element(still.begin(), still.end(), [](auto& a, auto& b) { return a.update_ratio < b.update_ratio; });
  Diagnosis found;
  found.layers = layers_of(still);
  found.since = since_of(still);
  found.evidence = {
      {"worst_layer", static_cast<double>(worst.layer)}, {"update_ratio", worst.update_ratio}, {"largest_update_ratio", worst.largest}};
  found.what = fmt::format(
      "the weights of {} stand still: a step changes those of layer {} by {:.3g} of their size, those of another layer "
      "by {:.3g}",
      layer_words(found.layers), worst.layer, worst.update_ratio, worst.largest);
  found.why = "a layer learns as fast as its gradient is large beside its weights; float32 does not even notice a change below 6e-8";
  Advice advice = keep_the_gradient(facts_);
  found.remedy = std::move(advice.remedy);
  found.changes = std::move(advice.changes);
  return {found};
}

}  // namespace seegrad::observe
