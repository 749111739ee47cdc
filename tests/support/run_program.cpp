#include "support/run_program.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace seegrad::testing {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

[[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments, const RunOptions& options,
                         const fs::path& out, const fs::path& err) {
  if (!std::freopen(out.c_str(), "w", stdout) || chdir(options.folder.c_str()) != 0) _exit(126);
  const int errors = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, 0600);
  if (errors < 0 || dup2(errors, STDERR_FILENO) < 0) _exit(126);
  for (const std::string& entry : options.environment) {
    const std::size_t equals = entry.find('=');
    setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
  }
  if (options.file_size_limit > 0) {
    const rlimit limit{options.file_size_limit, options.file_size_limit};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);  // a write fails with an error instead of a signal
  }
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  _exit(127);
}

/// The far end of a pseudo-terminal: what a program writes to its near end, gathered.
class Terminal {
 public:
  Terminal() : end_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    if (end_ < 0 || grantpt(end_) != 0 || unlockpt(end_) != 0) throw std::runtime_error("no pseudo-terminal to be had");
  }
  ~Terminal() { close(end_); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  fs::path near_end() const { return ptsname(end_); }
  void gather() {
    char buffer[4096];
    for (ssize_t got = 0; (got = read(end_, buffer, sizeof buffer)) > 0;) text_.append(buffer, static_cast<std::size_t>(got));
  }
  const std::string& text() const { return text_; }

 private:
  int end_;
  std::string text_;
};

double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); }

}  // namespace

Outcome run_program(const std::string& program, const std::vector<std::string>& arguments, const RunOptions& options) {
  std::optional<Terminal> terminal;
  if (options.terminal) terminal.emplace();
  const fs::path out = options.folder / "stdout.txt", err = terminal ? terminal->near_end() : options.folder / "stderr.txt";
  std::fflush(nullptr);  // or the child would write out what waits in this program's buffers
  const pid_t child = fork();
  if (child == 0) become(program, arguments, options, out, err);
  int status = 0;
  rusage used{};
  std::size_t sent = 0;
  while (wait4(child, &status, options.interrupt_when || terminal ? WNOHANG : 0, &used) == 0) {
    const bool now = sent > 0 || (options.interrupt_when && options.interrupt_when());
    if (now && sent < options.signals.size()) kill(child, options.signals[sent++]);
    if (terminal) terminal->gather();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (terminal) terminal->gather();
  Outcome outcome;
  outcome.killed = !WIFEXITED(status);
  outcome.code = outcome.killed ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  outcome.out = text_of(out);
  outcome.err = terminal ? terminal->text() : text_of(err);
  outcome.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  outcome.peak_memory = std::int64_t{used.ru_maxrss} * 1024;
  return outcome;
}

}  // namespace seegrad::testing
