// Several small trainings at a time, each in a process of its own with one thread. Threads inside one training of a small network spend
// their time waiting for each other; and a process has one set of threads and of random numbers, so that what a training gives does not
// depend on how many others run beside it.
#pragma once
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <new>
#include <span>

#include "seegrad/math/error.hpp"
#include "seegrad/train/interrupt.hpp"

namespace seegrad {

/// Numbers that this process and those that it starts see alike; zeros at first.
class SharedNumbers {
 public:
  explicit SharedNumbers(std::size_t count)
      : count_(count), memory_(mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
  }
  ~SharedNumbers() { munmap(memory_, bytes()); }
  SharedNumbers(const SharedNumbers&) = delete;
  SharedNumbers& operator=(const SharedNumbers&) = delete;
  std::span<double> all() const { return {static_cast<double*>(memory_), count_}; }

 private:
  std::size_t bytes() const { return (count_ + 1) * sizeof(double); }
  std::size_t count_;
  void* memory_;
};

/// Does job(0) ... job(count - 1), `at_once` at a time, each in a copy of this process; with 1 at once in this process itself, which is how
/// a GPU is used. ended(i) is called here as each ends, in any order. What a job finds it leaves in a file or in SharedNumbers. After
/// Ctrl-C no more are started (the terminal tells the running ones too). Returns how many were done. Throws Error when a job failed, once
/// the others have ended; it has said why on stderr. Before it, this process must have started no threads: set_thread_count(1).
inline std::size_t in_processes(std::size_t count, int at_once, const std::function<void(std::size_t)>& job,
                                const std::function<void(std::size_t)>& ended) {
  const train::InterruptGuard guard;
  std::map<pid_t, std::size_t> running;
  std::size_t next = 0, done = 0, failed = 0;
  while (!running.empty() || (next < count && !train::InterruptGuard::interrupted())) {
    if (at_once == 1) {
      job(next);
      ++done, ended(next++);
      continue;
    }
    if (next < count && running.size() < static_cast<std::size_t>(at_once) && failed == 0 && !train::InterruptGuard::interrupted()) {
      std::fflush(nullptr);
      const pid_t child = fork();
      if (child == 0) {
        int code = 0;
        try {
          job(next);
        } catch (const std::exception& error) {
          std::fprintf(stderr, "%s\n", error.what());
          code = 1;
        }
        std::fflush(nullptr);
        _exit(code);
      }
      if (child > 0) {
        running[child] = next++;
        continue;
      }
      if (running.empty()) throw Error("the system allows no further process");
    }
    if (running.empty()) break;  // one has failed, and no more are started
    int status = 0;
    const pid_t child = wait(&status);
    if (child < 0 && errno == ECHILD) throw Error("the processes of the trainings are gone: SIGCHLD must not be ignored");
    const auto found = running.find(child);
    if (found == running.end()) continue;
    const bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (well)
      ++done, ended(found->second);
    else if (!train::InterruptGuard::interrupted())
      ++failed;
    running.erase(found);
  }
  if (failed > 0) throw Error("a training failed: the line above says why; what was done before it stays");
  return done;
}

}  // namespace seegrad
