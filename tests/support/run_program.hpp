// Runs a program as a user would and reports what it said: exit code, both outputs, files in a scratch folder of its own.
#pragma once
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace seegrad::testing {

struct Outcome {
  int code = -1;        ///< exit code; 128 + signal when one ended it
  bool killed = false;  ///< by a signal
  std::string out, err;
  double cpu_seconds = 0;        ///< of all its threads
  std::int64_t peak_memory = 0;  ///< bytes resident at once
};

struct RunOptions {
  std::filesystem::path folder;          ///< to run in
  std::vector<std::string> environment;  ///< "NAME=value", added to the one of the test
  std::uint64_t file_size_limit = 0;     ///< bytes that it may write into a file; 0 is no limit
  std::function<bool()> interrupt_when;  ///< asked every few milliseconds; once true, the signals are sent
  std::vector<int> signals{SIGINT};      ///< one after the other, some milliseconds apart
  bool terminal = false;                 ///< stderr is a (pseudo-)terminal instead of a file
};

Outcome run_program(const std::string& program, const std::vector<std::string>& arguments, const RunOptions& options);

}  // namespace seegrad::testing
