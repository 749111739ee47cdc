// An ablation: every combination of activation, depth, initialisation and optimiser is trained with several seeds, so that what one choice
// does can be told from what the others and chance do.
//
//     AblationOptions options = usual_ablation();     // or parse_ablation(argc, argv, program)
//     Ablation ablation(options, "runs/mine/trainings");
//     ablation.train();                               // what is not there yet, on all cores
//     for (const FactorGrid::Share& s : ablation.grid().shares()) ...
//
// Each training has a folder that is named after everything that decides its result, so that another training is never taken for it; a
// grid that was broken off goes on, and one that grew trains only what is new.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "seegrad/record/picture.hpp"
#include "seegrad/train/factor_grid.hpp"
#include "seegrad/train/options.hpp"

namespace seegrad::train {

struct AblationOptions {
  nn::Nonlinearity studied = Activation::parse("gelu");
  std::vector<std::string> activations{"sigmoid", "tanh", "relu", "silu"};  ///< beside the one under study
  std::vector<std::string> depths{"2", "8"};                                ///< hidden layers
  std::vector<std::string> inits{"auto", "xavier"}, optimizers{"sgd", "adam"};
  std::int64_t seeds = 3;  ///< trainings of each combination, from run.seed on
  /// What all trainings have in common. Its activation, folder, quiet and json are those of the ablation as a whole.
  TrainOptions run;
  std::string command;  ///< that was given, but for where it writes and how it shows

  /// activation (the one under study among them, last when it is not another's equal), depth, init, optimizer
  std::vector<Factor> factors() const;
  /// For config.json.
  records::Settings settings() const;
};

/// Small trainings: 64 units wide, two epochs of 5000 samples.
AblationOptions usual_ablation();
/// Reads the command line; nothing after --help. Throws UsageError as parse_flags does, and for more than a picture can show.
std::optional<AblationOptions> parse_ablation(int argc, const char* const* argv, const Example& example,
                                              AblationOptions wishes = usual_ablation());

class Ablation {
 public:
  /// `folder` is that of the trainings, made when it is not there; what it holds is read. Throws UsageError for a level that is none.
  Ablation(const AblationOptions& options, const std::filesystem::path& folder);

  /// The test accuracies.
  const FactorGrid& grid() const { return grid_; }
  /// The folder of the training at this place of the grid.
  const std::filesystem::path& folder(std::size_t place) const { return runs_[place].out; }
  /// How many trainings run beside each other: on CPUs as many as there are threads, on a GPU one.
  int at_once() const { return at_once_; }

  /// Trains what is missing, each training on one thread; with `shows` it counts them where stdout is a terminal. Ctrl-C ends it early.
  /// Before it, this process must have started no threads. Throws as run_jobs().
  void train(bool shows = false);

  /// A panel for each depth: activations down, a colour for each initialisation with its optimiser.
  records::Canvas picture() const;
  /// The folders of the best setting of each activation at each depth, as many as a report shows.
  std::vector<std::filesystem::path> best_runs() const;

 private:
  void read(std::size_t place);

  FactorGrid grid_;
  std::vector<TrainOptions> runs_;
  int at_once_ = 1;
};

}  // namespace seegrad::train
