// The only source that includes the JSON library, which is slow to compile.
#include <cmath>
#include <nlohmann/json.hpp>

#include "seegrad/record/run_folder.hpp"

namespace seegrad::records {
namespace {

using Json = nlohmann::ordered_json;

// The library writes NaN and Inf as null when it dumps.
std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

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

Json object_of(const observe::Diagnosis& diagnosis) {
  Json evidence = Json::object();
  for (const observe::Evidence& e : diagnosis.evidence) evidence[e.name] = e.value;
  return {{"name", diagnosis.name},
          {"severity", diagnosis.severity == observe::Diagnosis::Severity::failure ? "failure" : "warning"},
          {"layer", diagnosis.layer == 0 ? Json() : Json(diagnosis.layer)},
          {"evidence", evidence},
          {"remedy", diagnosis.remedy}};
}

template <class T>
Json array_of(const std::vector<T>& items) {
  Json array = Json::array();
  for (const T& item : items) array.push_back(object_of(item));
  return array;
}

}  // namespace

std::string to_json(const Settings& settings) { return dump(object_of(settings)); }

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
  json["diagnoses"] = array_of(summary.diagnoses);
  return dump(json);
}

}  // namespace seegrad::records
