// What the literature says, measured again: each experiment of experiments/ runs other programs of this folder with several seeds and asks
// whether what a paper or text claims holds for their numbers.
//
//   ./run.sh reproduce list                                the experiments and where their claims come from
//   ./run.sh reproduce sigmoid_staircase                   one of them, five seeds
//   ./run.sh reproduce sigmoid_staircase --activation relu the same question about another activation: another verdict
//   ./run.sh reproduce all --quick                         all in some minutes: fewer samples, epochs and seeds
//
// The programs that it runs lie beside this one and are built with it. An answer is kept in --out; the same command goes on where it was
// broken off. Every verdict comes from the numbers that were just measured.
#include "seegrad/train/reproduction.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "seegrad/train/interrupt.hpp"
#include "seegrad/train/program.hpp"

using namespace seegrad;

const train::Example program{"reproduce", "Measures again what papers say about activations, over several seeds.", true};

struct Wishes : train::ReproductionOptions {
  bool json = false, markdown = false;
};

bool read(int argc, char** argv, Wishes& wishes) {
  wishes.seeds = wishes.threads = 0;
  std::string out = wishes.out.string();
  train::Flags flags(program);
  flags.rest(wishes.names, "NAME", "Experiments, all, or list");
  flags.group("What to run");
  flags.value("--seeds", "N", "5, with --quick 2", "Runs of each program, with the seeds 1 to N",
              [&](const std::string& flag, const std::string& text) {
                wishes.seeds = train::whole_number_in<int>(flag, text, {1, 1000});
              });
  flags.toggle("--quick", wishes.quick, "Less of everything, for a first look");
  flags.text("--activation", "NAME|FORMULA", wishes.activation, "an activation", "the experiment's own",
             "Study this one in place of the first run's");
  flags.text("--data", "NAME|FOLDER", wishes.data, "a name or a folder", "auto", "For the runs, as train_mlp has it");
  flags.text("--device", "auto|cpu|cuda[:N]", wishes.device, "a device", "auto", "For the runs, as train_mlp has it");
  flags.text("--experiments", "FOLDER", wishes.experiments, "a folder", "experiments/ of this project", "Where NAME.json lie");
  flags.group("Machine").threads(wishes.threads);
  flags.group("Output");
  flags.text("--out", "FOLDER", out, "a folder", out, "Where answers are kept");
  flags.toggle("--json", wishes.json, "Print the verdicts as JSON");
  flags.toggle("--markdown", wishes.markdown, "Print the verdicts as a table in Markdown");
  if (!flags.parse(argc, argv)) return false;
  wishes.out = out;
  if (wishes.names.empty()) throw UsageError("say which: reproduce list shows the experiments, reproduce all runs them");
  if (wishes.json && wishes.markdown) throw UsageError("--json and --markdown: give one of them");
  if (!wishes.activation.empty()) static_cast<void>(nn::Nonlinearity::parse(wishes.activation));
  if (wishes.seeds == 0) wishes.seeds = wishes.quick ? 2 : 5;
  if (wishes.threads == 0) wishes.threads = std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
  return true;
}

int list(const std::vector<train::Experiment>& experiments) {
  for (const train::Experiment& experiment : experiments)
    fmt::print("{:28} {}\n{:28} {}\n", experiment.name, experiment.title, "", experiment.source);
  return 0;
}

int reproduce(const Wishes& wishes) {
  std::vector<train::Experiment> experiments = train::experiments_of(wishes);
  if (wishes.names.front() == "list") return list(experiments);

  // Each run of each experiment with each seed, as a process of its own; a verdict as soon as an experiment's runs have all answered.
  train::Reproduction reproduction(wishes, std::move(experiments));
  const bool finished = reproduction.run([&](const train::JudgedExperiment& found) {
    if (wishes.json || wishes.markdown) return;
    fmt::print("{}", train::to_text(found));
    std::fflush(stdout);
  });
  if (wishes.json) fmt::print("{}", train::to_json(reproduction.verdicts()));
  if (wishes.markdown) fmt::print("{}", train::to_markdown(wishes, reproduction.verdicts()));

  if (!finished) {
    fmt::print(stderr, "{}: interrupted; {} of {} experiments are done, and the same command goes on\n", program.name,
               reproduction.verdicts().size(), reproduction.experiments().size());
    return train::interrupted_exit_code;
  }
  if (const std::string failed = reproduction.failed(); !failed.empty())
    throw Error(fmt::format("not everything could be run or judged:{}", failed));
  return 0;
}

int main(int argc, char** argv) {
  return train::guarded_main(program, [&] {
    Wishes wishes;
    return read(argc, argv, wishes) ? reproduce(wishes) : 0;
  });
}

// Expected output of ./run.sh reproduce sigmoid_staircase (the lines of two of its claims):
//
//   sigmoid_staircase: Each layer of sigmoids costs accuracy, until nothing is learned
//    ...
//     Three are worse than one
//       expected .82 against .85
//       measured 0.8181 +- 0.0040, to be < 0.8461 +- 0.0059: on 3 of 3 seeds: holds
//    ...
//     sigmoid_staircase: holds
