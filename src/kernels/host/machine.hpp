// The machine that stands in for a GPU: it runs the blocks of a grid one after the other, and of a block one thread at a time, each
// until it waits for others. Which thread comes next is the machine's choice, forward, reverse or at random, so a kernel that needs an
// order it has not asked for gives wrong numbers under some of them. What no order may do (waiting for threads that never come) is a
// KernelError.
//
// What it does not show: the memory model between blocks that run at once, tensor cores, speed.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "kernels/host/fiber.hpp"
#include "kernels/host/shared_memory.hpp"

namespace seegrad::kernels {

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
  constexpr std::uint64_t count() const { return std::uint64_t{x} * y * z; }
};

/// Where a thread is; the machine sets them at every change of thread.
inline dim3 threadIdx, blockIdx, blockDim, gridDim;
// NOLINTEND(readability-identifier-naming)

namespace host {

enum class Order { forward, reverse, random };

/// Why a thread has stopped: to exchange something with its warp, at a barrier of the block, or at its end.
enum class Stop { warp, block, end };

/// What an observer is told whenever a thread stops.
struct Step {
  dim3 block, thread;
  Stop stop = Stop::end;
  double given = 0;                                      ///< at Stop::warp: the number that it gives the others
  std::span<const std::span<const std::byte>> shared{};  ///< the shared arrays that its block has touched so far
};

struct Settings {
  Order order = Order::forward;
  std::uint64_t seed = 1;  ///< of the random order
  std::function<void(const Step&)> observer;
};

class Machine {
 public:
  static Machine& instance() {
    static Machine machine;
    return machine;
  }

  Settings settings;

  /// Runs a whole grid; `body` is the kernel with its arguments. Throws what a thread throws.
  void run(dim3 grid, dim3 block, std::size_t shared_bytes, const std::function<void()>& body);

  // What a running thread asks for.
  void wait_for_block() { pause(State::at_block, 0, 0, 0); }
  /// Gives `bits` to the lanes of the mask, waits for them all and returns what each of the warp's lanes gave (all bits set for those
  /// outside the mask).
  std::array<std::uint64_t, 32> exchange(unsigned mask, std::uint64_t bits, double shown);
  unsigned lane() const { return running().number % 32; }
  SharedMemory& shared() { return shared_; }

 private:
  enum class State { ready, at_warp, at_block, ended };
  struct Thread {
    unsigned number = 0;
    dim3 index;
    State state = State::ready;
    Fiber* fiber = nullptr;  ///< none before its first turn and after its end
    unsigned mask = 0;
    std::uint64_t given = 0;
  };
  struct Warp {
    std::uint64_t published[32] = {};
  };
  struct Cancelled {};  ///< unwinds the threads of a block that has failed

  Machine() = default;
  Thread& running() const {
    if (!current_) throw KernelError("kernel on the host: a word of CUDA was said outside of a kernel");
    return *current_;
  }
  void run_block();
  static void live();
  void run_threads(Fiber& fiber);
  void run_thread();
  void pause(State state, unsigned mask, std::uint64_t bits, double shown);
  void take_turn(Thread& thread);
  Fiber& fiber_for(Thread& thread);
  Thread* next();
  Thread* next_to_cancel();
  bool begin_round();
  void release_lanes(unsigned warp);
  void release_block();
  void fail(const std::string& what);
  void tell(Stop stop, double given);
  std::uint64_t random_below(std::uint64_t limit);
  template <class Sequence>
  void arrange(Sequence& sequence);

  SharedMemory shared_;
  std::deque<Fiber> fibers_;
  std::vector<Fiber*> idle_;
  Fiber main_;
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  std::vector<unsigned> able_;  ///< warps with a thread that can run
  std::vector<Thread*> round_;  ///< the threads of one warp that run now, in this order
  std::size_t turn_ = 0;
  unsigned running_warp_ = 0;
  Thread* current_ = nullptr;
  const std::function<void()>* body_ = nullptr;
  std::exception_ptr error_;
  std::uint64_t random_state_ = 1;
  bool busy_ = false;
};

}  // namespace host
}  // namespace seegrad::kernels

#include "kernels/host/machine_run.hpp"
