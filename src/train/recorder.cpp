// The loop's side of the recorder: what is watched, what is announced when it has arrived, and where the run stands. How a run begins
// and ends on paper: recorder_report.cpp; how it is kept and taken up again: recorder_resume.cpp.
#include "seegrad/train/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "seegrad/observe/not_finite_search.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/record/event_file.hpp"
#include "seegrad/tensor/backend.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "train/recorder_parts.hpp"

namespace seegrad::train {
namespace {

constexpr std::int64_t least_steps_between_probes = 50, most_probes = 60, histogram_steps = 60;
constexpr std::size_t most_pending = 8;  // steps that the host may be behind the device

template <class T>
T number(Transfer& transfer) {
  T value;
  std::memcpy(&value, transfer.wait().data(), sizeof value);
  return value;
}

}  // namespace

Recorder::Recorder(const Example& example, const TrainOptions& options, Samples& samples, nn::Module& network, optim::Optimizer& optimizer)
    : example_(example),
      options_(options),
      samples_(samples),
      network_(network),
      optimizer_(optimizer),
      folder_(options.resume.empty() ? records::RunFolder(options.out, example.name, options.activation.to_string())
                                     : resumed_folder(options.resume)),
      progress_(talks() && !options.live, options.epochs * samples.steps_per_epoch(), options.epochs),
      probe_(samples.probe()),
      diagnostician_(run_facts(options, samples)) {
  followers_ = {&folder_, &diagnostician_};
  if (options_.resume.empty()) {
    events_.emplace(records::EventFile(folder_.path() / records::event_file_name()));
    followers_.push_back(&*events_);
  } else {
    go_on_from_checkpoint();
  }
  write_config();
  if (options_.resume.empty()) write_checkpoint();  // from here on nothing is lost
  greet();
  if (!options_.live || !talks()) return;
  live_.emplace(fmt::format("{} {}", example_.name, options_.activation.to_string()), total_steps(), options_.epochs,
                records::TextStyle::of(stdout), stdout);
  followers_.push_back(&*live_);
}

Recorder::~Recorder() = default;

// --- the walk through the batches ---

Recorder::Walk::Walk(Recorder& recorder)
    : recorder_(recorder),
      epoch_(recorder.steps_ / recorder.samples_.steps_per_epoch() + 1),
      batches_(recorder.samples_.epoch(epoch_, recorder.steps_ % recorder.samples_.steps_per_epoch())),
      next_(batches_.begin()) {
  find_batch();
}

Recorder::Walk& Recorder::Walk::operator++() {
  ++next_;
  find_batch();
  return *this;
}

void Recorder::Walk::find_batch() {
  const bool epoch_is_done = next_ == batches_.end();
  done_ = !recorder_.goes_on() || (epoch_is_done && epoch_ >= recorder_.options_.epochs);
  if (done_) return;
  if (epoch_is_done) {
    batches_ = recorder_.samples_.epoch(++epoch_);
    next_ = batches_.begin();
  }
  batch_ = *next_;
}

// --- a step ---

void Recorder::probe(std::int64_t step) {
  enter_arrived(0);  // what came before is told before; a probe waits for the device anyway
  const Using in_use(network_);
  units_.probe(step, [&] { static_cast<void>(network_(probe_)); });
  announce([&](observe::RunObserver& to) { to.probed(units_); });
}

bool Recorder::histograms_due(const Batch& batch) {
  if (batch.step < next_histograms_ && batch.step + 1 < total_steps()) return false;
  next_histograms_ = batch.step + std::max<std::int64_t>(1, total_steps() / histogram_steps);
  return true;
}

Watching Recorder::begin_step(const Batch& batch) {
  batch_ = batch;
  test_.reset();
  if (batch.step % options_.log_every != 0 && !batch.last_of_epoch) return Watching::nothing;
  const std::int64_t pause = std::max(least_steps_between_probes, total_steps() / most_probes);
  const bool due = units_.last_step() < 0 || batch.step - units_.last_step() >= pause;
  if (due || batch.last_of_epoch) probe(batch.step);
  return histograms_due(batch) ? Watching::histograms : Watching::layers;
}

void Recorder::end_step(const Outcome& outcome, double learning_rate) {
  Pending step{batch_, learning_rate, seconds(), outcome.loss.dtype(), outcome.loss.read_later(), nullptr, {}, {}};
  if (outcome.layers) {
    step.correct = count_correct(outcome.logits, batch_.labels()).read_later();
    step.layers = outcome.layers->rows_later();
  }
  if (outcome.histograms) step.histograms = outcome.histograms->later();
  pending_.push_back(std::move(step));
  enter_arrived(most_pending);
  if (batch_.last_of_epoch) end_epoch();
  checkpoint_if_due();
}

/// Enters the oldest steps: those that have arrived, and as many others as it takes to leave no more than `most_left`.
void Recorder::enter_arrived(std::size_t most_left) {
  while (!pending_.empty() && !not_finite_ && (pending_.size() > most_left || pending_.front().loss->arrived())) {
    enter(pending_.front());
    pending_.pop_front();
  }
}

void Recorder::enter(Pending& step) {
  loss_ = step.dtype == DType::float64 ? number<double>(*step.loss) : static_cast<double>(number<float>(*step.loss));
  if (!std::isfinite(loss_)) return look_for_not_finite(step.batch, loss_, step.learning_rate);
  ++steps_;
  all_samples_ += step.batch.size();
  epoch_samples_ += step.batch.size();
  epoch_loss_ += loss_ * static_cast<double>(step.batch.size());
  announce([&](observe::RunObserver& to) { to.step(step.batch.step, loss_); });
  if (step.layers) log(step);
  progress_.show(steps_, step.batch.epoch, samples_per_second(), loss_);
}

void Recorder::log(Pending& step) {
  const Batch& batch = step.batch;
  label(batch, step.layers());
  const double accuracy = number<double>(*step.correct) / static_cast<double>(batch.size());
  const observe::StepRecord row{batch.step, batch.epoch, loss_, accuracy, step.learning_rate, step.seconds};
  announce([&](observe::RunObserver& to) { to.logged(row, layers_); });
  if (step.histograms) {
    std::vector<observe::LayerHistogram> histograms = step.histograms();
    for (observe::LayerHistogram& histogram : histograms) {
      histogram.step = batch.step;
      histogram.epoch = batch.epoch;
    }
    announce([&](observe::RunObserver& to) { to.histograms(histograms); });
  }
  if (batch.step == 0 && talks() && !options_.live) print_table("at initialisation");
}

/// What the rows cannot know of themselves.
void Recorder::label(const Batch& batch, std::vector<observe::LayerStatistics> layers) {
  layers_ = std::move(layers);
  for (observe::LayerStatistics& layer : layers_) {
    layer.step = batch.step;
    layer.epoch = batch.epoch;
    layer.dead_share = units_.dead_share(layer.layer);
  }
}

/// The step may not have been watched: the batch goes through once more, with everybody listening.
void Recorder::look_for_not_finite(const Batch& batch, double loss, double learning_rate) {
  observe::LayerWatch watch;
  observe::NotFiniteSearch search;
  double accuracy = 0;
  {
    const Listening to_layers(watch), to_search(search);
    const Tensor labels = batch.labels(), logits = network_(batch.images()), again = cross_entropy(logits, labels);
    static_cast<void>(gradients(again, network_.parameter_tensors()));
    accuracy = count_correct(logits, labels).item() / static_cast<double>(batch.size());
  }
  const std::optional<observe::NotFiniteSearch::Place> place = search.first();
  label(batch, watch.collect());
  not_finite_ = {batch.step, loss, place ? place->layer : 0, place ? place->tensor : ""};
  announce([&](observe::RunObserver& to) {
    to.logged({batch.step, batch.epoch, loss, accuracy, learning_rate, seconds()}, layers_);
    to.not_finite(*not_finite_);
  });
  if (talks()) print_table(fmt::format("step {}: the loss is {}", batch.step, spelled(loss)));
}

double Recorder::training_seconds() const { return training_seconds_ + std::chrono::duration<double>(Clock::now() - resumed_).count(); }

double Recorder::samples_per_second() const {
  const double now = training_seconds();
  return now > 0 ? static_cast<double>(all_samples_) / now : 0;
}

void Recorder::end_epoch() {
  enter_arrived(0);
  if (not_finite_) return;
  training_seconds_ = training_seconds();
  ++epochs_;
  const double train_loss = epoch_loss_ / static_cast<double>(epoch_samples_);
  test_ = samples_.evaluate_test(network_);
  const observe::EpochRecord row{batch_.epoch, train_loss, test_->loss, test_->accuracy, seconds()};
  announce([&](observe::RunObserver& to) { to.epoch(row); });
  if (talks() && !options_.live)
    print_table(fmt::format("epoch {}/{}: train loss {:.4f}, test loss {:.4f}, test accuracy {:.2f} %, {}", batch_.epoch, options_.epochs,
                            train_loss, test_->loss, 100 * test_->accuracy, duration(seconds())));
  epoch_loss_ = 0;
  epoch_samples_ = 0;
  resumed_ = Clock::now();
}

}  // namespace seegrad::train
