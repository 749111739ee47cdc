// An experiment of experiments/NAME.json: what a source says, the programs that measure it, and the claims that their numbers must meet.
//
//   {"title": "...", "source": "...", "says": "...",
//    "runs": {"sigmoid": "train_mlp --activation sigmoid --depth 10", "relu": "train_mlp --activation relu --depth 10"},
//    "quick": "--train-samples 10000 --epochs 1",
//    "claims": [{"says": "ReLU learns at this depth, sigmoid does not", "expected": "0.8 against 0.1",
//                "left": "relu:test_accuracy - sigmoid:test_accuracy", "is": ">", "right": 0.3}]}
//
// "runs" are command lines of sibling programs without ./run.sh; --seed, --out, --threads and --json are added. "quick" are flags that
// replace or follow a run's own for a first look, for all runs or, as an object, for those it names. "timed" (optional) names runs that
// measure time: nothing else runs beside them, and they are repeated instead of reseeded. A claim may say "known_not_to_hold_here": why.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/train/claims.hpp"

namespace seegrad::train {

struct ExperimentRun {
  std::string name;
  std::vector<std::string> words;  ///< the program's name and its flags
  std::vector<std::string> quick;  ///< flags of the short form
  bool timed = false;
};

struct Experiment {
  std::string name, title, source, says;
  std::vector<ExperimentRun> runs;
  std::vector<Claim> claims;
};

/// Throws Error, naming file and place, for a file that holds no experiment.
Experiment read_experiment(const std::filesystem::path& file);
/// The names of the experiments in a folder, sorted. Throws Error when there is none.
std::vector<std::string> experiments_in(const std::filesystem::path& folder);

/// Studies another activation: runs that use the one of the first run get this one, and so do the claims about them where lessons call
/// their numbers after it. With a first run without --activation, all that have none are told it. Timed runs stay as
/// they are.
void study(Experiment& experiment, const std::string& activation);

/// The words of a shell-like line; 'in quotes' is one word. Throws UsageError for a quote without its end.
std::vector<std::string> words_of(std::string_view line);
/// "./run.sh train_mlp --activation 'x*sigmoid(x)'"
std::string line_of(std::span<const std::string> words);
/// `words` with these flags; a flag that is there already gets the new value.
std::vector<std::string> with_flags(std::vector<std::string> words, std::span<const std::string> flags);

/// The numbers of a JSON text. Throws Error when it is none.
Numbers numbers_of(std::string_view json);

/// How a run ended: kept in a file, so that it need not be run again.
struct Answer {
  std::string command;    ///< what was run
  std::int64_t code = 0;  ///< its exit code
  double seconds = 0;
  std::string complaint;  ///< the last line of its stderr
  Numbers numbers;        ///< none when it printed no JSON
};
std::string to_json(const Answer& answer);
Answer answer_of(std::string_view json, const std::filesystem::path& file);

struct JudgedExperiment {
  Experiment experiment;
  std::vector<JudgedClaim> claims;
  std::vector<std::string> troubles;  ///< runs that failed or diverged
  bool failed = false;                ///< a run gave no numbers
  Verdict verdict() const { return verdict_of(claims); }
};
std::string to_json(std::span<const JudgedExperiment> experiments);

}  // namespace seegrad::train
