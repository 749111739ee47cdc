// Threads that wait without sleeping. A layer's work takes some ten microseconds, less than it costs to wake a sleeping thread, so
// idle workers spin for a while, then yield, and sleep only when nothing has come for some milliseconds.
#pragma once
#include <cstddef>
#include <memory>
#include <type_traits>

namespace seegrad::cpu {

/// A reference to a callable void(int), without an allocation.
class Task {
 public:
  template <class F>
  Task(F& f) : object_(&f), call_([](void* object, int part) { (*static_cast<std::remove_reference_t<F>*>(object))(part); }) {}
  void operator()(int part) const { call_(object_, part); }

 private:
  void* object_;
  void (*call_)(void*, int);
};

/// The number of parts into which work is cut: the thread count.
int parts();

/// Calls task(0) ... task(count - 1), each on its own thread when count is parts() and the threads are free, and returns when all
/// are done. From inside a task, while another thread of the program uses the pool, or when another thread has changed the thread
/// count meanwhile, the parts run one after the other: the results are the same. The first exception of a part is thrown again here.
void run_parts(int count, Task task);

/// Elements [begin, end) of part `part` when n elements are cut into pieces that start at multiples of `grain`.
struct Range {
  std::size_t begin, end;
};
Range part_of(std::size_t n, std::size_t grain, int part, int parts);

/// Calls body(begin, end) over [0, n): in parallel when the work (in elements touched) is worth it. The pieces depend on n and the
/// thread count alone.
template <class Body>
void parallel_for(std::size_t n, std::size_t grain, std::size_t work, Body&& body) {
  constexpr std::size_t worth_it = 32 * 1024;
  const int count = parts();
  if (count == 1 || work < worth_it) {
    if (n > 0) body(std::size_t{0}, n);
    return;
  }
  auto piece = [&](int part) {
    const Range range = part_of(n, grain, part, count);
    if (range.begin < range.end) body(range.begin, range.end);
  };
  run_parts(count, piece);
}

}  // namespace seegrad::cpu
