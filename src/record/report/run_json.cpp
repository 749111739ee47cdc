// One of the few sources that include the JSON library, which is slow to compile.
#include "record/report/run_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "record/report/csv_reader.hpp"
#include "record/report/thinning.hpp"
#include "record/utf8.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/math/histogram_bin.hpp"

namespace seegrad::records::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t longest_reason = 200;
constexpr auto any_whole = Whole{std::numeric_limits<std::int64_t>::min()};

/// An object of a file, and the way to it, for messages.
class Object {
 public:
  Object(const Json& json, std::string place) : json_(json), place_(std::move(place)) {
    if (!json_.is_object()) throw Error(fmt::format("{}: expected an object, found {}", place_, found(json_)));
  }

  /// Keys that are missing, or null, leave the target as it is.
  void take(const char* key, bool& target) const {
    if (const Json* value = child(key)) target = is(key, *value, value->is_boolean(), "true or false").get<bool>();
  }
  void take(const char* key, double& target) const {
    if (const Json* value = child(key)) target = is(key, *value, value->is_number(), "a number").get<double>();
  }
  void take(const char* key, std::string& target) const {
    if (const Json* value = child(key)) target = is(key, *value, value->is_string(), "a text").get<std::string>();
  }
  void take(const char* key, std::int64_t& target, Whole range = {}) const {
    if (const Json* value = child(key)) target = whole(key, *value, range);
  }
  void take(const char* key, std::vector<std::int64_t>& target, Whole range = {}) const {
    each(key, [&](const Json& value) { target.push_back(whole(key, value, range)); });
  }

  /// Calls visit(value) for each entry of an array.
  template <class Visit>
  void each(const char* key, Visit visit) const {
    const Json* value = child(key);
    if (!value) return;
    is(key, *value, value->is_array(), "a list");
    for (const Json& item : *value) visit(item);
  }
  /// The entries of an object of numbers, in their order; null is NaN.
  void take(const char* key, std::vector<std::pair<std::string, double>>& target) const {
    const Json* value = child(key);
    if (!value) return;
    is(key, *value, value->is_object(), "an object");
    for (const auto& [name, number] : value->items()) {
      is(key, number, number.is_number() || number.is_null(), "numbers");
      target.emplace_back(name, number.is_null() ? observe::not_measured : number.template get<double>());
    }
  }

  void require(const char* key) const {
    if (!child(key)) throw Error(fmt::format("{}: {}: is missing", place_, key));
  }
  std::string place(const char* key) const { return fmt::format("{}: {}", place_, key); }
  [[noreturn]] void fail(const char* key, std::string_view what) const { throw Error(fmt::format("{}: {}: {}", place_, key, what)); }

 private:
  static std::string found(const Json& json) { return shown(json.dump(-1, ' ', true, Json::error_handler_t::replace)); }

  const Json* child(const char* key) const {
    const auto at = json_.find(key);
    return at == json_.end() || at->is_null() ? nullptr : &*at;
  }
  const Json& is(const char* key, const Json& value, bool right, std::string_view expected) const {
    if (!right) fail(key, fmt::format("expected {}, found {}", expected, found(value)));
    return value;
  }
  std::int64_t whole(const char* key, const Json& value, Whole range) const {
    const bool fits = value.is_number_integer() &&
                      !(value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()});
    const bool inside = fits && value.get<std::int64_t>() >= range.lowest && value.get<std::int64_t>() <= range.highest;
    return is(key, value, inside, "a whole number that makes sense here").get<std::int64_t>();
  }

  const Json& json_;
  std::string place_;
};

/// Whoever goes through a value does so by recursion: nobody shall fill the stack with brackets.
void check_nesting(std::string_view text, const std::string& place) {
  constexpr int deepest = 32;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') ++i;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > deepest) throw Error(fmt::format("{}: expected JSON, found brackets nested more than {} deep", place, deepest));
  }
}

/// With U+FFFD for what is no UTF-8: a text that was cut in the middle of a letter is no reason to show nothing.
std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) append_utf8(valid, next_character(text));
  return valid;
}

Json parsed(std::string_view text, const std::string& place) {
  check_nesting(text, place);
  try {
    return Json::parse(valid_utf8(text));
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{}: expected JSON: {}", place, shown(error.what(), longest_reason)));
  }
}

std::string text_of_file(const fs::path& file) {
  std::error_code trouble;
  const fs::file_status status = fs::status(file, trouble);
  if (!fs::exists(status)) throw Error(fmt::format("{}: is missing", file.string()));
  if (!fs::is_regular_file(status)) throw Error(fmt::format("{}: is not a file", file.string()));
  if (const auto size = fs::file_size(file, trouble); trouble || size > largest_json)
    throw Error(fmt::format("{}: expected at most {} bytes, found {}", file.string(), largest_json, size));
  return read_whole_file(file);
}

