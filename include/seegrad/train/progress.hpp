// The line that moves while a network trains: how far, how fast, how long yet. Only on a terminal.
#pragma once
#include <chrono>
#include <cstdint>

#include "seegrad/record/duration.hpp"
#include "seegrad/record/layer_table.hpp"

namespace seegrad::train {

class ProgressBar {
 public:
  /// Silent unless `wanted` and stderr is a terminal.
  ProgressBar(bool wanted, std::int64_t total_steps, std::int64_t epochs);
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Draws at most ten times a second.
  void show(std::int64_t steps_done, std::int64_t epoch, double samples_per_second, double loss);
  /// Takes the line away, so that something else can be printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool on_, visible_ = false;
  records::TextStyle style_;
  std::int64_t total_, epochs_;
  Clock::time_point start_ = Clock::now(), drawn_ = {};
};

using records::duration;

}  // namespace seegrad::train
