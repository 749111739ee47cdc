// Several things at a time, each in a process of its own: other programs with their outputs in files, or small trainings of this one.
//
// Threads inside the training of a small network spend their time waiting for each other; and a process has one set of threads and of
// random numbers, so that what a training gives does not depend on how many others run beside it.
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

/// Does job(0) ... job(count - 1), `beside` at a time, each in a copy of this process; with 1 in this process itself, which is how a GPU
/// is used. ended(i) is called here as each ends, in any order. What a job finds it leaves in a file or in SharedNumbers. After Ctrl-C
/// no more are started and those that run are waited for (the terminal tells them too). Returns how many were done. Throws Error when a job
/// failed, once the others have ended; it has said why on stderr. Before it, this process must have started no threads:
/// set_thread_count(1).
std::size_t run_jobs(
    std::size_t count, int beside, const std::function<void(std::size_t)>& job,
    const std::function<void(std::size_t)>& ended = [](std::size_t) {});

/// Numbers that this process and those that run_jobs() makes of it see alike; zeros at first.
class SharedNumbers {
 public:
  explicit SharedNumbers(std::size_t count);
  ~SharedNumbers();
  SharedNumbers(const SharedNumbers&) = delete;
  SharedNumbers& operator=(const SharedNumbers&) = delete;
  std::span<double> all() const { return {static_cast<double*>(memory_), count_}; }

 private:
  std::size_t bytes() const { return (count_ + 1) * sizeof(double); }
  std::size_t count_;
  void* memory_;
};

/// The folder that the running program lies in.
std::filesystem::path own_folder();

}  // namespace seegrad::train
