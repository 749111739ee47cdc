#include "seegrad/train/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/nonlinearity.hpp"
#include "seegrad/record/run_folder.hpp"

namespace seegrad::train {

namespace fs = std::filesystem;

std::vector<std::string> experiments_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  if (error || names.empty()) throw Error(fmt::format("{}: holds no experiments (NAME.json)", folder.string()));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false, quoted = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
      inside = true;
    } else if (c == ' ' && !quoted) {
      if (inside) words.push_back(std::move(word));
      word.clear();
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (quoted) throw UsageError(fmt::format("'{}': a quote has no end", line));
  if (inside) words.push_back(std::move(word));
  return words;
}

std::string line_of(std::span<const std::string> words) {
  std::string line = "./run.sh";
  for (const std::string& word : words) {
    const bool plain = !word.empty() && word.find_first_of(" '\"()*<>&|;$") == std::string::npos;
    line += plain ? " " + word : fmt::format(" '{}'", word);
  }
  return line;
}

std::vector<std::string> with_flags(std::vector<std::string> words, std::span<const std::string> flags) {
  const auto is_flag = [](const std::string& word) { return word.starts_with("--"); };
  for (std::size_t i = 0; i < flags.size();) {
    std::size_t end = i + 1;
    while (end < flags.size() && !is_flag(flags[end])) ++end;
    const auto place = std::find(words.begin(), words.end(), flags[i]);
    const auto values_end = place == words.end() ? place : std::find_if(place + 1, words.end(), is_flag);
    const auto at = words.erase(place, values_end);
    words.insert(at, flags.begin() + static_cast<std::ptrdiff_t>(i), flags.begin() + static_cast<std::ptrdiff_t>(end));
    i = end;
  }
  return words;
}

namespace {

/// The value of --activation; empty without one.
std::string activation_in(const std::vector<std::string>& words) {
  const auto flag = std::find(words.begin(), words.end(), "--activation");
  return flag == words.end() || flag + 1 == words.end() ? "" : *(flag + 1);
}

}  // namespace

void study(Experiment& experiment, const std::string& activation) {
  const std::string studied = activation_in(experiment.runs.front().words);
  const std::vector<std::string> flag{"--activation", activation};
  const std::string from = records::file_name_of(studied);
  const std::string to = records::file_name_of(nn::Nonlinearity::parse(activation).to_string());
  for (ExperimentRun& run : experiment.runs) {
    if (run.timed || activation_in(run.words) != studied) continue;
    run.words = with_flags(run.words, flag);
    for (Claim& claim : experiment.claims)  // lessons call their numbers after the activation: numbers.relu.delta_factor
      claim.left.rename(run.name, from, to), claim.right.rename(run.name, from, to);
  }
}

std::string to_json(const Answer& answer) {
  records::Settings numbers;
  for (const auto& [name, value] : answer.numbers) numbers.push_back({name, value});
  return records::to_json(records::Settings{{"command", answer.command},
                                            {"code", answer.code},
                                            {"seconds", answer.seconds},
                                            {"complaint", answer.complaint},
                                            {"numbers", numbers}});
}

Answer answer_of(std::string_view json, const fs::path& file) {
  Answer answer;
  const auto number = [](const records::Setting& setting) {
    if (const auto* whole = std::get_if<std::int64_t>(&setting.value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&setting.value)) return *real;
    return observe::not_measured;
  };
  for (const records::Setting& setting : records::settings_of(json, file)) {
    const auto* text = std::get_if<std::string>(&setting.value);
    const auto* numbers = std::get_if<records::Settings>(&setting.value);
    if (setting.name == "command" && text) answer.command = *text;
    if (setting.name == "complaint" && text) answer.complaint = *text;
    if (setting.name == "code") answer.code = static_cast<std::int64_t>(number(setting));
    if (setting.name == "seconds") answer.seconds = number(setting);
    if (setting.name == "numbers" && numbers)
      for (const records::Setting& one : *numbers) answer.numbers[one.name] = number(one);
  }
  return answer;
}

}  // namespace seegrad::train
