// How the machine goes from thread to thread. A round lets every thread of one warp that is not waiting run until it stops; then those
// lanes that have all arrived where they wait for each other may go on. In a given order the first warp that can run always does,
// and so runs as far ahead of the others as it can; at random any of them does. A block's barrier opens when nobody else can run.
#pragma once
#include <algorithm>
#include <utility>

#include "kernels/host/machine.hpp"

namespace seegrad::kernels::host {

inline std::uint64_t Machine::random_below(std::uint64_t limit) {
  random_state_ += 0x9E3779B97F4A7C15U;  // splitmix64
  std::uint64_t z = random_state_;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
  z = (z ^ z >> 27) * 0x94D049BB133111EBU;
  return (z ^ z >> 31) % limit;
}

template <class Sequence>
void Machine::arrange(Sequence& sequence) {
  if (settings.order == Order::reverse) std::reverse(sequence.begin(), sequence.end());
  if (settings.order != Order::random) return;
  for (std::size_t i = sequence.size(); i > 1; --i) std::swap(sequence[i - 1], sequence[random_below(i)]);
}

inline void Machine::run(dim3 grid, dim3 block, std::size_t shared_bytes, const std::function<void()>& body) {
  if (busy_) throw KernelError("kernel on the host: a kernel cannot be launched while another one runs");
  const auto refuse = [](const std::string& what) { throw KernelError("kernel on the host: " + what); };
  if (block.count() == 0 || block.count() > 1024) refuse("a block of " + std::to_string(block.count()) + " threads; it can have 1 to 1024");
  if (grid.count() == 0 || grid.x > 0x7FFFFFFFU || grid.y > 65535 || grid.z > 65535)
    refuse("a grid of " + std::to_string(grid.x) + " x " + std::to_string(grid.y) + " x " + std::to_string(grid.z) +
           " blocks; it can have 1 to 2^31 - 1, 65535 and 65535");
  std::vector<std::uint64_t> blocks(grid.count());
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = i;
  random_state_ = settings.seed;
  arrange(blocks);
  gridDim = grid, blockDim = block;
  threads_.resize(block.count());
  warps_.resize((block.count() + 31) / 32);
  body_ = &body;
  busy_ = true;
  struct Done {
    Machine& machine;
    ~Done() { machine.busy_ = false, machine.body_ = nullptr, machine.current_ = nullptr; }
  } done{*this};
  for (const std::uint64_t i : blocks) {
    blockIdx = dim3(unsigned(i % grid.x), unsigned(i / grid.x % grid.y), unsigned(i / grid.x / grid.y));
    shared_.begin_block(shared_bytes);
    run_block();
  }
}

inline void Machine::run_block() {
  for (unsigned i = 0; i < threads_.size(); ++i)
    threads_[i] = {i, dim3(i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y)};
  round_.clear();
  turn_ = 0;
  running_warp_ = 0;
  error_ = nullptr;
  if (Thread* first = next()) {
    take_turn(*first);
    main_.hand_over_to(fiber_for(*first));
  }
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

/// The life of a fiber: threads of this block and of later ones.
inline void Machine::live() {
  Machine& machine = instance();
  Fiber& fiber = *machine.current_->fiber;
  fiber.arrive();
  while (true) machine.run_threads(fiber);
}

/// Runs the current thread and then, as long as threads that have not begun are next, those; then rests.
inline void Machine::run_threads(Fiber& fiber) {
  run_thread();
  current_->state = State::ended;
  current_->fiber = nullptr;
  Thread* following = next();
  if (following) take_turn(*following);
  if (following && !following->fiber) {
    following->fiber = &fiber;
    return;
  }
  idle_.push_back(&fiber);
  fiber.hand_over_to(following ? *following->fiber : main_);
}

inline void Machine::run_thread() {
  try {
    (*body_)();
    tell(Stop::end, 0);
  } catch (const Cancelled&) {
  } catch (...) {
    if (!error_) error_ = std::current_exception();
  }
}

inline Fiber& Machine::fiber_for(Thread& thread) {
  if (thread.fiber) return *thread.fiber;
  if (idle_.empty()) {
    idle_.push_back(&fibers_.emplace_back(&Machine::live));
  }
  thread.fiber = idle_.back();
  idle_.pop_back();
  return *thread.fiber;
}

inline void Machine::take_turn(Thread& thread) {
  current_ = &thread;
  threadIdx = thread.index;
}

inline void Machine::pause(State state, unsigned mask, std::uint64_t bits, double shown) {
  Thread& me = running();
  if (!error_) {
    tell(state == State::at_block ? Stop::block : Stop::warp, shown);
    me.state = state, me.mask = mask, me.given = bits;
    Thread* following = next();  // somebody there is: at the least this thread, to be cancelled
    take_turn(*following);
    if (following != &me) me.fiber->hand_over_to(fiber_for(*following));
  }
  if (error_) throw Cancelled{};
}

inline std::array<std::uint64_t, 32> Machine::exchange(unsigned mask, std::uint64_t bits, double shown) {
  if ((mask >> lane() & 1) == 0) throw KernelError("kernel on the host: a lane waits for its warp with a mask that leaves it out");
  const unsigned warp = current_->number / 32;
  pause(State::at_warp, mask, bits, shown);
  std::array<std::uint64_t, 32> given{};
  for (unsigned i = 0; i < 32; ++i) given[i] = mask >> i & 1 ? warps_[warp].published[i] : ~std::uint64_t{0};
  return given;
}

inline void Machine::tell(Stop stop, double given) {
  if (settings.observer) settings.observer({blockIdx, threadIdx, stop, given, shared_.arrays()});
}

/// The thread whose turn it is; nobody when the block is done.
inline Machine::Thread* Machine::next() {
  while (!error_) {
    if (turn_ < round_.size()) return round_[turn_++];
    if (!begin_round()) break;
  }
  return error_ ? next_to_cancel() : nullptr;
}

inline Machine::Thread* Machine::next_to_cancel() {
  for (Thread& thread : threads_)
    if (thread.fiber && thread.state != State::ended) return &thread;
  return nullptr;
}

inline bool Machine::begin_round() {
  if (!round_.empty()) release_lanes(running_warp_);
  if (error_) return false;
  round_.clear();
  turn_ = 0;
  const auto can_run = [&](unsigned warp) {
    const std::size_t end = std::min<std::size_t>(threads_.size(), warp * 32 + 32);
    for (std::size_t i = warp * 32; i < end; ++i)
      if (threads_[i].state == State::ready) return true;
    return false;
  };
  able_.clear();
  for (unsigned warp = 0; warp < warps_.size(); ++warp)
    if (can_run(warp)) able_.push_back(warp);
  if (able_.empty()) {
    if (std::all_of(threads_.begin(), threads_.end(), [](const Thread& t) { return t.state == State::ended; })) return false;
    release_block();
    return !error_;
  }
  const bool random = settings.order == Order::random;
  running_warp_ = random ? able_[random_below(able_.size())] : settings.order == Order::reverse ? able_.back() : able_.front();
  const std::size_t end = std::min<std::size_t>(threads_.size(), running_warp_ * 32 + 32);
  for (std::size_t i = running_warp_ * 32; i < end; ++i)
    if (threads_[i].state == State::ready) round_.push_back(&threads_[i]);
  arrange(round_);
  return true;
}

/// Lets those lanes go on whose whole mask has arrived.
inline void Machine::release_lanes(unsigned warp) {
  const std::size_t first = warp * 32, count = std::min<std::size_t>(threads_.size() - first, 32);
  for (std::size_t i = 0; i < count; ++i) {
    if (threads_[first + i].state != State::at_warp) continue;
    const unsigned mask = threads_[first + i].mask;
    bool complete = true;
    for (std::size_t k = 0; k < count; ++k) {
      const Thread& other = threads_[first + k];
      if ((mask >> k & 1) == 0) continue;
      if (other.state == State::ended)
        return fail("lane " + std::to_string(k) + " of warp " + std::to_string(warp) + " has ended, but lane " + std::to_string(i) +
                    " waits for it in a warp operation");
      complete = complete && other.state == State::at_warp && other.mask == mask;
    }
    if (!complete) continue;
    for (std::size_t k = 0; k < count; ++k) {
      if ((mask >> k & 1) == 0) continue;
      warps_[warp].published[k] = threads_[first + k].given;
      threads_[first + k].state = State::ready;
    }
  }
}

inline void Machine::release_block() {
  std::size_t waiting = 0, in_warps = 0, ended = 0;
  for (const Thread& thread : threads_) {
    waiting += thread.state == State::at_block;
    in_warps += thread.state == State::at_warp;
    ended += thread.state == State::ended;
  }
  if (waiting < threads_.size())
    return fail("barrier divergence: of " + std::to_string(threads_.size()) + " threads " + std::to_string(waiting) +
                " wait at __syncthreads, " + std::to_string(in_warps) + " in a warp operation, " + std::to_string(ended) + " have ended");
  for (Thread& thread : threads_) thread.state = State::ready;
}

inline void Machine::fail(const std::string& what) {
  const auto place = [](dim3 at) { return std::to_string(at.x) + ", " + std::to_string(at.y) + ", " + std::to_string(at.z); };
  error_ = std::make_exception_ptr(KernelError("kernel on the host: block (" + place(blockIdx) + "): " + what));
}

}  // namespace seegrad::kernels::host
