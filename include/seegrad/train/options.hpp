// The flags that all training examples share.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/nn/mlp.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/optim/schedule.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/tensor/backend.hpp"
#include "seegrad/train/flags.hpp"

namespace seegrad::train {

/// Of all numbers (fp32, fp64), or of the products of float32 matrices alone (tf32, bf16).
enum class Precision { fp32, fp64, tf32, bf16 };
/// "fp32", ...; throws UsageError with the nearest match for anything else.
Precision parse_precision(std::string_view text);
std::string_view name_of(Precision precision);
constexpr DType dtype_of(Precision precision) { return precision == Precision::fp64 ? DType::float64 : DType::float32; }
constexpr ProductPrecision product_of(Precision precision) {
  return precision == Precision::tf32   ? ProductPrecision::tf32
         : precision == Precision::bf16 ? ProductPrecision::bf16
                                        : ProductPrecision::fp32;
}

/// What a training run is asked to do. The values are checked one by one when they are set by parse_flags().
struct TrainOptions {
  nn::Nonlinearity activation = Activation::parse("relu");
  bool activation_per_channel = false;  ///< what it learns: one value a unit instead of one a layer
  std::int64_t depth = 3;               ///< hidden layers
  std::int64_t width = 128;
  nn::Initializer init{};  ///< auto: the gain that fits the activation, which is He's for relu
  nn::Normalisation normalisation = nn::Normalisation::none;
  double dropout = 0;

  optim::OptimizerOptions optimizer = optim::OptimizerOptions::parse("sgd");
  std::optional<double> learning_rate{};  ///< else the optimiser's own: usually 0.1 for sgd, 0.001 for adam
  std::optional<double> momentum{}, weight_decay{};
  optim::Schedule schedule = optim::Schedule::parse("cosine");
  std::int64_t warmup = 0;  ///< steps; in place of the schedule's own when not 0
  double clip = 0;          ///< longest gradient; 0 is off
  std::int64_t batch = 64;
  std::int64_t epochs = 10;

  std::string data = "auto";
  std::optional<std::int64_t> train_samples{};
  bool shuffle_labels = false;  ///< labels that have nothing to do with the pictures (Zhang et al. 2017, arXiv:1611.03530, section 2)

  std::uint64_t seed = 1;
  std::string device = "auto";
  Precision precision = Precision::fp32;
  int threads = 0;  ///< 0: one for each processor

  std::filesystem::path out{};        ///< empty: runs/<time>-<example>-<activation>
  std::int64_t log_every = 100;       ///< steps
  std::int64_t checkpoint_every = 0;  ///< steps; 0: at ends of epochs, at most twice a minute
  std::filesystem::path resume{};     ///< the folder of a run that was broken off; then `out` is the same
  bool live = false, quiet = false, json = false;
  bool quick = false;  ///< less of everything, for a first look; of examples that have such a form

  std::shared_ptr<const TrainOptions> usual{};  ///< what the example does when no flag is given

  /// The optimiser with its learning rate, momentum and weight decay in place.
  optim::OptimizerOptions optimizer_options() const;
  /// The schedule with its warm-up.
  optim::Schedule full_schedule() const;
  /// Every flag's value under the flag's name, as config.json holds it.
  records::Settings settings() const;
};

/// What settings() says of a flag that another one says already (the rate is part of the optimiser's text), or that decides only where a
/// run is written and how it is shown: a command that repeats the run does without.
bool told_by_optimizer(std::string_view flag);
bool changes_nothing(std::string_view flag);
/// A setting's value as the flag of its name reads it; empty for a switch.
std::string value_text(const records::Setting& setting);
/// "./run.sh train_mlp --activation sigmoid --depth 10": a line for a shell that repeats the run. It holds the flags that decide what is
/// computed, where they differ from what the example does anyway; `changes` replace flags or are added.
std::string command_line(const Example& example, const TrainOptions& options, std::span<const observe::Change> changes = {});

/// Reads the command line. `options` holds the example's own defaults, which --help shows. Returns nothing after --help, whose text it has
/// printed. With --resume RUN the flags of that run are read first, from its config.json. Throws UsageError, naming flag, value, what is
/// allowed and the nearest match, for everything that cannot be meant.
std::optional<TrainOptions> parse_flags(int argc, const char* const* argv, const Example& example, TrainOptions options = {});

}  // namespace seegrad::train
