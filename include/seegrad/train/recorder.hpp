// Watches a training loop from outside and writes down what happens: the run folder, the table of layers, the progress bar, the
// list of units that died. The loop itself stays in the example; it tells the recorder where it is.
//
//   for (epoch ...) {
//     for (const Batch& batch : samples.epoch(epoch)) {
//       const bool watch = recorder.begin_step(batch);
//       const Outcome outcome = step(batch, watch);
//       recorder.end_step(outcome, learning_rate);
//       if (!recorder.goes_on()) break;
//     }
//     recorder.end_epoch();
//   }
//   return recorder.finish();
//
// A device works on while the host writes: what a step left is fetched in the background and entered when it has arrived, in the order
// of the steps and at most a few steps late. On the CPU it has always arrived.
//
// Layers are watched on logged steps (every --log-every steps, and the last of each epoch); on all others nobody listens. The probe
// set goes through the network at step 0, at the end of each epoch, and on logged steps that are at least 50 steps apart: logging
// every step stays cheap, and dead_share in layers.csv is as of the last probe.
#pragma once
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "seegrad/observe/diagnosis.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/observe/unit_ledger.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/interrupt.hpp"
#include "seegrad/train/progress.hpp"
#include "seegrad/train/samples.hpp"
#include "seegrad/train/step.hpp"

namespace seegrad::train {

class Recorder {
 public:
  /// Makes the run folder. `network` and `samples` must outlive the recorder. Throws as RunFolder does.
  Recorder(const Example& example, const TrainOptions& options, Samples& samples, nn::Module& network);

  /// Whether the layers are to be watched in this step.
  bool begin_step(const Batch& batch);
  /// Enters what the step left. When a loss is NaN or infinite, the gradients of its batch are looked at, layer by layer, and logged,
  /// and goes_on() becomes false; an optimiser that is given the loss (Optimizer::step) has not changed the parameters since.
  void end_step(const Outcome& outcome, double learning_rate);
  /// Evaluates, writes the row and prints the table; does nothing in the middle of an epoch that was broken off.
  void end_epoch();

  /// False after Ctrl-C and after a loss that is not finite.
  bool goes_on() const { return !not_finite_ && !InterruptGuard::interrupted(); }

  /// Completes the run folder and prints the result. Returns the exit code: 0, or 130 after Ctrl-C. Throws Error, after all this,
  /// when the loss was not finite.
  int finish();

  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  using Clock = std::chrono::steady_clock;

  void write_config();
  /// A step whose numbers are on their way.
  struct Pending {
    Batch batch;
    double learning_rate = 0, seconds = 0;
    DType dtype = DType::float32;
    std::unique_ptr<Transfer> loss, correct;
    std::function<std::vector<observe::LayerStatistics>()> layers;
  };
  void probe(std::int64_t step);
  void enter_arrived(std::size_t most_left);
  void enter(Pending& step);
  void log_layers(const Batch& batch, std::vector<observe::LayerStatistics> layers);
  void look_for_not_finite(const Batch& batch, double loss);
  void print_table(const std::string& title);
  void print_result(const records::Summary& summary);
  records::Summary summary();
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  bool talks() const { return !options_.quiet && !options_.json; }
  double samples_per_second() const;

  Example example_;
  TrainOptions options_;
  Samples& samples_;
  nn::Module& network_;
  InterruptGuard interrupts_;
  records::RunFolder folder_;
  ProgressBar progress_;
  Tensor probe_;

  std::deque<Pending> pending_;
  observe::UnitLedger units_;
  observe::ChanceMeter chance_;
  std::vector<observe::LayerStatistics> layers_;  // of the last logged step
  std::optional<observe::NotFinite> not_finite_;

  Batch batch_;                          // the last that began
  std::int64_t steps_ = 0, epochs_ = 0;  // done
  double loss_ = 0, epoch_loss_ = 0;     // of the last step; summed over the samples of the epoch
  std::int64_t epoch_samples_ = 0, all_samples_ = 0;
  double training_seconds_ = 0;  // without evaluation
  Clock::time_point start_ = Clock::now(), resumed_ = start_;
  std::optional<Evaluation> test_;  // of the parameters as they are
};

}  // namespace seegrad::train
