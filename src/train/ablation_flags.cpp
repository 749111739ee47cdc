// The command line of an ablation.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "seegrad/activation/name_list.hpp"
#include "seegrad/train/ablation.hpp"

namespace seegrad::train {
namespace {

using Words = std::vector<std::string>;

/// The words of a list, each as `read` prints it, once.
template <class Read>
auto list_of(Read read) {
  return [read](const std::string& text) {
    Words list;
    for (const std::string& word : names_in(text))
      if (const std::string known = read(word); std::find(list.begin(), list.end(), known) == list.end()) list.push_back(known);
    return list;
  };
}

/// A list of what a type reads.
template <class Read>
void list(Flags& flags, const char* flag, Words& target, const char* help, Read read) {
  const auto printed = [read](const std::string& word) { return read(word).to_string(); };
  flags.parsed(flag, target, fmt::format("{}", fmt::join(target, ",")), help, list_of(printed), "A,B,...");
}

void grid_flags(Flags& flags, AblationOptions& wishes) {
  flags.group("Grid").parsed("--activation", wishes.studied, wishes.studied.to_string(), "The one under study; a name or a formula",
                             &nn::Nonlinearity::parse, "NAME|FORMULA");
  list(flags, "--activations", wishes.activations, "Those that it is compared with", &nn::Nonlinearity::parse);
  flags.value("--depths", "N,N,...", fmt::format("{}", fmt::join(wishes.depths, ",")), "Hidden layers",
              [&](const std::string& flag, const std::string& text) {
                const auto depth = [&](const std::string& s) { return std::to_string(whole_number_in<std::int64_t>(flag, s, {1, 1000})); };
                wishes.depths = list_of(depth)(text);
              });
  list(flags, "--inits", wishes.inits, "How weights begin", &nn::Initializer::parse);
  list(flags, "--optimizers", wishes.optimizers, "As in 'sgd(momentum=0.9),adam'", &optim::OptimizerOptions::parse);
  flags.whole("--seeds", wishes.seeds, {1, 1000}, "Trainings of each combination");
  flags.whole("--seed", wishes.run.seed, {}, "The first of them");
}

void training_flags(Flags& flags, TrainOptions& run) {
  flags.group("Each training")
      .whole("--width", run.width, {1, 65536}, "Units of each hidden layer")
      .whole("--batch", run.batch, {1, 1000000}, "Samples a step")
      .whole("--epochs", run.epochs, {1, 1000000}, "Passes over the training samples")
      .value("--lr", "X", "the optimiser's own", "Learning rate",
             [&](const auto& flag, const auto& text) { run.learning_rate = number_in(flag, text, positive); })
      .value("--train-samples", "N", run.train_samples ? std::to_string(*run.train_samples) : "all", "Use the first N training samples",
             [&](const auto& flag, const auto& text) {
               run.train_samples = whole_number_in<std::int64_t>(flag, text, {1, 2147483647});
             })
      .text("--data", "NAME|FOLDER", run.data, "a name or a folder", run.data, "auto, fashion-mnist, mnist, digits, or a folder")
      .parsed("--precision", run.precision, "fp32", "Of all numbers", &parse_precision, "fp32|fp64|tf32|bf16");
  flags.group("Machine").device(run.device).threads(run.threads);
}

/// More than these a picture does not show.
void check_size(const AblationOptions& wishes) {
  const std::size_t colours = wishes.inits.size() * wishes.optimizers.size();
  if (wishes.activations.size() >= 60 || wishes.depths.size() > 8 || colours > 12)
    throw UsageError(fmt::format(
        "--activations, --depths, --inits, --optimizers: {} activations, {} depths and {} inits with optimizers are more than a "
        "picture shows: 59, 8 and 12",
        wishes.activations.size(), wishes.depths.size(), colours));
}

}  // namespace

AblationOptions usual_ablation() {
  AblationOptions options;
  options.run.width = 64;
  options.run.epochs = 2;
  options.run.train_samples = 5000;
  return options;
}

std::optional<AblationOptions> parse_ablation(int argc, const char* const* argv, const Example& example, AblationOptions wishes) {
  TrainOptions& run = wishes.run;
  std::string out;
  bool quick = false;
  Flags flags(example);
  grid_flags(flags, wishes);
  training_flags(flags, run);
  flags.group("Output")
      .text("--out", "FOLDER", out, "a folder", "runs/<time>-...", "Where it is recorded; given again, it goes on")
      .toggle("--quick", quick, "Less of everything, for a first look")
      .toggle("--quiet", run.quiet, "Only what was seen, and the folder")
      .toggle("--json", run.json, "Only the numbers, as JSON");
  if (!flags.parse(argc, argv)) return std::nullopt;
  check_size(wishes);
  run.out = out;
  run.activation = wishes.studied;
  if (quick) {
    wishes.seeds = std::min<std::int64_t>(wishes.seeds, 2);
    run.train_samples = std::min<std::int64_t>(run.train_samples.value_or(1000), 1000);
    run.epochs = 1;
  }
  wishes.command = given_command(argc, argv, example);
  return wishes;
}

}  // namespace seegrad::train
