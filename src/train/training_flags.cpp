// The flags that all training examples share, bound to the options that they fill.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <system_error>

#include "seegrad/train/flags.hpp"
#include "seegrad/train/options.hpp"

namespace seegrad::train {
namespace {

constexpr std::int64_t most = 1000000000;

void add_network(Flags& flags, TrainOptions& o) {
  flags.group("Network");
  flags.parsed("--activation", o.activation, o.activation.to_string(),
               "One of the names below, leaky_relu(0.2), gated(tanh), or a formula: 'x*sigmoid(1.7*x)'", &nn::Nonlinearity::parse,
               "NAME|FORMULA");
  flags.toggle("--activation-per-channel", o.activation_per_channel,
               "What the activation learns (prelu, swish): one value a unit instead of one a layer");
  flags.whole("--depth", o.depth, {0, 1000}, "Hidden layers");
  flags.whole("--width", o.width, {1, 65536}, "Units of each hidden layer");
  std::vector<std::string> names;
  for (const nn::Initializer& rule : nn::Initializer::all()) names.emplace_back(rule.name());
  flags.parsed("--init", o.init, o.init.to_string(), fmt::format("How weights begin: {}", fmt::join(names, ", ")), &nn::Initializer::parse);
  flags.parsed("--normalisation", o.normalisation, std::string(nn::name_of(o.normalisation)), "none, batch or layer",
               &nn::parse_normalisation);
  flags.number("--dropout", o.dropout, below_one, "Share of the activations set to 0 in training");
}

void add_training(Flags& flags, TrainOptions& o) {
  flags.group("Training");
  const auto number = [&](const std::string& flag, std::optional<double>& target, double usual, const Interval& interval,
                          const std::string& help) {
    flags.value(flag, "X", fmt::format("{}", target.value_or(usual)), help,
                [&target, interval](const std::string& name, const std::string& text) { target = number_in(name, text, interval); });
  };
  flags.parsed("--optimizer", o.optimizer, o.optimizer.to_string(), fmt::format("{}", fmt::join(optim::optimizer_names(), ", ")),
               &optim::OptimizerOptions::parse);
  number("--lr", o.learning_rate, o.optimizer.learning_rate, positive, "Learning rate; other optimisers have their own usual one");
  number("--momentum", o.momentum, o.optimizer.momentum, below_one, "Of sgd and rmsprop");
  number("--weight-decay", o.weight_decay, o.optimizer.weight_decay, not_negative, "Pull of weights towards 0");
  flags.parsed("--schedule", o.schedule, o.schedule.to_string(), "constant, step(every, factor) in epochs, cosine",
               &optim::Schedule::parse);
  flags.whole("--warmup", o.warmup, {0, most}, "Steps in which the learning rate rises", "STEPS");
  flags.number("--clip", o.clip, not_negative, "Longest gradient, all layers together; 0 is off");
  flags.whole("--batch", o.batch, {1, 1000000}, "Samples a step");
  flags.whole("--epochs", o.epochs, {1, 1000000}, "Passes over the training samples");
}

void add_data(Flags& flags, TrainOptions& o) {
  flags.group("Data and machine");
  flags.text("--data", "NAME|FOLDER", o.data, "a name or a folder", o.data,
             "auto, fashion-mnist, mnist, digits, or a folder: four IDX files, or CLASS/*.png");
  flags.value("--train-samples", "N", "all", "Use the first N training samples", [&o](const std::string& name, const std::string& text) {
    o.train_samples = whole_number_in<std::int64_t>(name, text, {1, std::numeric_limits<std::int32_t>::max()});
  });
  flags.toggle("--shuffle-labels", o.shuffle_labels, "Train on labels in random order: nothing to learn but by heart");
  flags.whole("--seed", o.seed, {}, "Equal seeds give equal runs");
  flags.device(o.device);
  flags.parsed("--precision", o.precision, std::string(name_of(o.precision)),
               "Of all numbers; tf32 and bf16 of matrix products alone (on a GPU)", &parse_precision, "fp32|fp64|tf32|bf16");
  flags.threads(o.threads);
}

void add_output(Flags& flags, TrainOptions& o) {
  flags.group("Output");
  flags.value("--out", "FOLDER", "runs/<time>-...", "Where the run is recorded", [&o](const std::string& name, const std::string& text) {
    if (text.empty()) refuse(name, text, "needs a folder");
    o.out = text;
  });
  flags.whole("--log-every", o.log_every, {1, most}, "Steps between two rows of steps.csv", "STEPS");
  flags.whole("--checkpoint-every", o.checkpoint_every, {0, most},
              "Steps between checkpoints; 0: at ends of epochs, twice a minute at most", "STEPS");
  flags.value("--resume", "RUN", "", "Go on with a run that was broken off, from its last checkpoint",
              [&o](const std::string& name, const std::string& text) {
                if (text.empty()) refuse(name, text, "needs the folder of a run");
                o.resume = text;
              });
  flags.toggle("--live", o.live, "Redraw the table of layers in place while training");
  flags.toggle("--quiet", o.quiet, "Only the result and the folder");
  flags.toggle("--json", o.json, "Only the summary, as JSON");
}

void check_together(const TrainOptions& options) {
  static_cast<void>(options.optimizer_options());
  const Activation* f = options.activation.function();
  if (options.activation_per_channel && !(f && f->learnable()))
    throw UsageError(fmt::format("--activation-per-channel: {} learns nothing; it goes with prelu, swish and others that do",
                                 options.activation.to_string()));
}

/// What may be given beside --resume; everything else is as the run was begun.
constexpr std::array<std::string_view, 7> beside_resume{"--resume", "--epochs", "--threads", "--checkpoint-every",
                                                        "--live",   "--quiet",  "--json"};

void declare(Flags& flags, TrainOptions& options) {
  add_network(flags, options);
  add_training(flags, options);
  add_data(flags, options);
  add_output(flags, options);
}

std::string resumed_folder(std::span<const char* const> words) {
  constexpr std::string_view flag = "--resume";
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == flag) return i + 1 < words.size() ? words[i + 1] : "";
    if (word.starts_with(flag) && word[flag.size()] == '=') return std::string(word.substr(flag.size() + 1));
  }
  return "";
}

