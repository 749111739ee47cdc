#include "observe/rules/rule.hpp"

#include <fmt/format.h>

#include <array>

namespace seegrad::observe {
namespace {

constexpr std::int64_t looks_wanted = 3, share_of_looks = 10;
constexpr double healthy_update = 0.05, huge_update = 0.5;

bool one_of(std::string_view text, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

/// One significant digit: 0.0437 -> 0.04.
double rounded(double value) {
  const double unit = std::pow(10.0, std::floor(std::log10(value)));
  return std::round(value / unit) * unit;
}

}  // namespace

void Spell::look(std::int64_t step, bool holds) {
  ++looks;
  if (holds && held == 0) since = step;
  held = holds ? held + 1 : 0;
  if (!holds) since = -1;
}

bool Spell::lasts() const { return held > 0 && held >= std::min(looks, std::max(looks_wanted, looks / share_of_looks)); }

double NumberReader::next() {
  if (rest_.empty()) return 0;
  const double number = rest_.front();
  rest_ = rest_.subspan(1);
  return number;
}

std::vector<LayerStatistics> hidden_layers(Rows rows) {
  std::vector<LayerStatistics> hidden;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(hidden), [](const LayerStatistics& row) { return !row.activation.empty(); });
  return hidden;
}

std::string layer_words(const std::vector<std::int64_t>& layers) {
  if (layers.empty()) return "the network";
  if (layers.size() == 1) return fmt::format("layer {}", layers.front());
  if (layers.back() - layers.front() + 1 == static_cast<std::int64_t>(layers.size()) && layers.size() > 2)
    return fmt::format("layers {}-{}", layers.front(), layers.back());
  std::string words = "layers ";
  for (std::size_t i = 0; i < layers.size(); ++i)
    words += fmt::format("{}{}", i == 0 ? "" : i + 1 == layers.size() ? " and " : ", ", layers[i]);
  return words;
}

double ratio_of(std::int64_t part, std::int64_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

std::string_view name_part(std::string_view text) { return text.substr(0, text.find('(')); }

std::vector<Change> smaller_learning_rate(const RunFacts& facts, double update_ratio) {
  if (!(facts.learning_rate > 0)) return {};
  const double shrink = update_ratio > huge_update ? std::min(0.1, healthy_update / update_ratio) : 0.1;
  return {{"lr", fmt::format("{:.6g}", rounded(facts.learning_rate * shrink))}};
}

Advice keep_the_gradient(const RunFacts& facts) {
  // No weights can make up for an activation whose slope is small or zero nearly everywhere.
  constexpr std::array<std::string_view, 8> flat{"sigmoid", "hardsigmoid", "step",        "sign",
                                                 "softmax", "softmin",     "log_sigmoid", "threshold"};
  const std::string_view name = name_part(facts.activation);
  if ((name == "step" || name == "sign") && facts.activation.find("ste=1") == std::string::npos)  // 0 wherever it is met
    return {"let the gradient pass as if the slope were 1 (a straight-through estimator)",
            {{"activation", fmt::format("{}(ste=1)", name)}}};
  const bool normalised = !facts.normalisation.empty() && facts.normalisation != "none";
  const bool is_flat = one_of(name, flat);
  if (!is_flat && facts.init != "auto")
    return {"start from weights whose spread fits the activation and the number of inputs", {{"init", "auto"}}};
  if (!normalised)
    return {"normalise what goes into each activation, so that it meets the activation where that is steep", {{"normalisation", "batch"}}};
  if (facts.activation != "relu") return {"use an activation with slope 1 on one side", {{"activation", "relu"}, {"init", "auto"}}};
  if (facts.depth > 3) return {"use fewer layers", {{"depth", fmt::format("{}", std::max<std::int64_t>(3, facts.depth / 2))}}};
  return {"use fewer layers", {}};
}

}  // namespace seegrad::observe
