// Watches a training loop from outside and writes down what happens: the run folder, the table of layers, the progress bar, the
// list of units that died. The loop itself stays in the example; it tells the recorder where it is.
//
//   for (epoch ...) {
//     for (const Batch& batch : samples.epoch(epoch)) {
//       recorder.begin_step(batch);
//       ... logits, loss ...
//       if (!recorder.finite(loss)) break;
//       ... gradients, update ...
//       recorder.end_step(logits, learning_rate);
//       if (!recorder.goes_on()) break;
//     }
//     recorder.end_epoch();
//   }
//   return recorder.finish();
//
// Layers are watched on logged steps (every --log-every steps, and the last of each epoch); on all others nobody listens. The probe
// set goes through the network at step 0, at the end of each epoch, and on logged steps that are at least 50 steps apart: logging
// every step stays cheap, and dead_share in layers.csv is as of the last probe.
#pragma once
#include <chrono>
#include <optional>
#include <vector>

#include "seegrad/observe/diagnosis.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/observe/unit_ledger.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/interrupt.hpp"
#include "seegrad/train/progress.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

class Recorder {
 public:
  /// Makes the run folder. `network` and `samples` must outlive the recorder. Throws as RunFolder does.
  Recorder(const Example& example, const TrainOptions& options, Samples& samples, nn::Module& network);

  void begin_step(const Batch& batch);
  /// False when the loss is NaN or infinite: the gradients of this batch have then been looked at, layer by layer, and logged,
  /// and the loop should end before they reach the parameters.
  bool finite(const Tensor& loss);
  void end_step(const Tensor& logits, double learning_rate);
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
  void probe(std::int64_t step);
  void log_layers();
  void look_for_not_finite(double loss);
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

  observe::LayerWatch watch_;
  std::optional<Listening> listening_;  // on logged steps
  observe::UnitLedger units_;
  observe::ChanceMeter chance_;
  std::vector<observe::LayerStatistics> layers_;  // of the last logged step
  std::optional<observe::NotFinite> not_finite_;

  Batch batch_;
  std::int64_t steps_ = 0, epochs_ = 0;  // done
  double loss_ = 0, epoch_loss_ = 0;     // of the last step; summed over the samples of the epoch
  std::int64_t epoch_samples_ = 0, all_samples_ = 0;
  double training_seconds_ = 0;  // without evaluation
  Clock::time_point start_ = Clock::now(), resumed_ = start_;
  std::optional<Evaluation> test_;  // of the parameters as they are
};

}  // namespace seegrad::train
