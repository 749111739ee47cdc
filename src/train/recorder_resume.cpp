// How a run is kept and taken up again.
#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "seegrad/math/error.hpp"
#include "seegrad/train/checkpoint.hpp"
#include "seegrad/train/model_file.hpp"
#include "seegrad/train/recorder.hpp"
#include "train/recorder_parts.hpp"

namespace seegrad::train {
namespace {

namespace fs = std::filesystem;

constexpr auto pause_between_checkpoints = std::chrono::seconds(30);
constexpr const char* checkpoint_name = "checkpoint.safetensors";
constexpr const char* own_memory = "recorder";

}  // namespace

records::RunFolder resumed_folder(const fs::path& run) {
  std::error_code ignored;
  if (!fs::exists(run / checkpoint_name, ignored))
    throw UsageError(fmt::format("--resume {}: has no {}; the run ended before its first one", run.string(), checkpoint_name));
  return {run, checkpoint_files(run / checkpoint_name)};
}

observe::Memory Recorder::memory() const {
  observe::Memory memory;
  memory[own_memory] = {
      static_cast<double>(steps_),       static_cast<double>(epochs_),          epoch_loss_,        static_cast<double>(epoch_samples_),
      static_cast<double>(all_samples_), static_cast<double>(next_histograms_), training_seconds(), seconds()};
  units_.save(memory);
  for (const observe::RunObserver* follower : followers_) follower->save(memory);
  return memory;
}

void Recorder::restore(const observe::Memory& memory) {
  const auto own = memory.find(own_memory);
  constexpr std::size_t numbers = 8;
  if (own == memory.end() || own->second.size() != numbers) throw Error("the checkpoint does not say where the run stood");
  const std::vector<double>& n = own->second;
  const auto is_sound = [](double number) { return number >= 0 && number <= 0x1p53; };
  if (!std::all_of(n.begin(), n.end(), is_sound)) throw Error("the checkpoint does not say where the run stood");
  const auto whole = [&](std::size_t i) { return static_cast<std::int64_t>(n[i]); };
  steps_ = whole(0), epochs_ = whole(1), epoch_loss_ = n[2], epoch_samples_ = whole(3), all_samples_ = whole(4);
  next_histograms_ = whole(5), training_seconds_ = n[6], seconds_before_ = n[7];
  units_.restore(memory);
  announce([&](observe::RunObserver& to) { to.restore(memory); });
}

void Recorder::go_on_from_checkpoint() {
  const fs::path file = folder_.path() / checkpoint_name;
  const Checkpoint checkpoint = read_checkpoint(file, network_, optimizer_);
  if (checkpoint.data_checksum != samples_.dataset().checksum())
    throw Error(fmt::format("--resume {}: --data {} holds other data than when the run was begun", folder_.path().string(), options_.data));
  const auto is_event_file = [](const auto& f) { return f.first.starts_with("events.") && f.first.find('/') == std::string::npos; };
  const auto events = std::find_if(checkpoint.files.begin(), checkpoint.files.end(), is_event_file);
  if (events == checkpoint.files.end()) throw Error(fmt::format("{}: does not say which event file was written", file.string()));
  events_.emplace(records::EventFile(folder_.path() / events->first, events->second));
  followers_.push_back(&*events_);
  restore(checkpoint.memory);
  if (steps_ >= total_steps())
    throw UsageError(fmt::format("--resume {}: all {} epochs are done; give --epochs N to train on", folder_.path().string(), epochs_));
  std::error_code ignored;
  for (const char* of_an_end : {"summary.json", "report.html", "mistakes.csv", "mistakes.png"})
    fs::remove(folder_.path() / of_an_end, ignored);
}

void Recorder::checkpoint_if_due() {
  const bool due = options_.checkpoint_every > 0 ? (batch_.step + 1) % options_.checkpoint_every == 0
                                                 : batch_.last_of_epoch && Clock::now() - checkpointed_ >= pause_between_checkpoints;
  const bool last = batch_.step + 1 == total_steps();  // finish() does it
  if (!due || last || not_finite_) return;
  enter_arrived(0);
  if (!not_finite_) write_checkpoint();
}

void Recorder::write_checkpoint() {
  records::FileLengths files = folder_.lengths();
  files[events_->file().path().filename().string()] = events_->file().bytes();
  train::write_checkpoint(folder_.path() / checkpoint_name, {memory(), files, samples_.dataset().checksum()}, network_, optimizer_,
                          about_model(options_, samples_));
  checkpointed_ = Clock::now();
}

}  // namespace seegrad::train
