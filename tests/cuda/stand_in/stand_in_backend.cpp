#include "stand_in_backend.hpp"

#include <algorithm>
#include <cstring>

#include "seegrad/math/error.hpp"

namespace seegrad::testing {
namespace {

constexpr std::size_t total_memory = std::size_t{8} << 30;

}  // namespace

const std::vector<std::string>& fault_names() {
  static const std::vector<std::string> names{
      // A door's result.
      "fill", "binary", "elementwise", "matmul", "activated", "row_sums", "reduce", "expand", "transpose", "softmax", "softmax_slope",
      "cross_entropy", "count_correct", "copy_columns", "gather_rows", "scatter_add_rows", "dropout_mask", "fill_uniform", "statistics",
      "histogram", "mark_alive", "update", "sizes", "gradient_totals", "upload", "download",
      // What it forgets or does at the wrong moment.
      "downloads_what_is_there_when_waited_for", "replay_skips_the_last_work", "replay_forgets_the_learning_rate", "guard_lets_a_nan_pass",
      "guard_forgets", "wrong_labels_pass", "products_are_always_tf32", "products_are_always_fp32", "memory_grows", "error_stays"};
  return names;
}

StandInBackend::StandInBackend(std::string fault) : fault_(std::move(fault)) {
  const std::vector<std::string>& names = fault_names();
  if (fault_.empty() || lies("rounds_otherwise") || std::find(names.begin(), names.end(), fault_) != names.end()) return;
  std::string known = "rounds_otherwise";
  for (const std::string& name : names) known += ", " + name;
  throw Error("SEEGRAD_STAND_IN_FAULT=" + fault_ + ": there is no such fault; there are " + known);
}

// --- memory ---

void* StandInBackend::allocate(std::size_t bytes) {
  if (lies("memory_grows")) cpu_.allocate(bytes);
  if (cpu_.memory().bytes_in_use + bytes > total_memory) throw Error("out of memory: 1 MiB asked for, 0 MiB free; try a smaller --batch");
  void* data = cpu_.allocate(bytes);
  if (!reserve_) return data;
  reserve_->insert(data);
  reserved_.insert(data);
  return data;
}

void StandInBackend::release(void* data, std::size_t bytes) noexcept {
  if (reserved_.erase(data) == 0) return cpu_.release(data, bytes);
  kept_[data] = bytes;
}

MemoryUse StandInBackend::memory() const {
  MemoryUse use = cpu_.memory();
  use.device_total = total_memory;
  use.device_free = use.device_total - std::min(use.device_total, use.bytes_in_use);
  return use;
}

// --- the way to the host ---

void StandInBackend::host_accesses(std::string_view what) {
  ++host_accesses_;
  if (log_) throw Error(std::string(what) + " cannot be recorded: the host has a hand in it");
}

void StandInBackend::throw_fault() {
  if (late_error_.empty()) return;
  const std::string text = late_error_;
  if (!lies("error_stays")) late_error_.clear();
  throw Error(text);
}

void StandInBackend::upload(void* to, const void* host, std::size_t bytes) {
  host_accesses("an upload");
  if (lies("upload") && bytes > (std::size_t{1} << 20)) --bytes;
  cpu_.upload(to, host, bytes);
}

void StandInBackend::download(void* host, const void* from, std::size_t bytes) {
  host_accesses("a download");
  throw_fault();
  if (lies("download") && bytes > (std::size_t{1} << 20)) --bytes;
  cpu_.download(host, from, bytes);
}

/// Numbers as they were when they were asked for; arrives when somebody waits.
class StandInBackend::Late final : public Transfer {
 public:
  Late(StandInBackend& backend, const void* from, std::size_t bytes)
      : backend_(backend), from_(static_cast<const std::byte*>(from)), bytes_(from_, from_ + bytes) {}
  bool arrived() const override { return ++asked_ > 2; }
  std::span<const std::byte> wait() override {
    backend_.throw_fault();
    if (backend_.lies("downloads_what_is_there_when_waited_for")) std::copy(from_, from_ + bytes_.size(), bytes_.begin());
    return bytes_;
  }

 private:
  StandInBackend& backend_;
  const std::byte* from_;
  std::vector<std::byte> bytes_;
  mutable int asked_ = 0;
};

std::unique_ptr<Transfer> StandInBackend::download_later(const void* from, std::size_t bytes) {
  host_accesses("a download");
  return std::make_unique<Late>(*this, from, bytes);
}

void StandInBackend::synchronize() {
  host_accesses("waiting");
  throw_fault();
}

// --- recording ---

class StandInBackend::Replay final : public Recording {
 public:
  Replay(StandInBackend& backend, std::vector<Work> log, std::set<void*> reserve)
      : backend_(backend), log_(std::move(log)), reserve_(std::move(reserve)) {
    if (backend_.lies("replay_skips_the_last_work") && !log_.empty()) log_.pop_back();
  }
  ~Replay() override {
    for (void* data : reserve_) {
      const auto found = backend_.kept_.find(data);
      if (found == backend_.kept_.end()) continue;  // a tensor holds it; what little that is may stay where it is
      backend_.cpu_.release(data, found->second);
      backend_.kept_.erase(found);
    }
  }
  void replay() override {
    for (const Work& work : log_) work();
  }

 private:
  StandInBackend& backend_;
  std::vector<Work> log_;
  std::set<void*> reserve_;
};

std::unique_ptr<Recording> StandInBackend::record(const std::function<void()>& work) {
  if (log_) throw Error("a recording within a recording");
  std::vector<Work> log;
  std::set<void*> reserve;
  log_ = &log, reserve_ = &reserve;
  const auto end = [&] { log_ = nullptr, reserve_ = nullptr; };
  try {
    work();
  } catch (...) {
    end();
    throw;
  }
  end();
  return std::make_unique<Replay>(*this, std::move(log), std::move(reserve));
}

}  // namespace seegrad::testing
