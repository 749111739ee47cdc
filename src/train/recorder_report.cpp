// How a run introduces itself and what it leaves behind: config.json, the tables and words on the terminal, summary.json, the model, the
// report.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <utility>

#include "record/report/weight_picture.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/record/layer_table.hpp"
#include "seegrad/record/report.hpp"
#include "seegrad/tensor/backend.hpp"
#include "seegrad/tensor/threads.hpp"
#include "seegrad/train/model_file.hpp"
#include "seegrad/train/recorder.hpp"
#include "seegrad/version.hpp"
#include "train/mistakes.hpp"
#include "train/recorder_parts.hpp"

namespace seegrad::train {
namespace {

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
          {"classes", data.classes},
          {"note", data.note}};
}

}  // namespace

std::string spelled(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

observe::RunFacts run_facts(const TrainOptions& options, const Samples& samples) {
  return {.classes = samples.classes(),
          .depth = options.depth,
          .activation = options.activation.to_string(),
          .init = options.init.to_string(),
          .optimizer = options.optimizer.name,
          .normalisation = std::string(nn::name_of(options.normalisation)),
          .learning_rate = options.optimizer_options().learning_rate};
}

void Recorder::write_config() {
  folder_.write_config({{"example", example_.name},
                        {"version", std::string(version)},
                        {"command", command_line(example_, options_)},
                        {"seed", options_.seed},
                        {"device", samples_.tensor().device.to_string()},
                        {"threads", std::int64_t{thread_count()}},
                        {"network", network_.describe()},
                        {"parameters", network_.parameter_count()},
                        {"data", describe_data(samples_.dataset())},
                        {"flags", options_.settings()}});
}

void Recorder::greet() const {
  const Dataset& data = samples_.dataset();
  static std::string told;  // once a process, however many runs it makes
  if (!data.note.empty() && !options_.quiet && std::exchange(told, data.note) != data.note)
    fmt::print(options_.json ? stderr : stdout, "{}\n", data.note);
  if (!talks()) return;
  if (const std::string remark = options_.init.remark(options_.activation); !remark.empty()) fmt::print("{}\n", remark);
  fmt::print("{}: {} ({} training and {} test samples), {} parameters, {}, recorded in {}\n", example_.name, data.name, data.train.count,
             data.test.count, network_.parameter_count(), machine_of(samples_.tensor().device), folder_.path().string());
  if (!options_.resume.empty()) fmt::print("goes on after step {} of {}\n", steps_, total_steps());
}

void Recorder::print_table(const std::string& title) {
  progress_.clear();
  if (live_) live_->clear();
  fmt::print("\n{}\n{}", title, records::layer_table(layers_, records::TextStyle::of(stdout)));
  std::fflush(stdout);
}

std::vector<records::Finding> Recorder::findings() const {
  std::vector<records::Finding> all;
  for (observe::Diagnosis& diagnosis : diagnostician_.verdicts()) {
    std::string command = diagnosis.changes.empty() ? "" : command_line(example_, options_, diagnosis.changes);
    all.push_back({std::move(diagnosis), std::move(command)});
  }
  return all;
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
  s.findings = findings();
  return s;
}

void Recorder::print_result(const records::Summary& s) {
  fmt::print("\n{}: test accuracy {:.2f} %, train accuracy {:.2f} %, {} steps in {} ({:.0f} samples/s)\n",
             s.interrupted ? "interrupted" : "done", 100 * s.test_accuracy, 100 * s.train_accuracy, s.steps, duration(s.seconds),
             s.samples_per_second);
  for (const records::Finding& finding : s.findings) fmt::print("{}", observe::describe(finding.diagnosis, finding.command));
  fmt::print("run folder: {}\nreport: {}\n", folder_.path().string(), (folder_.path() / "report.html").string());
  if (s.interrupted) fmt::print("to go on: ./run.sh {} --resume {}\n", example_.name, folder_.path().string());
}

namespace {

records::SafeTensor first_weights(const nn::Module& network) {
  const nn::Parameter first = network.parameters().front();
  return records::safe_tensors(std::vector{std::pair(first.name, first.tensor)}).front();
}

}  // namespace

records::Summary Recorder::complete() {
  enter_arrived(0);
  progress_.clear();
  if (live_) live_->finish();
  if (!batch_.last_of_epoch || not_finite_) training_seconds_ = training_seconds();
  const bool all_done = steps_ == total_steps();
  if (!all_done && !not_finite_) write_checkpoint();
  save_model(folder_.path() / "model.safetensors", network_, about_model(options_, samples_));
  if (const std::string mistakes = write_mistakes(folder_.path(), samples_, network_); !mistakes.empty())
    events_->image("mistakes", mistakes);
  if (const auto weights = records::report::weight_picture(first_weights(network_))) events_->image("first_layer_weights", weights->png);
  records::Summary s = summary();
  folder_.write_summary(s);
  records::write_report({{folder_.path()}}, folder_.path() / "report.html");
  if (all_done) write_checkpoint();  // the last thing: a run whose end was broken off is not complete
  return s;
}

int Recorder::finish() {
  const records::Summary s = complete();
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
