// One of the few sources that include the JSON library, which is slow to compile. The keys are what src/record/report/page/*.js read.
#include "record/report/page_json.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "record/report/activation_facts.hpp"
#include "record/report/base64.hpp"
#include "record/report/comparison.hpp"
#include "record/report/thinning.hpp"
#include "seegrad/observe/signal_theory.hpp"
#include "seegrad/version.hpp"

namespace seegrad::records::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_points = 4000;

/// Four significant digits; the library then writes as few as read back to the same.
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::rint(value) && std::fabs(value) < 1e4) return static_cast<std::int64_t>(value);
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, 3);
  double rounded = 0;
  std::from_chars(text.data(), written.ptr, rounded);
  return rounded;
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

template <class T>
Json rows_of(const std::vector<T>& values, const std::vector<std::size_t>& rows) {
  Json list = Json::array();
  for (const std::size_t row : rows) {
    if constexpr (std::is_same_v<T, double>)
      list.push_back(number(values[row]));
    else
      list.push_back(values[row]);
  }
  return list;
}

Json picture(const std::string& png) { return png.empty() ? Json() : Json("data:image/png;base64," + base64(png)); }

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json json_of(const Settings& settings);
Json json_of(const Setting& setting) {
  return std::visit(
      [](const auto& value) -> Json {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, Settings>)
          return json_of(value);
        else if constexpr (std::is_same_v<Value, double>)
          return std::isfinite(value) ? Json(value) : Json();
        else
          return value;
      },
      setting.value);
}
Json json_of(const Settings& settings) {
  Json object = Json::object();
  for (const Setting& setting : settings) object[setting.name] = json_of(setting);
  return object;
}

Json about(const Run& run) {
  static const Settings nothing;
  const auto copied = [](const Settings& from, std::string_view name) {
    for (const Setting& s : from)
      if (s.name == name) return json_of(s);
    return Json();
  };
  const Settings* described = setting<Settings>(run.config, "data");
  const Settings& data = described ? *described : nothing;
  return {{"example", copied(run.config, "example")},
          {"version", copied(run.config, "version")},
          {"device", copied(run.config, "device")},
          {"threads", copied(run.config, "threads")},
          {"network", copied(run.config, "network")},
          {"parameters", copied(run.config, "parameters")},
          {"data", copied(data, "name")},
          {"data_note", copied(data, "note")},
          {"train_samples", copied(data, "train_samples")},
          {"test_samples", copied(data, "test_samples")},
          {"classes", copied(data, "classes")}};
}

Json json_of(const Result& r) {
  return {{"interrupted", r.interrupted},
          {"steps", r.steps},
          {"epochs", r.epochs},
          {"train_loss", number(r.train_loss)},
          {"train_accuracy", number(r.train_accuracy)},
          {"test_loss", number(r.test_loss)},
          {"test_accuracy", number(r.test_accuracy)},
          {"seconds", number(r.seconds)},
          {"samples_per_second", number(r.samples_per_second)}};
}

Json json_of(const Finding& f) {
  Json evidence = Json::object();
  for (const auto& [name, value] : f.evidence) evidence[name] = number(value);
  return {{"name", f.name},
          {"severity", f.severity.empty() ? "warning" : f.severity},
          {"layers", f.layers},
          {"units", or_null(f.units)},
          {"since", or_null(f.since)},
          {"evidence", evidence},
          {"what", f.what},
          {"why", f.why},
          {"page", f.page},
          {"remedy", f.remedy},
          {"command", f.command}};
}

Json findings_of(const Run& run) {
  Json list = Json::array();
  if (run.result)
    for (const Finding& finding : run.result->findings) list.push_back(json_of(finding));
  return list;
}

Json json_of(const StepTable& t) {
  const std::array<std::vector<double>, 3> curves{t.train_loss, t.train_accuracy, t.learning_rate};
  const std::vector<std::size_t> rows = telling_rows(curves, most_points);
  return {{"step", rows_of(t.step, rows)},
          {"train_loss", rows_of(t.train_loss, rows)},
          {"train_accuracy", rows_of(t.train_accuracy, rows)},
          {"learning_rate", rows_of(t.learning_rate, rows)}};
}

Json json_of(const EpochTable& t) {
  const std::array<std::vector<double>, 3> curves{t.train_loss, t.test_loss, t.test_accuracy};
  const std::vector<std::size_t> rows = telling_rows(curves, most_points);
  return {{"epoch", rows_of(t.epoch, rows)},
          {"step", rows_of(t.last_step, rows)},
          {"train_loss", rows_of(t.train_loss, rows)},
          {"test_loss", rows_of(t.test_loss, rows)},
          {"test_accuracy", rows_of(t.test_accuracy, rows)}};
}

Json layers_of(const LayerTable& table) {
  Json list = Json::array();
  for (const observe::LayerStatistics& layer : table.first)
    list.push_back({{"layer", layer.layer}, {"name", layer.name}, {"units", layer.units}, {"activation", layer.activation}});
  return list;
}

Json json_of(const LayerGrid& grid) {
  Json metrics = Json::object();
  for (std::size_t m = 0; m < grid_metrics.size(); ++m) {
    Json rows = Json::array();
    for (const std::vector<double>& row : grid.metrics[m]) rows.push_back(numbers(row));
    metrics[std::string(grid_metrics[m])] = std::move(rows);
  }
  return {{"step", grid.step}, {"thinned", grid.thinned}, {"logged", grid.logged}, {"metrics", std::move(metrics)}};
}

