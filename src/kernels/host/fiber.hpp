// Fibers: several flows of control on one thread of the host, of which one runs until it hands over to another. A CUDA thread that
// waits at a barrier is one that has handed over. AddressSanitizer is told of every change of stack, or it would take the other
// fiber's variables for wild memory.
#pragma once
#include <ucontext.h>

#include <cstddef>
#include <memory>

#if defined(__SANITIZE_ADDRESS__)
#define SEEGRAD_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SEEGRAD_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef SEEGRAD_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace seegrad::kernels::host {

class Fiber {
 public:
  /// The flow that is running already, on the thread's own stack.
  Fiber() = default;
  /// One that calls `body` when it is handed over to for the first time. The body never returns.
  explicit Fiber(void (*body)()) : stack_(std::make_unique_for_overwrite<char[]>(stack_bytes)), bottom_(stack_.get()), size_(stack_bytes) {
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack_.get();
    context_.uc_stack.ss_size = stack_bytes;
    context_.uc_link = nullptr;
    makecontext(&context_, body, 0);
#ifdef SEEGRAD_ADDRESS_SANITIZER
    context_.uc_stack.ss_size = 0;  // or the sanitizer would forget what it knows of this stack at every swapcontext
#endif
  }
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Called on this fiber: goes on with the other one. Returns when somebody hands over to this one.
  void hand_over_to(Fiber& other) {
    previous() = this;
#ifdef SEEGRAD_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&fake_stack_, other.bottom_, other.size_);
#endif
    swapcontext(&context_, &other.context_);
    arrive();
  }

  /// The first thing to be called on this fiber whenever it gets its turn.
  void arrive() {
#ifdef SEEGRAD_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(fake_stack_, &previous()->bottom_, &previous()->size_);
#endif
  }

 private:
#ifdef SEEGRAD_ADDRESS_SANITIZER
  static constexpr std::size_t stack_bytes = 256 * 1024;
#else
  static constexpr std::size_t stack_bytes = 64 * 1024;
#endif
  static Fiber*& previous() {
    static Fiber* fiber = nullptr;
    return fiber;
  }

  ucontext_t context_{};
  std::unique_ptr<char[]> stack_;
  [[maybe_unused]] const void* bottom_ = nullptr;
  [[maybe_unused]] std::size_t size_ = 0;
  [[maybe_unused]] void* fake_stack_ = nullptr;
};

}  // namespace seegrad::kernels::host
