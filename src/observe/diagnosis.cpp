#include "seegrad/observe/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seegrad::observe {
namespace {

using Severity = Diagnosis::Severity;

// Where a symptom becomes a finding.
constexpr double vanishing_factor = 0.6, vanishing_ratio = 1e-3;
constexpr double exploding_factor = 1.5, exploding_ratio = 1e3, violent_update = 0.1;
constexpr std::size_t layers_for_a_fit = 4;
constexpr double units_warn = 0.1, units_fail = 0.5;
constexpr double chance_distance = 0.02;
constexpr std::int64_t chance_window = 50, chance_updates = 500;

using Rows = std::vector<LayerStatistics>;

Rows hidden_layers(std::span<const LayerStatistics> layers) {
  Rows hidden;
  std::copy_if(layers.begin(), layers.end(), std::back_inserter(hidden), [](const LayerStatistics& l) { return !l.activation.empty(); });
  return hidden;
}

std::vector<Evidence> evidence_of_deltas(const Rows& hidden) {
  return {{"delta_factor_a_layer", fitted_delta_factor(hidden)},
          {"delta_rms_first_hidden_layer", hidden.front().delta_rms},
          {"delta_rms_last_hidden_layer", hidden.back().delta_rms},
          {"hidden_layers", static_cast<double>(hidden.size())}};
}

void find_vanishing(const Rows& hidden, std::vector<Diagnosis>& found) {
  if (hidden.size() < 2) return;
  const bool steep = hidden.size() >= layers_for_a_fit && fitted_delta_factor(hidden) < vanishing_factor;
  const bool lost = hidden.front().delta_rms < vanishing_ratio * hidden.back().delta_rms;
  if (!steep && !lost) return;
  found.push_back({"vanishing", lost ? Severity::failure : Severity::warning, hidden.front().layer, evidence_of_deltas(hidden),
                   "try --activation relu with --init he, --init auto (the gain that fits the activation), --normalisation batch, "
                   "or fewer layers"});
}

void find_exploding(const Rows& hidden, std::span<const LayerStatistics> layers, std::vector<Diagnosis>& found) {
  const std::string remedy = "try --init auto, a smaller --lr, or --clip 1";
  if (hidden.size() >= 2) {
    const bool steep = hidden.size() >= layers_for_a_fit && fitted_delta_factor(hidden) > exploding_factor;
    const bool huge = hidden.front().delta_rms > exploding_ratio * hidden.back().delta_rms;
    if (steep || huge)
      found.push_back(
          {"exploding", huge ? Severity::failure : Severity::warning, hidden.front().layer, evidence_of_deltas(hidden), remedy});
  }
  const auto ratio = [](const LayerStatistics& l) { return l.update_ratio > violent_update ? l.update_ratio : 0; };
  const auto worst = std::max_element(layers.begin(), layers.end(), [&](const auto& a, const auto& b) { return ratio(a) < ratio(b); });
  if (worst == layers.end() || ratio(*worst) == 0) return;
  found.push_back({"exploding", Severity::warning, worst->layer, {{"update_ratio", worst->update_ratio}}, remedy});
}

void find_idle_units(const UnitLedger& ledger, std::vector<Diagnosis>& found) {
  for (const LayerUnits& layer : ledger.layers()) {
    const double units = static_cast<double>(layer.units.size());
    if (layer.saturated_share() >= units_warn)
      found.push_back({"saturated",
                       layer.saturated_share() >= units_fail ? Severity::failure : Severity::warning,
                       layer.layer,
                       {{"saturated_units_share", layer.saturated_share()}, {"units", units}},
                       "try --init auto or --normalisation batch, so that pre-activations stay where the slope is, or a smaller --lr"});
    if (layer.dead_share() >= units_warn)
      found.push_back({"dead",
                       layer.dead_share() >= units_fail ? Severity::failure : Severity::warning,
                       layer.layer,
                       {{"dead_units_share", layer.dead_share()},
                        {"units", units},
                        {"born_dead", static_cast<double>(layer.born_dead())},
                        {"deaths", static_cast<double>(layer.deaths())},
                        {"revivals", static_cast<double>(layer.revivals())}},
                       "try a smaller --lr, or an activation with a slope on its left side: --activation leaky_relu, elu or gelu"});
  }
}

void find_chance_level(const ChanceMeter& meter, std::vector<Diagnosis>& found) {
  if (meter.updates_at_chance() < chance_updates) return;
  found.push_back({"chance_level",
                   Severity::failure,
                   0,
                   {{"train_loss", meter.mean_loss()},
                    {"loss_of_guessing", meter.chance_loss()},
                    {"updates", static_cast<double>(meter.updates_at_chance())}},
                   "the network does no better than guessing: look at RMS delta first; try --init auto, another --activation, "
                   "fewer layers or another --lr"});
}

}  // namespace

ChanceMeter::ChanceMeter(std::int64_t classes) : chance_(std::log(static_cast<double>(classes))) {}

void ChanceMeter::add(double loss) {
  ++seen_;
  mean_ += (loss - mean_) / static_cast<double>(std::min(seen_, chance_window));
  // NaN compares false and so never counts as guessing.
  updates_ = std::abs(mean_ - chance_) <= chance_distance ? updates_ + 1 : 0;
}

std::vector<Diagnosis> diagnose(const Symptoms& symptoms) {
  std::vector<Diagnosis> found;
  if (const auto& trouble = symptoms.not_finite)
    found.push_back({"not_finite",
                     Severity::failure,
                     trouble->layer,
                     {{"step", static_cast<double>(trouble->step)}, {"loss", trouble->loss}},
                     "try a smaller --lr, --clip 1, or --init auto"});
  const Rows hidden = hidden_layers(symptoms.layers);
  find_vanishing(hidden, found);
  find_exploding(hidden, symptoms.layers, found);
  if (symptoms.units) find_idle_units(*symptoms.units, found);
  if (symptoms.chance) find_chance_level(*symptoms.chance, found);
  return found;
}

std::string describe(const Diagnosis& diagnosis) {
  std::string line = diagnosis.name;
  if (diagnosis.layer > 0) line += fmt::format(" in layer {}", diagnosis.layer);
  const char* separator = ": ";
  for (const Evidence& evidence : diagnosis.evidence) {
    std::string words = evidence.name;
    std::replace(words.begin(), words.end(), '_', ' ');
    line += fmt::format("{}{} {:.3g}", separator, words, evidence.value);
    separator = ", ";
  }
  return fmt::format("{}; {}", line, diagnosis.remedy);
}

}  // namespace seegrad::observe