/// Theory speaks of plain networks: no normalisation, no dropout, biases of 0, one elementwise activation behind every hidden layer.
Json theory_of(const Run& run, const std::optional<Activation>& activation) {
  const std::vector<observe::LayerStatistics>& layers = run.layers.first;
  const Settings& flags = flags_of(run);
  const double* dropout = setting<double>(flags, "dropout");
  const std::string normalisation = text_of(flags, "normalisation");
  const bool plain =
      (normalisation.empty() || normalisation == "none") && (!dropout || *dropout == 0) && !text_of(flags, "init").starts_with("pytorch");
  if (!activation || !plain || layers.size() < 2 || layers.front().step != 0 || !layers.back().activation.empty()) return nullptr;
  for (std::size_t i = 0; i + 1 < layers.size(); ++i)
    if (elementwise(layers[i].activation) != activation) return nullptr;
  const auto theory = observe::signal_theory(*activation, layers);
  if (!theory) return nullptr;
  return {{"delta_rms", numbers(theory->delta_rms)},
          {"z_std", numbers(theory->z_std)},
          {"factor", number(theory->factor)},
          {"measured_factor", number(observe::delta_factor(layers))}};
}

Json json_of(const Histograms& histograms) {
  Json layers = Json::array();
  for (const LayerBins& layer : histograms.layers) {
    Json at = Json::array();
    for (const std::optional<Bins>& bins : layer.at)
      at.push_back(bins ? Json::array({bins->first_bin, bins->counts, bins->nan_count}) : Json());
    layers.push_back({{"layer", layer.layer}, {"tensor", layer.tensor}, {"at", std::move(at)}});
  }
  return {{"steps", histograms.steps}, {"layers", std::move(layers)}};
}

Json json_of(const std::optional<Activation>& activation) {
  if (!activation) return nullptr;
  const ActivationFacts facts = facts_of(*activation);
  Json card = Json::array();
  for (const auto& [name, text] : facts.card) card.push_back(Json::array({name, text}));
  return {{"name", facts.name},    {"formula", facts.formula}, {"card", card},
          {"x", numbers(facts.x)}, {"f", numbers(facts.f)},    {"df", numbers(facts.df)}};
}

Json units_of(const Run& run) {
  Json layers = Json::array();
  for (std::size_t i = 0; i < run.units.layers.size(); ++i) {
    const observe::LayerStatistics& layer = run.layers.first[i];
    if (layer.activation.empty() && run.units.layers[i].empty()) continue;
    Json changes = Json::array();
    for (const UnitChange& change : run.units.layers[i]) changes.push_back(Json::array({change.step, change.unit, change.state}));
    layers.push_back({{"layer", layer.layer}, {"units", layer.units}, {"changes", std::move(changes)}});
  }
  return {{"probes", run.units.probes}, {"cut", or_null(run.units.cut)}, {"layers", std::move(layers)}};
}

Json json_of(const std::optional<WeightPicture>& w) {
  if (!w) return nullptr;
  return {{"image", picture(w->png)}, {"tile", w->tile}, {"columns", w->columns},
          {"shown", w->shown},        {"of", w->of},     {"scale", number(w->scale)}};
}

Json mistakes_of(const Run& run) {
  if (!run.mistakes) return nullptr;
  Json items = Json::array();
  for (const Mistake& item : run.mistakes->items)
    items.push_back({{"sample", item.sample}, {"label", item.label}, {"predicted", item.predicted}, {"scores", numbers(item.scores)}});
  const Settings* data = setting<Settings>(run.config, "data");
  const std::int64_t* of = data ? setting<std::int64_t>(*data, "test_samples") : nullptr;
  Json wrong;
  if (of && run.result && std::isfinite(run.result->test_accuracy))
    wrong = std::llround((1 - run.result->test_accuracy) * static_cast<double>(*of));
  return {{"image", picture(run.mistakes->png)}, {"tile", run.mistakes->tile}, {"columns", run.mistakes->columns}, {"wrong", wrong},
          {"of", of ? Json(*of) : Json()},       {"items", std::move(items)}};
}

Json json_of(const Run& run) {
  const std::optional<Activation> activation = elementwise(text_of(flags_of(run), "activation"));
  Json object = Json::object();
  object["name"] = run.name;
  object["folder"] = run.folder.string();
  object["command"] = text_of(run.config, "command");
  object["config"] = json_of(flags_of(run));
  object["about"] = about(run);
  object["result"] = run.result ? json_of(*run.result) : Json();
  object["diagnoses"] = findings_of(run);
  object["steps"] = json_of(run.steps);
  object["epochs"] = json_of(run.epochs);
  object["layers"] = layers_of(run.layers);
  object["grid"] = json_of(run.layers.grid);
  object["theory"] = theory_of(run, activation);
  object["histograms"] = json_of(run.histograms);
  object["activation"] = json_of(activation);
  object["units"] = units_of(run);
  object["weights"] = json_of(run.weights);
  object["mistakes"] = mistakes_of(run);
  return object;
}

Json comparison_of(std::span<const Run> runs) {
  if (runs.size() < 2) return nullptr;
  Json part;
  if (const std::optional<Parting> parting = parting_of(runs))
    part = {{"step", parting->step}, {"layer", or_null(parting->layer)},   {"metric", parting->metric},
            {"runs", parting->runs}, {"values", numbers(parting->values)}, {"sentence", parting->sentence}};
  return {{"differs", differing_flags(runs)}, {"part", part}};
}

}  // namespace

std::string page_json(std::span<const Run> runs) {
  Json list = Json::array();
  for (const Run& run : runs) list.push_back(json_of(run));
  const Json all{{"version", std::string(version)}, {"runs", std::move(list)}, {"comparison", comparison_of(runs)}};
  const std::string text = all.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) c == '<' ? safe += "\\u003c" : safe += c;  // '<' stands in texts only: no "</script", no "<!--"
  return safe;
}

}  // namespace seegrad::records::report
