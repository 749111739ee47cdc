// Experiments (experiment.hpp) measured: which programs run with which seeds, where their answers are kept, and what the verdicts are.
//
//     ReproductionOptions options{.names = {"sigmoid_staircase"}, .seeds = 3, .threads = 2};
//     Reproduction reproduction(options, experiments_of(options));
//     reproduction.run([](const JudgedExperiment& found) { std::cout << to_text(found); });
//
// The programs that experiments ask lie beside the running one. An answer is kept as OUT/EXPERIMENT/RUN-seedN.json with the command that
// it answers, and is not asked for again while the command stays the same. So whatever is broken off goes on.
#pragma once
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "seegrad/train/experiment.hpp"
#include "seegrad/train/processes.hpp"

namespace seegrad::train {

struct ReproductionOptions {
  std::vector<std::string> names{};              ///< of experiments; or only "all" or "list", which are all
  int seeds = 5;                                 ///< every run that is not timed has the seeds 1 to this
  int threads = 1;                               ///< programs beside each other
  bool quick = false;                            ///< the short form of the runs
  std::filesystem::path out = "runs/reproduce";  ///< where answers are kept
  std::string experiments{};     ///< the folder where they lie; empty: experiments/ above the working folder or this program
  std::string activation{};      ///< to study in place of the first run's; empty: the experiment's own
  std::string data{}, device{};  ///< for the runs; empty: their own
};

/// The experiments that are asked for, with the activation and in the form that are. Throws UsageError, with the nearest name, when there
/// is none of that name; Error as read_experiment().
std::vector<Experiment> experiments_of(const ReproductionOptions& options);

class Reproduction {
 public:
  using Judged = std::function<void(const JudgedExperiment&)>;

  /// Reads the answers that are kept. Throws Error when a program that must run is not built.
  Reproduction(const ReproductionOptions& options, std::vector<Experiment> experiments);

  /// Runs what has no answer yet, as run_programs() does, and judges each experiment in its order as soon as it can be; shows on stderr how
  /// far it is where that is a terminal. False when Ctrl-C ended it early.
  bool run(const Judged& judged = [](const JudgedExperiment&) {});

  const std::vector<Experiment>& experiments() const { return experiments_; }
  /// Those that are judged so far.
  std::span<const JudgedExperiment> verdicts() const { return verdicts_; }
  /// " name name": those of which a run gave no numbers, or a claim could not be judged.
  std::string failed() const;

 private:
  /// One run with one seed.
  struct Task {
    std::size_t experiment = 0;
    std::string run{};
    std::uint64_t seed = 0;
    std::filesystem::path base{};  ///< of its files, without the ending
    ChildProgram child{};
    Answer answer{};
    bool known = false;
  };
  Task task(std::size_t index, const ExperimentRun& run, std::uint64_t seed) const;
  static void take_answer(Task& task, int code, double seconds);
  JudgedExperiment judged(std::size_t index) const;
  void judge_complete(const Judged& judged);

  ReproductionOptions options_;
  std::vector<Experiment> experiments_;
  std::vector<Task> tasks_;
  std::vector<JudgedExperiment> verdicts_;
};

/// An experiment, its runs and what was found of each claim.
std::string to_text(const JudgedExperiment& found);
/// A table with a row for each claim, below the command that repeats it.
std::string to_markdown(const ReproductionOptions& options, std::span<const JudgedExperiment> all);

}  // namespace seegrad::train
