#include "seegrad/train/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/record/layer_table.hpp"
#include "seegrad/tensor/backend.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/tensor/threads.hpp"
#include "seegrad/version.hpp"

namespace seegrad::train {
namespace {

constexpr std::int64_t steps_between_probes = 50;
constexpr std::size_t most_pending = 8;  // steps that the host may be behind the device

template <class T>
T number(Transfer& transfer) {
  T value;
  std::memcpy(&value, transfer.wait().data(), sizeof value);
  return value;
}

/// One spelling of NaN: its sign says nothing.
std::string spelled(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

/// The first layer in which a number is not finite, and the tensor: forward before backward, as the step ran.
observe::NotFinite first_not_finite(const std::vector<observe::LayerStatistics>& layers, std::int64_t step, double loss) {
  observe::NotFinite found{step, loss, 0, ""};
  const auto bad = std::find_if(layers.begin(), layers.end(), [](const auto& l) { return l.nan_count + l.inf_count > 0; });
  if (bad != layers.end()) {
    found.layer = bad->layer;
    found.tensor = bad->activation.empty() ? "logits" : bad->activation;
  }
  return found;
}

/// "cpu with 2 threads", "cuda:0 (NVIDIA H200, compute capability 9.0)"
std::string machine_of(Device device) {
  if (device.kind == Device::Kind::cpu) return fmt::format("cpu with {} threads", thread_count());
  return fmt::format("{} ({})", device.to_string(), backend_of(device).description());
}

records::Settings describe_data(const Dataset& data) {
  records::Settings files;
  for (const FileChecksum& part : data.checksums) files.push_back({part.file, part.md5});
  return {{"name", data.name},
          {"source", data.source},
          {"checksum", data.checksum()},
          {"md5", files},
          {"train_samples", static_cast<std::int64_t>(data.train.count)},
          {"test_samples", static_cast<std::int64_t>(data.test.count)},
          {"note", data.note}};
}

}  // namespace

Recorder::Recorder(const Example& example, const TrainOptions& options, Samples& samples, nn::Module& network)
    : example_(example),
      options_(options),
      samples_(samples),
      network_(network),
      folder_(options.out, example.name, options.activation.to_string()),
      progress_(talks(), options.epochs * samples.steps_per_epoch(), options.epochs),
      probe_(samples.probe()),
      chance_(samples.classes()) {
  write_config();
  const Dataset& data = samples_.dataset();
  if (!data.note.empty() && !options_.quiet) fmt::print(options_.json ? stderr : stdout, "{}\n", data.note);
  if (const std::string remark = options_.init.remark(options_.activation); !remark.empty() && talks()) fmt::print("{}\n", remark);
  if (talks())
    fmt::print("{}: {} ({} training and {} test samples), {} parameters, {}, recorded in {}\n", example_.name, data.name, data.train.count,
               data.test.count, network_.parameter_count(), machine_of(samples_.tensor().device), folder_.path().string());
}

void Recorder::write_config() {
  folder_.write_config({{"example", example_.name},
                        {"version", std::string(version)},
                        {"seed", options_.seed},
                        {"device", samples_.tensor().device.to_string()},
                        {"threads", std::int64_t{thread_count()}},
                        {"network", network_.describe()},
                        {"parameters", network_.parameter_count()},
                        {"data", describe_data(samples_.dataset())},
                        {"flags", options_.settings()}});
}

void Recorder::probe(std::int64_t step) {
  const Using in_use(network_);
  units_.probe(step, [&] { static_cast<void>(network_(probe_)); });
}

bool Recorder::begin_step(const Batch& batch) {
  batch_ = batch;
  test_.reset();
  if (batch.step % options_.log_every != 0 && !batch.last_of_epoch) return false;
  const bool due = units_.last_step() < 0 || batch.step - units_.last_step() >= steps_between_probes;
  if (due || batch.last_of_epoch) probe(batch.step);
  return true;
}

void Recorder::end_step(const Outcome& outcome, double learning_rate) {
  Pending step{batch_, learning_rate, seconds(), outcome.loss.dtype(), outcome.loss.read_later(), nullptr, {}};
  if (outcome.layers) {
    step.correct = count_correct(outcome.logits, batch_.labels()).read_later();
    step.layers = outcome.layers->rows_later();
  }
  pending_.push_back(std::move(step));
  enter_arrived(most_pending);
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
  if (!std::isfinite(loss_)) return look_for_not_finite(step.batch, loss_);
  const Batch& batch = step.batch;
  ++steps_;
  all_samples_ += batch.size();
  epoch_samples_ += batch.size();
  epoch_loss_ += loss_ * static_cast<double>(batch.size());
  chance_.add(loss_);
  if (step.layers) {
    log_layers(batch, step.layers());
    const double accuracy = number<double>(*step.correct) / static_cast<double>(batch.size());
    folder_.append(records::StepRecord{batch.step, batch.epoch, loss_, accuracy, step.learning_rate, step.seconds});
    if (batch.step == 0 && talks()) print_table("at initialisation");
  }
  progress_.show(steps_, batch.epoch, samples_per_second(), loss_);
}

/// The step may not have been watched: the batch goes through once more, with everybody listening.
void Recorder::look_for_not_finite(const Batch& batch, double loss) {
  observe::LayerWatch watch;
  {
    const Listening listening(watch);
    const Tensor again = cross_entropy(network_(batch.images()), batch.labels());
    static_cast<void>(gradients(again, network_.parameter_tensors()));
  }
  log_layers(batch, watch.collect());
  not_finite_ = first_not_finite(layers_, batch.step, loss);
  progress_.clear();
  if (talks()) print_table(fmt::format("step {}: the loss is {}", batch.step, spelled(loss)));
}

void Recorder::log_layers(const Batch& batch, std::vector<observe::LayerStatistics> layers) {
  layers_ = std::move(layers);
  for (observe::LayerStatistics& layer : layers_) {
    layer.step = batch.step;
    layer.epoch = batch.epoch;
    layer.dead_share = units_.dead_share(layer.layer);
    folder_.append(layer);
  }
}

double Recorder::samples_per_second() const {
  const double now = training_seconds_ + std::chrono::duration<double>(Clock::now() - resumed_).count();
  return now > 0 ? static_cast<double>(all_samples_) / now : 0;
}

void Recorder::end_epoch() {
  enter_arrived(0);
  if (!batch_.last_of_epoch || not_finite_) return;
  training_seconds_ += std::chrono::duration<double>(Clock::now() - resumed_).count();
  ++epochs_;
  const double train_loss = epoch_loss_ / static_cast<double>(epoch_samples_);
  test_ = samples_.evaluate_test(network_);
  folder_.append(records::EpochRecord{batch_.epoch, train_loss, test_->loss, test_->accuracy, seconds()});
  progress_.clear();
  if (talks())
    print_table(fmt::format("epoch {}/{}: train loss {:.4f}, test loss {:.4f}, test accuracy {:.2f} %, {}", batch_.epoch, options_.epochs,
                            train_loss, test_->loss, 100 * test_->accuracy, duration(seconds())));
  epoch_loss_ = 0;
  epoch_samples_ = 0;
  resumed_ = Clock::now();
}

void Recorder::print_table(const std::string& title) {
  progress_.clear();
  fmt::print("\n{}\n{}", title, records::layer_table(layers_, records::TextStyle::of(stdout)));
  std::fflush(stdout);
}

records::Summary Recorder::summary() {
  records::Summary s;
  s.example = example_.name;
  s.device = samples_.tensor().device.to_string();
  s.data = samples_.dataset().name;
  s.interrupted = InterruptGuard::interrupted();
  s.steps = steps_;
  s.epochs = epochs_;
  s.parameters = network_.parameter_count();
  s.seconds = seconds();
  s.samples_per_second = training_seconds_ > 0 ? static_cast<double>(all_samples_) / training_seconds_ : 0;
  if (!test_) test_ = samples_.evaluate_test(network_);
  const Evaluation train = samples_.evaluate_train(network_);
  s.train_loss = train.loss;
  s.train_accuracy = train.accuracy;
  s.test_loss = test_->loss;
  s.test_accuracy = test_->accuracy;
  s.layers = layers_;
  s.units = units_.layers();
  s.diagnoses = observe::diagnose({layers_, &units_, &chance_, not_finite_});
  return s;
}

void Recorder::print_result(const records::Summary& s) {
  fmt::print("\n{}: test accuracy {:.2f} %, train accuracy {:.2f} %, {} steps in {} ({:.0f} samples/s)\n",
             s.interrupted ? "interrupted" : "done", 100 * s.test_accuracy, 100 * s.train_accuracy, s.steps, duration(s.seconds),
             s.samples_per_second);
  for (const observe::Diagnosis& diagnosis : s.diagnoses) fmt::print("{}\n", observe::describe(diagnosis));
  fmt::print("run folder: {}\n", folder_.path().string());
}

int Recorder::finish() {
  enter_arrived(0);
  progress_.clear();
  if (!batch_.last_of_epoch || not_finite_) training_seconds_ += std::chrono::duration<double>(Clock::now() - resumed_).count();
  const records::Summary s = summary();
  folder_.write_summary(s);
  if (options_.json)
    fmt::print("{}", records::to_json(s));
  else
    print_result(s);
  if (not_finite_)
    throw Error(fmt::format("the loss became {} at step {}{}; the run folder {} is complete", spelled(not_finite_->loss), not_finite_->step,
                            not_finite_->layer > 0 ? fmt::format(", first in layer {} ({})", not_finite_->layer, not_finite_->tensor) : "",
                            folder_.path().string()));
  return s.interrupted ? interrupted_exit_code : 0;
}

}  // namespace seegrad::train
