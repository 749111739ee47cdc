// Run folders as JSON: config.json and summary.json.
#include <cmath>
#include <cstdint>
#include <limits>

#include "json_text.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/record/run_folder.hpp"

namespace seegrad::records {
namespace {

Json object_of(const Settings& settings) {
  Json object = Json::object();
  for (const Setting& setting : settings) {
    object[setting.name] = std::visit(
        [](const auto& value) -> Json {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Settings>)
            return object_of(value);
          else
            return value;
        },
        setting.value);
  }
  return object;
}

Json object_of(const observe::LayerStatistics& layer) {
  Json object = Json::object();
  observe::for_each_column(layer, [&](const char* name, const auto& value) { object[name] = value; });
  object["activation"] = layer.activation;
  return object;
}

Json object_of(const observe::LayerUnits& layer) {
  return {{"layer", layer.layer},           {"name", layer.name},
          {"units", layer.units.size()},    {"dead", layer.dead()},
          {"saturated", layer.saturated()}, {"born_dead", layer.born_dead()},
          {"deaths", layer.deaths()},       {"revivals", layer.revivals()}};
}

Json object_of(const Finding& finding) {
  const observe::Diagnosis& diagnosis = finding.diagnosis;
  Json evidence = Json::object();
  for (const observe::Evidence& e : diagnosis.evidence) evidence[e.name] = e.value;
  return {{"name", diagnosis.name},
          {"severity", diagnosis.severity == observe::Diagnosis::Severity::failure ? "failure" : "warning"},
          {"layer", diagnosis.layers.empty() ? Json() : Json(diagnosis.layer())},
          {"layers", diagnosis.layers},
          {"units", diagnosis.units == 0 ? Json() : Json(diagnosis.units)},
          {"since", diagnosis.since < 0 ? Json() : Json(diagnosis.since)},
          {"evidence", evidence},
          {"what", diagnosis.what},
          {"why", diagnosis.why},
          {"page", diagnosis.page},
          {"remedy", diagnosis.remedy},
          {"command", finding.command}};
}

template <class T>
Json array_of(const std::vector<T>& items) {
  Json array = Json::array();
  for (const T& item : items) array.push_back(object_of(item));
  return array;
}

}  // namespace

std::string to_json(const Settings& settings) { return dump(object_of(settings)); }

namespace {

Settings settings_of(const Json& object);

/// Throws what() as text when there is no such setting.
decltype(Setting::value) value_of(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return json.get<std::uint64_t>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_null()) return observe::not_measured;
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) return json.get<std::vector<std::string>>();
  return settings_of(json);
}

Settings settings_of(const Json& object) {
  Settings settings;
  for (const auto& [name, value] : object.items()) settings.push_back({name, value_of(value)});
  return settings;
}

}  // namespace

Settings settings_of(std::string_view json, const std::filesystem::path& file) {
  try {
    const Json object = Json::parse(json);
    if (!object.is_object()) throw Error(file.string() + ": holds no settings: a JSON object was expected");
    return settings_of(object);
  } catch (const Json::exception& error) {
    throw Error(file.string() + ": holds no settings: " + error.what());
  }
}

std::string to_json(const Summary& summary) {
  Json json = Json::object();
  json["example"] = summary.example;
  json["data"] = summary.data;
  json["device"] = summary.device;
  json["interrupted"] = summary.interrupted;
  json["epochs"] = summary.epochs;
  json["steps"] = summary.steps;
  json["parameters"] = summary.parameters;
  json["train_loss"] = summary.train_loss;
  json["train_accuracy"] = summary.train_accuracy;
  json["test_loss"] = summary.test_loss;
  json["test_accuracy"] = summary.test_accuracy;
  json["seconds"] = summary.seconds;
  json["samples_per_second"] = summary.samples_per_second;
  json["delta_factor"] = observe::delta_factor(summary.layers);
  json["layers"] = array_of(summary.layers);
  json["units"] = array_of(summary.units);
  json["diagnoses"] = array_of(summary.findings);
  return dump(json);
}

}  // namespace seegrad::records