/// The flags that a run was begun with, as words of a command line. The optimiser's text holds its rate, momentum and decay.
std::vector<std::string> words_of(const records::Settings& flags) {
  std::vector<std::string> words;
  for (const records::Setting& flag : flags) {
    if (told_by_optimizer(flag.name) || changes_nothing(flag.name)) continue;
    if (const bool* on = std::get_if<bool>(&flag.value)) {
      if (*on) words.push_back("--" + flag.name);
      continue;
    }
    const std::string value = value_text(flag);
    if (value.empty() || (flag.name == "threads" && value == "0")) continue;
    words.insert(words.end(), {"--" + flag.name, value});
  }
  return words;
}

/// What the run in this folder was begun with, in place of the example's own defaults.
void take_flags_of_run(const std::filesystem::path& run, const Example& example, TrainOptions& options) {
  const std::filesystem::path config = run / "config.json";
  std::error_code ignored;
  if (!std::filesystem::exists(config, ignored)) refuse("--resume", run.string(), "holds no run: there is no config.json in it");
  const records::Settings settings = records::settings_of(records::read_whole_file(config), config);
  for (const records::Setting& setting : settings) {
    const auto* text = std::get_if<std::string>(&setting.value);
    if (setting.name == "example" && text && *text != example.name)
      refuse("--resume", run.string(), fmt::format("is a run of {}; resume it with that program", *text));
    const auto* flags = std::get_if<records::Settings>(&setting.value);
    if (setting.name != "flags" || !flags) continue;
    std::vector<std::string> words = words_of(*flags);
    std::vector<const char*> arguments{example.name.c_str()};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    Flags begun(example);
    declare(begun, options);
    try {
      static_cast<void>(begun.parse(static_cast<int>(arguments.size()), arguments.data()));
    } catch (const UsageError& error) {
      throw Error(fmt::format("{}: {}", config.string(), error.what()));
    }
  }
}

void refuse_beside_resume(std::span<const char* const> words) {
  for (const std::string_view word : words.subspan(1)) {
    const std::string_view flag = word.substr(0, word.find('='));
    if (flag.starts_with("--") && flag != "--help" && std::find(beside_resume.begin(), beside_resume.end(), flag) == beside_resume.end())
      throw UsageError(fmt::format("{}: a run goes on as it was begun; beside --resume there may be {}", flag,
                                   fmt::join(beside_resume.begin() + 1, beside_resume.end(), ", ")));
  }
}

/// "Activations:" and their names in lines that fit a terminal.
std::string activation_names() {
  constexpr std::size_t widest = 100;
  std::string text = "Activations:\n ", line;
  for (const nn::Nonlinearity& f : nn::Nonlinearity::all()) {
    if (line.size() + f.name().size() + 1 > widest) text += line + "\n ", line.clear();
    line += fmt::format(" {}", f.name());
  }
  return text + line;
}

}  // namespace

std::optional<TrainOptions> parse_flags(int argc, const char* const* argv, const Example& example, TrainOptions options) {
  options.usual = std::make_shared<const TrainOptions>(options);
  const std::span words(argv, static_cast<std::size_t>(argc));
  if (const std::string run = resumed_folder(words); !run.empty()) {
    refuse_beside_resume(words);
    take_flags_of_run(run, example, options);
    options.out = run;
  }
  Flags flags(example);
  declare(flags, options);
  if (example.has_quick) flags.toggle("--quick", options.quick, "Less of everything, for a first look");
  flags.footer(
      fmt::format("{1}\n\nExamples:\n  {0} --activation gelu --depth 8 --init auto\n"
                  "  {0} --activation sigmoid --depth 10 --init xavier     gradients vanish\n"
                  "  {0} --optimizer adam --lr 0.03 --depth 4              units die\n"
                  "  {0} --data digits --train-samples 5000 --log-every 1  every step in layers.csv\n"
                  "  {0} --resume runs/20261125-101500-train_mlp-relu      goes on after Ctrl-C",
                  example.name, activation_names()));
  if (!flags.parse(argc, argv)) return std::nullopt;
  check_together(options);
  return options;
}

}  // namespace seegrad::train
