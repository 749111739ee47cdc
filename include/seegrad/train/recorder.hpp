// Watches a training loop from outside and tells those who follow the run what happens: the tables of the run folder, TensorBoard
// events, the diagnosis, the terminal. The loop itself stays in the example; it tells the recorder where it is.
//
//   Recorder recorder(example, knobs, samples, network, optimizer);
//   for (const Batch& batch : recorder.batches()) {
//     const Watching watching = recorder.begin_step(batch);
//     const Outcome outcome = step(batch, watching);
//     recorder.end_step(outcome, learning_rate);
//   }
//   return recorder.finish();
//
// A device works on while the host writes: what a step left is fetched in the background and entered when it has arrived, in the order
// of the steps and at most a few steps late. On the CPU it has always arrived.
//
// Layers are watched on logged steps (every --log-every steps, and the last of each epoch); on all others nobody listens. The probe
// set goes through the network at step 0, at the end of each epoch, and on logged steps that are at least 50 steps and a sixtieth of
// the run apart: logging every step stays cheap, and dead_share in layers.csv is as of the last probe. Histograms are taken on some sixty
// logged steps, spread over the run.
//
// With --resume a run goes on in its folder as if it had never been broken off: the checkpoint holds the parameters, what optimiser and
// followers remember, where in which epoch it was, and how long the tables were; on the CPU every number comes out the same.
#pragma once
#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

#include "seegrad/observe/diagnosis.hpp"
#include "seegrad/observe/run_observer.hpp"
#include "seegrad/record/event_log.hpp"
#include "seegrad/record/live_view.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/interrupt.hpp"
#include "seegrad/train/progress.hpp"
#include "seegrad/train/samples.hpp"
#include "seegrad/train/step.hpp"

namespace seegrad::train {

class Recorder {
 public:
  /// Makes the run folder, or opens the one that --resume names and puts network and optimiser into the state of its checkpoint.
  /// `samples`, `network` and `optimizer` must outlive the recorder. Throws as RunFolder and read_checkpoint() do.
  Recorder(const Example& example, const TrainOptions& options, Samples& samples, nn::Module& network, optim::Optimizer& optimizer);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// The batches that are still to do, epoch after epoch; they end early with goes_on(). One walk at a time.
  class Walk {
   public:
    explicit Walk(Recorder& recorder);
    Walk& begin() { return *this; }
    std::default_sentinel_t end() const { return {}; }
    const Batch& operator*() const { return batch_; }
    Walk& operator++();
    bool operator==(std::default_sentinel_t) const { return done_; }

   private:
    void find_batch();
    Recorder& recorder_;
    std::int64_t epoch_;
    Samples::Epoch batches_;
    Samples::Epoch::Iterator next_;
    Batch batch_;
    bool done_ = false;
  };
  Walk batches() { return Walk(*this); }

  /// How closely this step is to be watched.
  Watching begin_step(const Batch& batch);
  /// Enters what the step left; after the last step of an epoch, evaluates and prints the table. When a loss is NaN or infinite, its
  /// batch is looked at, layer by layer, and logged, and goes_on() becomes false; an optimiser that is given the loss
  /// (Optimizer::step) has not changed the parameters since.
  void end_step(const Outcome& outcome, double learning_rate);

  /// False after Ctrl-C and after a loss that is not finite.
  bool goes_on() const { return !not_finite_ && !InterruptGuard::interrupted(); }

  /// Completes the run folder, without a word: how the run ended.
  records::Summary complete();
  /// Completes the run folder and prints the result. Returns the exit code: 0, or 130 after Ctrl-C. Throws Error, after all this,
  /// when the loss was not finite.
  int finish();

  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  using Clock = std::chrono::steady_clock;

  /// A step whose numbers are on their way.
  struct Pending {
    Batch batch;
    double learning_rate = 0, seconds = 0;
    DType dtype = DType::float32;
    std::unique_ptr<Transfer> loss, correct;
    std::function<std::vector<observe::LayerStatistics>()> layers;
    std::function<std::vector<observe::LayerHistogram>()> histograms;
  };

  void write_config();
  void greet() const;
  void probe(std::int64_t step);
  bool histograms_due(const Batch& batch);
  void enter_arrived(std::size_t most_left);
  void enter(Pending& step);
  void log(Pending& step);
  void label(const Batch& batch, std::vector<observe::LayerStatistics> layers);
  void look_for_not_finite(const Batch& batch, double loss, double learning_rate);
  void end_epoch();
  void print_table(const std::string& title);
  void print_result(const records::Summary& summary);
  records::Summary summary();
  std::vector<records::Finding> findings() const;

  void checkpoint_if_due();
  void write_checkpoint();
  void go_on_from_checkpoint();
  observe::Memory memory() const;
  void restore(const observe::Memory& memory);

  double seconds() const { return seconds_before_ + std::chrono::duration<double>(Clock::now() - start_).count(); }
  double training_seconds() const;
  bool talks() const { return !options_.quiet && !options_.json; }
  double samples_per_second() const;
  std::int64_t total_steps() const { return options_.epochs * samples_.steps_per_epoch(); }
  template <class Announce>
  void announce(Announce&& to) {
    for (observe::RunObserver* follower : followers_) to(*follower);
  }

  Example example_;
  TrainOptions options_;
  Samples& samples_;
  nn::Module& network_;
  optim::Optimizer& optimizer_;
  InterruptGuard interrupts_;
  records::RunFolder folder_;
  ProgressBar progress_;
  Tensor probe_;

  std::deque<Pending> pending_;
  observe::UnitLedger units_;
  observe::Diagnostician diagnostician_;
  std::optional<records::EventLog> events_;
  std::optional<records::LiveView> live_;
  std::vector<observe::RunObserver*> followers_;  // all of these, in the order in which they are told
  std::vector<observe::LayerStatistics> layers_;  // of the last logged step
  std::optional<observe::NotFinite> not_finite_;

  Batch batch_;                          // the last that began
  std::int64_t steps_ = 0, epochs_ = 0;  // done
  double loss_ = 0, epoch_loss_ = 0;     // of the last step; summed over the samples of the epoch
  std::int64_t epoch_samples_ = 0, all_samples_ = 0;
  std::int64_t next_histograms_ = 0;
  double training_seconds_ = 0, seconds_before_ = 0;  // training without evaluation; all that passed before this process
  Clock::time_point start_ = Clock::now(), resumed_ = start_, checkpointed_ = start_;
  std::optional<Evaluation> test_;  // of the parameters as they are
};

}  // namespace seegrad::train
