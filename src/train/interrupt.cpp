#include "seegrad/train/interrupt.hpp"

namespace seegrad::train {
namespace {

volatile std::sig_atomic_t asked = 0;

extern "C" void remember(int) { asked = 1; }

}  // namespace

InterruptGuard::InterruptGuard() {
  asked = 0;
  struct sigaction action = {};
  action.sa_handler = remember;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &interrupt_before_);
  sigaction(SIGTERM, &action, &terminate_before_);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &interrupt_before_, nullptr);
  sigaction(SIGTERM, &terminate_before_, nullptr);
}

bool InterruptGuard::interrupted() { return asked != 0; }

}  // namespace seegrad::train
