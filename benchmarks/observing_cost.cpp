// What it costs to observe everything at every step: a step of training on the CPU (784-256x8-10, batch 128, relu, SGD with momentum,
// each with a batch of its own) in stages, each of which does what the one before it did and one thing more, as train::Recorder does it.
//
//   build/release/benchmarks/observing_cost                a table: microseconds a step, and what each stage adds
//   ... --rounds=400 --steps=10                            longer; a round runs every stage for so many steps, there and back
//   ... --threads=1                                        on one thread
//
// The stages take turns within one process, in blocks of some ten milliseconds, first to last and then last to first. So a processor
// that becomes slower, or a neighbour who takes half of it for a while, meets all of them alike; what a stage costs is the median, over
// the rounds, of its quotient with the bare step of the same round. Histograms and probes are not among them: a run has some sixty of each,
// however long it is.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "seegrad/data/batches.hpp"
#include "seegrad/data/digits.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/diagnosis.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/record/event_log.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/tensor/threads.hpp"

namespace {

using namespace seegrad;
namespace fs = std::filesystem;

enum Stage : std::size_t { bare, watched, measured, collected, counted, logged, stage_count };
constexpr const char* stage_names[] = {"the bare step",        "+ handles, size of the update", "+ statistics of all tensors",
                                       "+ rows of the layers", "+ accuracy of the batch",       "+ everybody who follows the run"};

constexpr std::int64_t batch_size = 128;

/// A folder that is gone when the program ends.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fs::temp_directory_path() / fmt::format("seegrad-observing-cost-{}", getpid())) {}
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Drawn digits; every step gathers a batch of its own and makes numbers of it, as training does.
class Digits {
 public:
  std::pair<Tensor, Tensor> batch(std::int64_t step) {
    if (step % static_cast<std::int64_t>(batches_.size()) == 0) batches_.epoch(static_cast<std::uint64_t>(step));
    const std::span<const std::int32_t> indices = batches_[static_cast<std::size_t>(step) % batches_.size()];
    Tensor images({batch_size, 784}, {});
    to_float(images_, indices, images.array_to_fill().as<float>(), scaling_);
    std::vector<std::int32_t> labels(indices.size());
    gather_labels(images_, indices, labels.data());
    return {images, Tensor::indices(labels)};
  }

 private:
  static constexpr std::size_t samples = 8192;
  Images images_ = generate_digits(samples);
  PixelScaling scaling_ = standardising(images_);
  Batches batches_{samples, batch_size, 1};
};

nn::Sequential network_of(Random& random) {
  return nn::mlp({.inputs = 784,
                  .outputs = 10,
                  .depth = 8,
                  .width = 256,
                  .activation = Activation::parse("relu"),
                  .init = nn::Initializer::parse("he")},
                 random);
}

/// A network in training, and those who follow it.
class Training {
 public:
  Training()
      : network_(network_of(random_)),
        parameters_(network_.parameter_tensors()),
        optimizer_(optim::OptimizerOptions::parse("sgd(lr=0.001, momentum=0.9)"), network_.parameters()) {
    // Whoever follows a run at every step stands here.
    followers_.push_back(std::make_unique<records::RunFolder>(folder_.path(), "observing_cost", "relu"));
    followers_.push_back(std::make_unique<records::EventLog>(records::EventFile(folder_.path() / records::event_file_name())));
    followers_.push_back(std::make_unique<observe::Diagnostician>(observe::RunFacts{.classes = 10,
                                                                                    .depth = 8,
                                                                                    .activation = "relu",
                                                                                    .init = "he",
                                                                                    .optimizer = "sgd",
                                                                                    .normalisation = "none",
                                                                                    .learning_rate = 0.001}));
  }

