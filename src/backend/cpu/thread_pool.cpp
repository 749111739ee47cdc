#include "thread_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "seegrad/math/error.hpp"
#include "seegrad/tensor/threads.hpp"

namespace seegrad::cpu {
namespace {

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits until `ready()`: spinning, then yielding to other processes, then giving up (returns false) so that the caller can sleep.
template <class Ready>
bool wait_awake(Ready ready, std::chrono::microseconds limit) {
  for (int i = 0; i < 1000; ++i) {
    if (ready()) return true;
    pause_briefly();
  }
  const auto end = std::chrono::steady_clock::now() + limit;
  do {
    for (int i = 0; i < 32; ++i) {
      if (ready()) return true;
      pause_briefly();
    }
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < end);
  return ready();
}

thread_local bool inside_task = false;

class ThreadPool {
 public:
  ~ThreadPool() { stop(); }

  int size() const { return size_.load(std::memory_order_relaxed); }

  void resize(int count) {
    const std::lock_guard lock(use_);
    stop();
    size_.store(count, std::memory_order_relaxed);
  }

  /// The caller has cut the work into `count` parts already; should the size have changed since, the workers do not fit.
  void run(int count, Task task) {
    std::unique_lock lock(use_, std::defer_lock);
    if (inside_task || count == 1 || !lock.try_lock() || count != size()) {
      for (int part = 0; part < count; ++part) task(part);
      return;
    }
    if (workers_.empty()) start(count);
    task_ = &task;
    error_ = nullptr;
    remaining_.store(count - 1, std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) generation_.notify_all();
    perform(0);
    while (!wait_awake([&] { return remaining_.load(std::memory_order_acquire) == 0; }, std::chrono::seconds(1))) {
    }
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void perform(int part) {
    inside_task = true;
    try {
      (*task_)(part);
    } catch (...) {
      const std::lock_guard lock(error_mutex_);
      if (!error_) error_ = std::current_exception();
    }
    inside_task = false;
  }

  void work(int part, unsigned seen) {
    while (true) {
      const auto changed = [&] { return generation_.load(std::memory_order_seq_cst) != seen; };
      if (!wait_awake(changed, std::chrono::milliseconds(3))) {
        sleepers_.fetch_add(1, std::memory_order_seq_cst);
        while (!changed()) generation_.wait(seen, std::memory_order_seq_cst);
        sleepers_.fetch_sub(1, std::memory_order_relaxed);
      }
      ++seen;
      if (stopping_.load(std::memory_order_acquire)) return;
      perform(part);
      remaining_.fetch_sub(1, std::memory_order_release);
    }
  }

  void start(int count) {
    const unsigned seen = generation_.load(std::memory_order_relaxed);
    try {
      for (int part = 1; part < count; ++part) workers_.emplace_back([this, part, seen] { work(part, seen); });
    } catch (const std::system_error&) {
      const std::size_t started = workers_.size() + 1;
      stop();  // a pool with workers missing would wait for them for ever
      throw Error(fmt::format("threads: the system allows {} of {}; ask for fewer", started, count));
    }
  }

  void stop() {
    if (workers_.empty()) return;
    stopping_.store(true, std::memory_order_release);
    generation_.fetch_add(1, std::memory_order_seq_cst);
    generation_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    stopping_.store(false, std::memory_order_relaxed);
  }

  std::mutex use_;
  std::vector<std::thread> workers_;
  std::atomic<int> size_{static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 256U))};
  std::atomic<unsigned> generation_{0};  ///< counts the calls of run(); a worker joins in when it changes
  std::atomic<int> remaining_{0}, sleepers_{0};
  std::atomic<bool> stopping_{false};
  const Task* task_ = nullptr;
  std::mutex error_mutex_;
  std::exception_ptr error_;
};

ThreadPool& pool() {
  static ThreadPool threads;
  return threads;
}

}  // namespace

int parts() { return pool().size(); }

void run_parts(int count, Task task) { pool().run(count, task); }

Range part_of(std::size_t n, std::size_t grain, int part, int parts) {
  const std::size_t grains = (n + grain - 1) / grain;
  const auto edge = [&](int i) { return std::min(n, grains * static_cast<std::size_t>(i) / static_cast<std::size_t>(parts) * grain); };
  return {edge(part), edge(part + 1)};
}

}  // namespace seegrad::cpu

namespace seegrad {

int thread_count() { return cpu::pool().size(); }

void set_thread_count(int count) {
  if (count < 1 || count > 256) throw UsageError(fmt::format("threads: {} is not in 1..256", count));
  cpu::pool().resize(count);
}

}  // namespace seegrad
