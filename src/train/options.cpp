#include "seegrad/train/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <type_traits>
#include <vector>

#include "seegrad/math/error.hpp"

namespace seegrad::train {
namespace {

const std::vector<std::string>& precisions() {
  static const std::vector<std::string> names{"fp32", "fp64", "tf32", "bf16"};  // in the order of Precision
  return names;
}

bool is_among(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// In quotes unless no shell would read anything into it.
std::string for_a_shell(const std::string& word) {
  constexpr std::string_view harmless = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./:,@%";
  if (word.find_first_not_of(harmless) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

Precision parse_precision(std::string_view text) {
  const auto found = std::find(precisions().begin(), precisions().end(), text);
  if (found == precisions().end())
    throw UsageError(fmt::format("must be one of {}{}", fmt::join(precisions(), ", "), suggestion(text, precisions())));
  return static_cast<Precision>(found - precisions().begin());
}

std::string_view name_of(Precision precision) { return precisions()[static_cast<std::size_t>(precision)]; }

optim::OptimizerOptions TrainOptions::optimizer_options() const {
  optim::OptimizerOptions chosen = optimizer;
  if (momentum && chosen.name != "sgd" && chosen.name != "rmsprop")
    throw UsageError(fmt::format("--momentum {}: {} has no momentum; it goes with --optimizer sgd or rmsprop", *momentum, chosen.name));
  if (learning_rate) chosen.learning_rate = *learning_rate;
  if (momentum) chosen.momentum = *momentum;
  if (weight_decay) chosen.weight_decay = *weight_decay;
  chosen.check();
  return chosen;
}

optim::Schedule TrainOptions::full_schedule() const { return warmup == 0 ? schedule : schedule.with_warmup(warmup); }

records::Settings TrainOptions::settings() const {
  using Text = std::string;
  const optim::OptimizerOptions chosen = optimizer_options();
  records::Settings list{{"activation", activation.to_string()},
                         {"activation-per-channel", activation_per_channel},
                         {"depth", depth},
                         {"width", width},
                         {"init", init.to_string()},
                         {"normalisation", Text(nn::name_of(normalisation))},
                         {"dropout", dropout},
                         {"optimizer", chosen.to_string()},
                         {"lr", chosen.learning_rate},
                         {"momentum", chosen.momentum},
                         {"weight-decay", chosen.weight_decay},
                         {"schedule", schedule.to_string()},
                         {"warmup", full_schedule().warmup_steps()},
                         {"clip", clip},
                         {"batch", batch},
                         {"epochs", epochs},
                         {"data", data},
                         {"shuffle-labels", shuffle_labels}};
  if (train_samples) list.push_back({"train-samples", *train_samples});
  if (quick) list.push_back({"quick", quick});
  const records::Settings rest{{"seed", seed},
                               {"device", device},
                               {"precision", Text(name_of(precision))},
                               {"threads", std::int64_t{threads}},
                               {"out", out.string()},
                               {"log-every", log_every},
                               {"checkpoint-every", checkpoint_every},
                               {"resume", resume.string()},
                               {"live", live},
                               {"quiet", quiet},
                               {"json", json}};
  list.insert(list.end(), rest.begin(), rest.end());
  return list;
}

bool told_by_optimizer(std::string_view flag) { return is_among(flag, {"lr", "momentum", "weight-decay"}); }
bool changes_nothing(std::string_view flag) { return is_among(flag, {"out", "checkpoint-every", "resume", "live", "quiet", "json"}); }

std::string value_text(const records::Setting& setting) {
  return std::visit(
      [](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::string>)
          return value;
        else if constexpr (std::is_same_v<Value, bool> || !std::is_arithmetic_v<Value>)
          return "";
        else
          return fmt::format("{}", value);
      },
      setting.value);
}

namespace {

/// The flags that decide what a run computes, where they differ from the example's usual ones; not where it is written nor how it is shown.
std::vector<observe::Change> telling_flags(const TrainOptions& options) {
  static const TrainOptions library_defaults;
  const TrainOptions& usual = options.usual ? *options.usual : library_defaults;
  std::vector<observe::Change> flags;
  const records::Settings there = options.settings(), here = usual.settings();
  for (const records::Setting& setting : there) {
    const bool of_optimizer = setting.name == "optimizer" || told_by_optimizer(setting.name);  // as they were given, below
    const auto same = std::find_if(here.begin(), here.end(), [&](const records::Setting& s) { return s.name == setting.name; });
    if (of_optimizer || changes_nothing(setting.name) || (same != here.end() && same->value == setting.value)) continue;
    flags.push_back({setting.name, value_text(setting)});
  }
  if (!(options.optimizer == usual.optimizer)) flags.push_back({"optimizer", options.optimizer.to_string()});
  const auto add = [&](const char* name, const std::optional<double>& value, const std::optional<double>& other) {
    if (value && value != other) flags.push_back({name, fmt::format("{}", *value)});
  };
  add("lr", options.learning_rate, usual.learning_rate);
  add("momentum", options.momentum, usual.momentum);
  add("weight-decay", options.weight_decay, usual.weight_decay);
  return flags;
}

}  // namespace

std::string command_line(const Example& example, const TrainOptions& options, std::span<const observe::Change> changes) {
  std::vector<observe::Change> flags = telling_flags(options);
  for (const observe::Change& change : changes) {
    const auto same = std::find_if(flags.begin(), flags.end(), [&](const observe::Change& flag) { return flag.flag == change.flag; });
    if (same != flags.end())
      *same = change;
    else
      flags.push_back(change);
  }
  std::string line = "./run.sh " + example.name;
  for (const auto& [name, value] : flags) line += fmt::format(" --{}{}{}", name, value.empty() ? "" : " ", for_a_shell(value));
  return line;
}

}  // namespace seegrad::train
