// Kernels with a mistake in them: running kernels on the host is worth something only if mistakes show there.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "kernels/block_reduce.hpp"
#include "kernels/kernel_room.hpp"

namespace seegrad::kernels::test {
namespace {

using Catch::Matchers::Contains;

constexpr int block = 64;

/// y = x backwards, through shared memory, twice over; a barrier may be missing.
template <bool first_barrier, bool second_barrier>
__global__ void turn_around(const double* x, double* y) {
  SEEGRAD_SHARED(double[block], tile);
  const unsigned thread = threadIdx.x;
  for (int half = 0; half < 2; ++half) {
    tile[thread] = x[half * block + thread];
    if (first_barrier) __syncthreads();
    y[half * block + thread] = tile[block - 1 - thread];
    if (second_barrier) __syncthreads();
  }
}

/// The same within a warp.
template <bool barrier>
__global__ void turn_warp(const double* x, double* y) {
  SEEGRAD_SHARED(double[warp_size], tile);
  tile[threadIdx.x] = x[threadIdx.x];
  if (barrier) __syncwarp();
  y[threadIdx.x] = tile[warp_size - 1 - threadIdx.x];
}

template <class Kernel>
bool is_right(Kernel kernel, const host::Settings& order, int threads, int halves) {
  const WithSettings now(order);
  const auto x = seegrad::test::normal_values<double>(std::size_t(threads) * std::size_t(halves), 3);
  std::vector<double> y(x.size());
  CHECK(launch(kernel, dim3(1), dim3(unsigned(threads)), 0, nullptr, x.data(), y.data()) == success);
  bool right = true;
  for (int i = 0; i < threads * halves; ++i)
    right = right && y[std::size_t(i)] == x[std::size_t(i / threads * threads + threads - 1 - i % threads)];
  return right;
}

__global__ void half_at_barrier(int* done) {
  if (threadIdx.x < 40) __syncthreads();
  ++*done;
}
__global__ void leave_early() {
  if (threadIdx.x >= 40) return;
  __syncthreads();
}
__global__ void barrier_against_shuffle() {
  if (threadIdx.x < 32)
    __syncthreads();
  else
    __shfl_xor_sync(threadIdx.x < 48 ? whole_warp : 1U, 1.0, 1);
}
__global__ void shuffle_with_the_gone() {
  if (threadIdx.x == 5) return;
  __shfl_xor_sync(whole_warp, 1.0, 1);
}
__global__ void shuffle_without_itself() { __shfl_xor_sync(1U, 1.0, 1); }

template <class Kernel, class... Arguments>
std::string error_of(Kernel kernel, dim3 grid, dim3 threads, std::size_t shared, Arguments... arguments) {
  try {
    static_cast<void>(launch(kernel, grid, threads, shared, nullptr, arguments...));
  } catch (const host::KernelError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a missing barrier shows in every order of threads", "[kernels]") {
  for (const host::Settings& order : all_orders(8)) {
    INFO(name_of(order));
    CHECK(is_right(turn_around<true, true>, order, block, 2));
    CHECK_FALSE(is_right(turn_around<false, true>, order, block, 2));
  }
}

TEST_CASE("a missing barrier of a warp shows in every order of threads", "[kernels]") {
  for (const host::Settings& order : all_orders(8)) {
    INFO(name_of(order));
    CHECK(is_right(turn_warp<true>, order, warp_size, 1));
    CHECK_FALSE(is_right(turn_warp<false>, order, warp_size, 1));
  }
}

TEST_CASE("writing what others have yet to read shows in every order of threads", "[kernels]") {
  for (const host::Settings& order : all_orders(8)) {
    INFO(name_of(order));
    CHECK_FALSE(is_right(turn_around<true, false>, order, block, 2));
  }
}

TEST_CASE("a barrier that some threads do not reach is an error in every order of threads", "[kernels]") {
  for (const host::Settings& order : all_orders()) {
    const WithSettings now(order);
    int done = 0;
    CHECK_THAT(error_of(half_at_barrier, dim3(1), dim3(64), 0, &done),
               Contains("barrier divergence: of 64 threads 40 wait at __syncthreads, 0 in a warp operation, 24 have ended"));
    CHECK(done == 24);
    CHECK_THAT(error_of(leave_early, dim3(1), dim3(64), 0), Contains("40 wait at __syncthreads"));
    CHECK_THAT(error_of(barrier_against_shuffle, dim3(1), dim3(64), 0), Contains("warp operation") || Contains("leaves it out"));
    CHECK_THAT(error_of(shuffle_with_the_gone, dim3(1), dim3(32), 0), Contains("lane 5 of warp 0 has ended"));
    CHECK_THAT(error_of(shuffle_without_itself, dim3(1), dim3(32), 0), Contains("a mask that leaves it out"));
  }
}

TEST_CASE("CUDA's words outside of a kernel are an error", "[kernels]") {
  CHECK_THROWS_AS(__syncthreads(), host::KernelError);
  CHECK_THROWS_AS(__shfl_xor_sync(whole_warp, 1, 1), host::KernelError);
}

TEST_CASE("after an error the host runs the next kernel", "[kernels]") {
  int done = 0;
  CHECK(error_of(half_at_barrier, dim3(3), dim3(64), 0, &done) != "no error");
  CHECK(is_right(turn_around<true, true>, {}, block, 2));
}

TEST_CASE("threads that wait when a block fails are unwound", "[kernels]") {
  static int alive;
  struct Local {
    Local() { ++alive; }
    ~Local() { --alive; }
  };
  alive = 0;
  void (*const kernel)() = [] {
    const Local local;
    if (threadIdx.x == 50) throw std::runtime_error("thread 50 gives up");
    __syncthreads();
  };
  CHECK_THROWS_WITH(static_cast<void>(launch(kernel, dim3(1), dim3(64), 0, nullptr)), "thread 50 gives up");
  CHECK(alive == 0);
}

#ifdef SEEGRAD_ADDRESS_SANITIZER

namespace {

__global__ void read_behind_shared(double* y) {
  SEEGRAD_SHARED(double[8], first);
  SEEGRAD_SHARED(double[8], second);
  first[threadIdx.x % 8] = second[threadIdx.x % 8] = 1;
  __syncthreads();
  y[0] = first[8 + threadIdx.x];
}
__global__ void write_behind_array(double* y) { y[threadIdx.x] = 1; }

/// Whether the process that does this dies of it.
template <class Work>
bool is_deadly(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    close(STDERR_FILENO);
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

}  // namespace

TEST_CASE("AddressSanitizer guards shared memory and arrays against kernels", "[kernels]") {
  std::vector<double> y(32);
  CHECK_FALSE(is_deadly([&] { return launch(write_behind_array, dim3(1), dim3(32), 0, nullptr, y.data()); }));
  CHECK(is_deadly([&] { return launch(write_behind_array, dim3(1), dim3(33), 0, nullptr, y.data()); }));
  CHECK(is_deadly([&] { return launch(read_behind_shared, dim3(1), dim3(8), 0, nullptr, y.data()); }));
}

TEST_CASE("shared memory between and behind arrays is poisoned, and what a block had is for the next", "[kernels]") {
  void (*const kernel)() = [] {
    SEEGRAD_SHARED(char[10], letters);
    SEEGRAD_SHARED(double[3], numbers);
    SEEGRAD_DYNAMIC_SHARED(float, row);
    CHECK(__asan_address_is_poisoned(&letters[9]) == 0);
    CHECK(__asan_address_is_poisoned(&letters[9] + 1) != 0);
    CHECK(__asan_address_is_poisoned(&numbers[2]) == 0);
    CHECK(__asan_address_is_poisoned(&numbers[2] + 1) != 0);
    CHECK(__asan_address_is_poisoned(&row[4]) == 0);
    CHECK(__asan_address_is_poisoned(&row[4] + 1) != 0);
  };
  CHECK(launch(kernel, dim3(2), dim3(1), 5 * sizeof(float), nullptr) == success);
  void (*const without)() = [] {
    SEEGRAD_DYNAMIC_SHARED(float, row);
    CHECK(__asan_address_is_poisoned(row) != 0);
  };
  CHECK(launch(without, dim3(1), dim3(1), 0, nullptr) == success);
}

#endif

}  // namespace seegrad::kernels::test
