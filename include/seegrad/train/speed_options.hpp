// What activation_speed is asked to measure: its flags, and the tensor that fits into the machine.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "seegrad/observe/speed.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/flags.hpp"

namespace seegrad::train {

struct SpeedOptions {
  std::vector<observe::SpeedSubject> subjects = observe::SpeedSubject::usual();
  std::optional<std::int64_t> rows;  ///< else 5024, or what fits
  std::int64_t columns = 100024;
  std::optional<int> runs;  ///< else 50, or what 40 seconds allow
  int warmup = 3, threads = 0;
  std::string device = "auto", type = "float32", out;
  bool json = false, csv = false;
  std::string command{};  ///< that was given, but for where it writes and how it shows

  /// What to measure: the tensor that was asked for, or the largest up to the usual size that fits into free memory, which is said on
  /// stderr. Throws UsageError when what was asked for does not fit, and as Device::parse() does.
  observe::SpeedSettings settings() const;
  /// The flags, for config.json.
  records::Settings flags() const;
};

/// Reads the command line; nothing after --help. Throws UsageError as Flags::parse() does.
std::optional<SpeedOptions> parse_speed(int argc, const char* const* argv, const Example& program);

}  // namespace seegrad::train
