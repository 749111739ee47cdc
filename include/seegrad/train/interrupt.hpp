// Ctrl-C asks for an end, it does not make one: the current step is finished and the run folder completed. A second one kills.
#pragma once
#include <csignal>

namespace seegrad::train {

/// While one lives, the first SIGINT or SIGTERM is only remembered; the second has its usual effect. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// True once the user has asked for an end.
  static bool interrupted();

 private:
  struct sigaction interrupt_before_ = {}, terminate_before_ = {};
};

/// The exit code of a run that the user ended, as shells have it for SIGINT.
inline constexpr int interrupted_exit_code = 130;

}  // namespace seegrad::train
