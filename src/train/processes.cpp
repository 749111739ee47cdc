#include "seegrad/train/processes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <new>
#include <system_error>
#include <thread>

#include "seegrad/math/error.hpp"
#include "seegrad/train/interrupt.hpp"

extern char** environ;

namespace seegrad::train {
namespace {

using Clock = std::chrono::steady_clock;

/// In a process group of its own, so that Ctrl-C reaches this program alone, which then ends the others.
pid_t start(const ChildProgram& child) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  constexpr int write = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, child.out.c_str(), write, 0644);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, child.err.c_str(), write, 0644);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::string name = child.program.string();
  std::vector<std::string> arguments = child.arguments;
  std::vector<char*> argv{name.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t id = 0;
  const int error = posix_spawn(&id, name.c_str(), &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw Error(fmt::format("{}: cannot be started: {}", name, std::generic_category().message(error)));
  return id;
}

/// A copy of this process that does one job.
pid_t start(const std::function<void(std::size_t)>& job, std::size_t index) {
  std::fflush(nullptr);
  const pid_t id = fork();
  if (id < 0) throw Error(fmt::format("the system allows no further process: {}", std::generic_category().message(errno)));
  if (id > 0) return id;
  int code = 0;
  try {
    job(index);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    code = 1;
  }
  std::fflush(nullptr);
  _exit(code);
}

struct Started {
  std::size_t index = 0;
  Clock::time_point begin;
};

/// Those that run. What still does at its end is killed.
class Running {
 public:
  Running() = default;
  ~Running() {
    for (const auto& [id, started] : children_) kill(id, SIGKILL), waitpid(id, nullptr, 0);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::size_t count() const { return children_.size(); }
  void add(pid_t id, std::size_t index) { children_[id] = {index, Clock::now()}; }
  void gather(const ChildEnded& ended) {
    for (auto child = children_.begin(); child != children_.end();) {
      int status = 0;
      const pid_t id = waitpid(child->first, &status, WNOHANG);
      if (id == 0 || (id < 0 && errno == EINTR)) {
        ++child;
        continue;
      }
      if (id < 0) throw Error("processes that were started are gone: SIGCHLD must not be ignored");
      const Started started = child->second;
      child = children_.erase(child);
      const double seconds = std::chrono::duration<double>(Clock::now() - started.begin).count();
      ended(started.index, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), seconds);
    }
  }

 private:
  std::map<pid_t, Started> children_;
};

constexpr std::chrono::milliseconds pause{5};

}  // namespace

bool run_programs(std::span<const ChildProgram> programs, int beside, const ChildEnded& ended) {
  Running running;
  bool alone = false;  // what runs now must stay so
  for (std::size_t next = 0; next < programs.size() || running.count() > 0;) {
    if (InterruptGuard::interrupted()) return false;
    const bool free = running.count() == 0 || (!alone && running.count() < static_cast<std::size_t>(beside));
    if (next < programs.size() && free && (running.count() == 0 || !programs[next].alone)) {
      alone = programs[next].alone;
      running.add(start(programs[next]), next);
      ++next;
      continue;
    }
    std::this_thread::sleep_for(pause);
    running.gather(ended);
  }
  return true;
}

std::size_t run_jobs(std::size_t count, int beside, const std::function<void(std::size_t)>& job,
                     const std::function<void(std::size_t)>& ended) {
  const InterruptGuard guard;
  std::size_t next = 0, done = 0;
  if (beside <= 1) {
    for (; next < count && !InterruptGuard::interrupted(); ++next) job(next), ++done, ended(next);
    return done;
  }
  Running running;
  bool failed = false;
  for (;;) {
    const bool more = next < count && !failed && !InterruptGuard::interrupted();
    if (more && running.count() < static_cast<std::size_t>(beside)) {
      running.add(start(job, next), next);
      ++next;
      continue;
    }
    if (running.count() == 0) break;
    std::this_thread::sleep_for(pause);
    running.gather([&](std::size_t index, int code, double) {
      if (code == 0)
        ++done, ended(index);
      else
        failed = failed || !InterruptGuard::interrupted();
    });
  }
  if (failed) throw Error("a training failed: the line above says why; what was done before it stays");
  return done;
}

SharedNumbers::SharedNumbers(std::size_t count)
    : count_(count), memory_(mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
  if (memory_ == MAP_FAILED) throw std::bad_alloc();
}

SharedNumbers::~SharedNumbers() { munmap(memory_, bytes()); }

std::filesystem::path own_folder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw Error(fmt::format("where this program lies cannot be found out: /proc/self/exe: {}", error.message()));
  return program.parent_path();
}

}  // namespace seegrad::train