  void step(Stage stage) {
    observe::LayerWatch watch;
    std::optional<Listening> listening;
    if (stage >= watched) listening.emplace(watch);
    const auto [images, labels] = digits_.batch(steps_);
    const Tensor logits = network_(images), loss = cross_entropy(logits, labels);
    optimizer_.step(gradients(loss, parameters_));
    listening.reset();
    const double loss_value = loss.item();
    ++steps_;
    if (stage < measured) return;
    const observe::LayerReadings readings = watch.read();
    if (stage < collected) return;
    std::vector<observe::LayerStatistics> rows = readings.rows();
    for (observe::LayerStatistics& row : rows) row.step = steps_, row.epoch = 1;
    if (stage < counted) return;
    const double accuracy = count_correct(logits, labels).item() / static_cast<double>(batch_size);
    if (stage < logged) return;
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    for (const auto& follower : followers_) {
      follower->step(steps_, loss_value);
      follower->logged({steps_, 1, loss_value, accuracy, 0.001, seconds}, rows);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  TemporaryFolder folder_;
  Digits digits_;
  Random random_{1};
  nn::Sequential network_;
  std::vector<Tensor> parameters_;
  optim::Optimizer optimizer_;
  std::vector<std::unique_ptr<observe::RunObserver>> followers_;
  std::int64_t steps_ = 0;
  Clock::time_point start_ = Clock::now();
};

/// Microseconds a step.
double time_of(Training& training, Stage stage, int steps) {
  const auto start = std::chrono::steady_clock::now();
  for (int step = 0; step < steps; ++step) training.step(stage);
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / steps;
}

double quantile(std::vector<double> values, double share) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

/// Times of one stage, one for each round.
struct Times {
  std::vector<double> microseconds, quotients;  ///< quotients: with the bare step of the round
};

std::vector<Times> measure(Training& training, int rounds, int steps) {
  for (std::size_t stage = 0; stage < stage_count; ++stage) time_of(training, static_cast<Stage>(stage), 10);
  std::vector<Times> all(stage_count);
  for (int round = 0; round < rounds; ++round) {
    double sums[stage_count] = {};
    for (std::size_t stage = 0; stage < stage_count; ++stage) sums[stage] += time_of(training, static_cast<Stage>(stage), steps);
    for (std::size_t stage = stage_count; stage-- > 0;) sums[stage] += time_of(training, static_cast<Stage>(stage), steps);
    for (std::size_t stage = 0; stage < stage_count; ++stage) {
      all[stage].microseconds.push_back(sums[stage] / 2);
      all[stage].quotients.push_back(sums[stage] / sums[bare]);
    }
  }
  return all;
}

void print(const std::vector<Times>& all) {
  fmt::print("{:34}{:>10}{:>10}{:>12}\n", "784-256x8-10, batch 128, relu", "median us", "lowest us", "of bare");
  for (std::size_t stage = 0; stage < stage_count; ++stage) {
    const Times& times = all[stage];
    fmt::print("{:34}{:10.1f}{:10.1f}{:+10.1f} %\n", stage_names[stage], quantile(times.microseconds, 0.5), quantile(times.microseconds, 0),
               100 * (quantile(times.quotients, 0.5) - 1));
  }
  const std::vector<double>& quotients = all.back().quotients;
  fmt::print("observing everything costs {:.1f} % (median of {} rounds; half of them between {:.1f} and {:.1f} %), {} threads\n",
             100 * (quantile(quotients, 0.5) - 1), quotients.size(), 100 * (quantile(quotients, 0.25) - 1),
             100 * (quantile(quotients, 0.75) - 1), thread_count());
}

/// The whole number behind `flag`, such as --rounds=.
std::optional<int> number_behind(std::string_view flag, std::string_view argument) {
  if (!argument.starts_with(flag)) return std::nullopt;
  int value = 0;
  const char* const end = argument.data() + argument.size();
  const auto [read, trouble] = std::from_chars(argument.data() + flag.size(), end, value);
  if (trouble != std::errc{} || read != end || value < 1)
    throw UsageError(fmt::format("{}: a whole number from 1 on is expected", argument));
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    int rounds = 200, steps = 5;
    for (int i = 1; i < argc; ++i) {
      if (const auto wanted = number_behind("--rounds=", argv[i]))
        rounds = *wanted;
      else if (const auto so_many = number_behind("--steps=", argv[i]))
        steps = *so_many;
      else if (const auto threads = number_behind("--threads=", argv[i]))
        set_thread_count(*threads);
      else
        throw UsageError(fmt::format("{}: unknown; there are --rounds=N, --steps=N and --threads=N", argv[i]));
    }
    Training training;
    print(measure(training, rounds, steps));
  } catch (const Error& error) {
    fmt::print(stderr, "observing_cost: {}\n", error.what());
    return dynamic_cast<const UsageError*>(&error) ? 2 : 1;
  }
}
