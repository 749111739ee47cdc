// The two pools: memory that comes back, and threads that wait without sleeping.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "backend/cpu/host_memory.hpp"
#include "backend/cpu/thread_pool.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/tensor/threads.hpp"

namespace seegrad::cpu {
namespace {

/// Sets the thread count for one test.
class Threads {
 public:
  explicit Threads(int count) { set_thread_count(count); }
  ~Threads() { set_thread_count(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_ = thread_count();
};

}  // namespace

TEST_CASE("a released block serves the next request of its size, and the system is not asked again", "[backend][memory]") {
  BlockPool pool(std::make_unique<HostMemory>());
  void* first = pool.allocate(1000);
  CHECK(reinterpret_cast<std::uintptr_t>(first) % 64 == 0);
  pool.release(first, 1000);
  void* second = pool.allocate(1010);  // rounds up to the same size
  CHECK(second == first);
  CHECK(pool.use().system_allocations == 1);
  void* third = pool.allocate(1000);
  CHECK(third != second);
  CHECK(pool.use().system_allocations == 2);
  pool.release(second, 1010);
  pool.release(third, 1000);
  CHECK(pool.use().bytes_in_use == 0);
  CHECK(pool.use().bytes_held >= 2000);
  CHECK(pool.use().peak_bytes_in_use >= 2000);
}

TEST_CASE("an allocation of nothing is a valid block", "[backend][memory]") {
  BlockPool pool(std::make_unique<HostMemory>());
  void* block = pool.allocate(0);
  CHECK(block != nullptr);
  pool.release(block, 0);
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("when memory runs out the error says what was asked for and what to change", "[backend][memory]") {
  BlockPool pool(std::make_unique<HostMemory>());
  CHECK_THROWS_WITH(pool.allocate(std::size_t{1} << 60),
                    Catch::Contains("out of memory") && Catch::Contains("MiB asked for") && Catch::Contains("--batch"));
}
#endif

TEST_CASE("every part of the work is done exactly once, for any thread count", "[backend][threads]") {
  for (int count : {1, 2, 3, 7}) {
    const Threads threads(count);
    for (int repeat = 0; repeat < 200; ++repeat) {
      std::vector<std::atomic<int>> done(static_cast<std::size_t>(count));
      auto task = [&](int part) { ++done[static_cast<std::size_t>(part)]; };
      run_parts(count, task);
      for (const auto& times : done) REQUIRE(times == 1);
    }
  }
}

TEST_CASE("pieces cover the range without overlap and begin at whole grains", "[backend][threads]") {
  for (std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{1000}}) {
    for (std::size_t grain : {std::size_t{1}, std::size_t{16}}) {
      for (int parts : {1, 2, 5}) {
        std::size_t reached = 0;
        for (int part = 0; part < parts; ++part) {
          const Range range = part_of(n, grain, part, parts);
          CHECK(range.begin == reached);
          CHECK((range.begin % grain == 0 || range.begin == n));
          reached = range.end;
        }
        CHECK(reached == n);
      }
    }
  }
}

TEST_CASE("an exception in one part reaches the caller, and the pool works on", "[backend][threads]") {
  const Threads threads(3);
  auto failing = [](int part) {
    if (part == 2) throw std::runtime_error("part 2 failed");
  };
  CHECK_THROWS_WITH(run_parts(3, failing), "part 2 failed");
  std::atomic<int> done{0};
  auto working = [&](int) { ++done; };
  run_parts(3, working);
  CHECK(done == 3);
}

TEST_CASE("work inside work, and work from two threads at once, is done all the same", "[backend][threads]") {
  const Threads threads(2);
  std::atomic<int> done{0};
  auto inner = [&](int) { ++done; };
  auto outer = [&](int) { run_parts(2, inner); };
  run_parts(2, outer);
  CHECK(done == 4);
  done = 0;
  const auto many = [&] {
    for (int i = 0; i < 300; ++i) run_parts(2, inner);
  };
  std::thread other(many);
  many();
  other.join();
  CHECK(done == 1200);
}

TEST_CASE("all work is done while another thread changes the thread count", "[backend][threads]") {
  const Threads threads(2);
  std::atomic<bool> stop{false};
  std::thread other([&] {
    for (int count = 1; !stop; count = count % 3 + 1) set_thread_count(count);
  });
  for (int repeat = 0; repeat < 300; ++repeat) {
    std::vector<int> touched(64 * 1024, 0);
    parallel_for(touched.size(), 16, touched.size(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++touched[i];
    });
    if (std::count(touched.begin(), touched.end(), 1) != static_cast<std::ptrdiff_t>(touched.size())) {
      stop = true;
      other.join();
      FAIL("an element was left out or done twice");
    }
  }
  stop = true;
  other.join();
}

TEST_CASE("workers that fell asleep wake up again", "[backend][threads]") {
  const Threads threads(2);
  std::atomic<int> done{0};
  auto task = [&](int) { ++done; };
  run_parts(2, task);
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  run_parts(2, task);
  CHECK(done == 4);
}

TEST_CASE("a thread count that makes no sense is refused", "[backend][threads]") {
  CHECK_THROWS_AS(set_thread_count(0), UsageError);
  CHECK_THROWS_AS(set_thread_count(-3), UsageError);
  CHECK_THROWS_WITH(set_thread_count(257), Catch::Contains("257") && Catch::Contains("1..256"));
}

}  // namespace seegrad::cpu
