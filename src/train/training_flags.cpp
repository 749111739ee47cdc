// The flags that all training examples share, bound to the options that they fill.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

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
             "auto, fashion-mnist, mnist, digits, or a folder with four IDX files");
  flags.value("--train-samples", "N", "all", "Use the first N training samples", [&o](const std::string& name, const std::string& text) {
    o.train_samples = whole_number_in<std::int64_t>(name, text, {1, std::numeric_limits<std::int32_t>::max()});
  });
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
  Flags flags(example);
  add_network(flags, options);
  add_training(flags, options);
  add_data(flags, options);
  add_output(flags, options);
  flags.footer(
      fmt::format("{1}\n\nExamples:\n  {0} --activation gelu --depth 8 --init auto\n"
                  "  {0} --activation sigmoid --depth 10 --init xavier     gradients vanish\n"
                  "  {0} --optimizer adam --lr 0.03 --depth 4              units die\n"
                  "  {0} --data digits --train-samples 5000 --log-every 1  every step in layers.csv",
                  example.name, activation_names()));
  if (!flags.parse(argc, argv)) return std::nullopt;
  check_together(options);
  return options;
}

}  // namespace seegrad::train
