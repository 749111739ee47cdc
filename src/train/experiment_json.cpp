// What experiments are as JSON: the files of experiments/, what programs print, and what was found. Objects in lists and numbers in lists
// are more than records::Settings holds, so this source knows the JSON library itself.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <set>

#include "record/json_text.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/experiment.hpp"

namespace seegrad::train {
namespace {

using records::Json;

/// Where in the file: its messages begin with file and place.
class Place {
 public:
  Place(std::string path, const Json& json) : path_(std::move(path)), json_(json) {}

  [[noreturn]] void refuse(std::string_view reason) const { throw Error(fmt::format("{}: {}", path_, reason)); }

  Place at(const std::string& key) const {
    if (!json_.is_object()) refuse("an object was expected");
    if (!json_.contains(key)) refuse(fmt::format("\"{}\" is missing", key));
    return {path_ + (path_.ends_with(": ") ? "" : ".") + key, json_.at(key)};
  }
  void only(const std::set<std::string>& keys) const {
    if (!json_.is_object()) refuse("an object was expected");
    for (const auto& [key, value] : json_.items())
      if (!keys.contains(key))
        refuse(fmt::format("\"{}\" is no key here{}", key, suggestion(key, std::vector<std::string>(keys.begin(), keys.end()))));
  }
  bool has(const std::string& key) const { return json_.contains(key); }
  std::string text() const {
    if (!json_.is_string() || json_.get<std::string>().empty()) refuse("a text was expected");
    return json_.get<std::string>();
  }
  double number() const {
    if (!json_.is_number()) refuse("a number was expected");
    return json_.get<double>();
  }
  std::vector<Place> elements() const {
    if (!json_.is_array()) refuse("a list was expected");
    std::vector<Place> all;
    for (std::size_t i = 0; i < json_.size(); ++i) all.emplace_back(fmt::format("{}[{}]", path_, i), json_[i]);
    return all;
  }
  const Json& json() const { return json_; }

  /// What `read` makes of it; a UsageError gets the place in front.
  template <class Read>
  auto read(Read read) const {
    try {
      return read();
    } catch (const UsageError& error) {
      refuse(error.what());
    }
  }