Finding finding_of(const Object& object) {
  Finding finding;
  object.take("name", finding.name);
  object.take("severity", finding.severity);
  if (!finding.severity.empty() && finding.severity != "failure" && finding.severity != "warning")
    object.fail("severity", fmt::format("expected failure or warning, found {}", shown(finding.severity)));
  object.take("layers", finding.layers);
  std::int64_t units = -1, since = -1, layer = 0;
  object.take("units", units, any_whole);
  object.take("since", since, any_whole);
  object.take("layer", layer);
  if (finding.layers.empty() && layer > 0) finding.layers.push_back(layer);  // older versions named one
  if (units >= 0) finding.units = units;
  if (since >= 0) finding.since = since;
  object.take("evidence", finding.evidence);
  object.take("what", finding.what);
  object.take("why", finding.why);
  object.take("page", finding.page);
  object.take("remedy", finding.remedy);
  object.take("command", finding.command);
  return finding;
}

/// A line of histograms.jsonl.
struct HistogramLine {
  std::int64_t step = -1, layer = 0;
  std::string tensor;
  Bins bins;
};

HistogramLine histogram_of(std::string_view text, const std::string& place, std::size_t layers) {
  const Json json = parsed(text, place);
  const Object object(json, place);
  for (const char* key : {"step", "layer", "tensor", "first_bin", "counts"}) object.require(key);
  HistogramLine line;
  object.take("step", line.step);
  object.take("layer", line.layer, {1, static_cast<std::int64_t>(layers)});
  object.take("tensor", line.tensor);
  if (line.tensor != "z" && line.tensor != "h" && line.tensor != "delta")
    object.fail("tensor", fmt::format("expected z, h or delta, found {}", shown(line.tensor)));
  object.take("nan", line.bins.nan_count);
  object.take("first_bin", line.bins.first_bin, {0, histogram_bins});
  object.take("counts", line.bins.counts);
  if (line.bins.first_bin + static_cast<std::int64_t>(line.bins.counts.size()) > histogram_bins)
    object.fail("counts", fmt::format("expected no more than {} bins, found {} from bin {}", histogram_bins, line.bins.counts.size(),
                                      line.bins.first_bin));
  return line;
}

/// Calls visit(line) for every line; steps never go back.
template <class Visit>
void for_each_histogram(const fs::path& file, std::size_t layers, bool finished, Visit visit) {
  LineReader reader(file);
  std::int64_t last = 0;
  while (const auto text = reader.next()) {
    if (!reader.whole() && !finished) return;
    HistogramLine line = histogram_of(*text, fmt::format("{}: line {}", file.string(), reader.line()), layers);
    if (line.step < last) reader.fail(fmt::format("step: expected {} or later, found {}", last, line.step));
    last = line.step;
    visit(std::move(line));
  }
}

LayerBins& bins_of(Histograms& all, const HistogramLine& line) {
  const auto same = [&](const LayerBins& bins) { return bins.layer == line.layer && bins.tensor == line.tensor; };
  const auto at = std::find_if(all.layers.begin(), all.layers.end(), same);
  if (at != all.layers.end()) return *at;
  return all.layers.emplace_back(LayerBins{line.layer, line.tensor, std::vector<std::optional<Bins>>(all.steps.size())});
}

}  // namespace

Settings read_config(const fs::path& file) {
  const std::string text = valid_utf8(text_of_file(file));
  check_nesting(text, file.string());
  try {
    return settings_of(text, file);
  } catch (const Error& error) {  // it may quote bytes that are no text
    throw Error(shown(error.what(), file.string().size() + longest_reason));
  }
}

Result read_summary(const fs::path& file) {
  const Json json = parsed(text_of_file(file), file.string());
  const Object object(json, file.string());
  Result result;
  object.take("interrupted", result.interrupted);
  object.take("steps", result.steps);
  object.take("epochs", result.epochs);
  object.take("train_loss", result.train_loss);
  object.take("train_accuracy", result.train_accuracy);
  object.take("test_loss", result.test_loss);
  object.take("test_accuracy", result.test_accuracy);
  object.take("seconds", result.seconds);
  object.take("samples_per_second", result.samples_per_second);
  object.each("layers",
              [&](const Json& layer) { Object(layer, object.place("layers")).take("activation", result.activations.emplace_back()); });
  object.each("diagnoses", [&](const Json& item) { result.findings.push_back(finding_of(Object(item, object.place("diagnoses")))); });
  return result;
}

Histograms read_histograms(const fs::path& file, std::size_t layers, bool finished) {
  std::vector<std::int64_t> steps;
  for_each_histogram(file, layers, finished, [&](const HistogramLine& line) {
    if (steps.empty() || steps.back() != line.step) steps.push_back(line.step);
  });
  Histograms all;
  for (const std::size_t i : evenly_spread(steps.size(), most_histogram_steps)) all.steps.push_back(steps[i]);
  for_each_histogram(file, layers, finished, [&](HistogramLine line) {
    const auto at = std::lower_bound(all.steps.begin(), all.steps.end(), line.step);
    if (at == all.steps.end() || *at != line.step) return;
    bins_of(all, line).at[static_cast<std::size_t>(at - all.steps.begin())] = std::move(line.bins);
  });
  return all;
}

}  // namespace seegrad::records::report
