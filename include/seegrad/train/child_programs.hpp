// Runs other programs, several at a time, each with its outputs in files.
#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace seegrad::train {

struct ChildProgram {
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::filesystem::path out, err;  ///< files for its outputs
  bool alone = false;              ///< nothing may run beside it: it measures time
};

/// How one ended: its exit code (128 + the signal when one ended it), and how long it took.
using ChildEnded = std::function<void(std::size_t index, int code, double seconds)>;

/// Runs all, at most `beside` at once, in their order. Ends early, killing what runs, once an InterruptGuard (interrupt.hpp) of the caller
/// has seen Ctrl-C; then it returns false. Throws Error when a program cannot be started.
bool run_programs(std::span<const ChildProgram> programs, int beside, const ChildEnded& ended);

/// The folder that the running program lies in.
std::filesystem::path own_folder();

}  // namespace seegrad::train