 private:
  std::string path_;
  const Json& json_;
};

Side side_of(const Place& place) {
  if (place.json().is_number()) return place.number();
  return place.read([&] { return Side(place.text()); });
}

Claim claim_of(const Place& place, const std::vector<ExperimentRun>& runs) {
  place.only({"says", "expected", "left", "is", "right", "known_not_to_hold_here"});
  Claim claim;
  claim.says = place.at("says").text();
  claim.expected = place.at("expected").text();
  claim.left = side_of(place.at("left"));
  const Place relation = place.at("is");
  claim.relation = relation.read([&] { return parse_relation(relation.text()); });
  if (claim.relation == Claim::Relation::between) {
    const std::vector<Place> ends = place.at("right").elements();
    if (ends.size() != 2) place.at("right").refuse("two numbers were expected: [0.2, 0.3]");
    claim.low = ends[0].number();
    claim.high = ends[1].number();
    if (!(claim.low <= claim.high)) place.at("right").refuse("the lower number comes first");
  } else {
    claim.right = side_of(place.at("right"));
  }
  if (place.has("known_not_to_hold_here")) claim.known_not_to_hold = place.at("known_not_to_hold_here").text();
  std::vector<std::string> names;
  names.reserve(runs.size());
  for (const ExperimentRun& run : runs) names.push_back(run.name);
  for (const auto& [key, side] : {std::pair{"left", &claim.left}, std::pair{"right", &claim.right}})
    for (const std::string& name : side->runs())
      if (std::find(names.begin(), names.end(), name) == names.end())
        place.at(key).refuse(fmt::format("there is no run '{}'{}", name, suggestion(name, names)));
  return claim;
}

std::vector<ExperimentRun> runs_of(const Place& place) {
  std::vector<ExperimentRun> runs;
  const Place all = place.at("runs");
  if (!all.json().is_object() || all.json().empty()) all.refuse(R"(an object was expected: {"relu": "train_mlp --activation relu"})");
  std::set<std::string> timed;
  if (place.has("timed"))
    for (const Place& name : place.at("timed").elements()) timed.insert(name.text());
  const bool quick = place.has("quick"), quick_by_run = quick && place.json().at("quick").is_object();
  for (const auto& [name, line] : all.json().items()) {
    const Place here = all.at(name);
    ExperimentRun run{.name = name, .words = here.read([&] { return words_of(here.text()); }), .quick = {}, .timed = timed.contains(name)};
    if (name.find_first_of(": ()") != std::string::npos) here.refuse("the name of a run has no blanks, colons or brackets");
    if (run.words.empty() || run.words.front().find('/') != std::string::npos || run.words.front().starts_with('-'))
      here.refuse("must begin with the name of a program");
    if (quick_by_run && place.at("quick").has(name)) run.quick = words_of(place.at("quick").at(name).text());
    if (quick && !quick_by_run) run.quick = words_of(place.at("quick").text());
    runs.push_back(std::move(run));
  }
  return runs;
}

void gather(const std::string& place, const Json& json, Numbers& numbers) {
  const std::string prefix = place.empty() ? "" : place + ".";
  if (json.is_number() || json.is_boolean() || json.is_null()) {
    numbers.emplace(place, json.is_null()      ? std::numeric_limits<double>::quiet_NaN()
                           : json.is_boolean() ? (json.get<bool>() ? 1.0 : 0.0)
                                               : json.get<double>());
  } else if (json.is_object()) {
    for (const auto& [key, value] : json.items()) gather(prefix + key, value, numbers);
  } else if (json.is_array()) {
    numbers.emplace(prefix + "count", static_cast<double>(json.size()));
    for (std::size_t i = 0; i < json.size(); ++i) {
      gather(prefix + std::to_string(i), json[i], numbers);
      gather(fmt::format("{}-{}", prefix, json.size() - i), json[i], numbers);
      const bool named = json[i].is_object() && json[i].contains("name") && json[i]["name"].is_string();
      const std::string name = named ? json[i]["name"].get<std::string>() : "";
      if (name.find_first_not_of("0123456789") != std::string::npos) gather(prefix + name, json[i], numbers);
    }
  }
}

Json list_of(const std::vector<double>& numbers) {
  Json list = Json::array();
  for (const double x : numbers) list.push_back(x);
  return list;
}

Json object_of(const JudgedClaim& judged) {
  std::vector<double> left, right;
  Json seeds = Json::array(), holds = Json::array();
  for (const Sample& s : judged.samples) {
    seeds.push_back(s.seed);
    holds.push_back(s.holds);
    left.push_back(s.left);
    right.push_back(s.right);
  }
  Json json{{"says", judged.claim.says},
            {"expected", judged.claim.expected},
            {"is", relation_text(judged.claim)},
            {"verdict", name_of(judged.verdict())},
            {"held", judged.held()},
            {"judged", judged.samples.size()},
            {"seeds", seeds},
            {"holds", holds},
            {"left", list_of(left)},
            {"left_mean", spread_of(left).mean},
            {"left_deviation", spread_of(left).deviation},
            {"right", list_of(right)},
            {"missing", judged.missing}};
  if (!judged.claim.known_not_to_hold.empty()) json["known_not_to_hold_here"] = judged.claim.known_not_to_hold;
  return json;
}

}  // namespace

Experiment read_experiment(const std::filesystem::path& file) {
  Json json;
  try {
    json = Json::parse(records::read_whole_file(file));
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{}: is not JSON: {}", file.string(), error.what()));
  }
  const Place place(file.string() + ": ", json);
  place.only({"title", "source", "says", "runs", "quick", "timed", "claims"});
  Experiment experiment{.name = file.stem().string(),
                        .title = place.at("title").text(),
                        .source = place.at("source").text(),
                        .says = place.at("says").text(),
                        .runs = runs_of(place),
                        .claims = {}};
  for (const Place& claim : place.at("claims").elements()) experiment.claims.push_back(claim_of(claim, experiment.runs));
  if (experiment.claims.empty()) place.at("claims").refuse("at least one claim was expected");
  return experiment;
}

Numbers numbers_of(std::string_view json) {
  Numbers numbers;
  try {
    gather("", Json::parse(json), numbers);
  } catch (const Json::exception& error) {
    throw Error(fmt::format("is not JSON: {}", error.what()));
  }
  return numbers;
}

std::string to_json(std::span<const JudgedExperiment> experiments) {
  Json list = Json::array();
  for (const JudgedExperiment& judged : experiments) {
    Json claims = Json::array(), runs = Json::object();
    for (const JudgedClaim& claim : judged.claims) claims.push_back(object_of(claim));
    for (const ExperimentRun& run : judged.experiment.runs) runs[run.name] = line_of(run.words);
    list.push_back({{"name", judged.experiment.name},
                    {"title", judged.experiment.title},
                    {"source", judged.experiment.source},
                    {"verdict", name_of(judged.verdict())},
                    {"runs", runs},
                    {"claims", claims},
                    {"troubles", judged.troubles}});
  }
  return records::dump(Json{{"experiments", list}});
}

}  // namespace seegrad::train
