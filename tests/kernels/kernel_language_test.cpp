// CUDA's words on the host mean what they mean on a device.
#include <catch2/catch.hpp>
#include <numeric>
#include <set>

#include "kernels/block_reduce.hpp"
#include "kernels/kernel_room.hpp"
#include "kernels/packet.hpp"

namespace seegrad::kernels::test {
namespace {

using Catch::Matchers::Contains;

/// Runs the kernel in every order of threads and compares what it leaves in y[threads].
template <class Kernel, class Expected>
void check_threads(Kernel kernel, int threads, Expected expected) {
  for (const host::Settings& order : all_orders()) {
    const WithSettings now(order);
    INFO(name_of(order));
    std::vector<double> y(std::size_t(threads), NAN);
    CHECK(launch(+kernel, dim3(1), dim3(unsigned(threads)), 0, nullptr, y.data()) == success);
    for (int i = 0; i < threads; ++i) CHECK(y[std::size_t(i)] == expected(i));
  }
}

int lane_of_this_thread() { return static_cast<int>(threadIdx.x % 32); }

template <class T>
__global__ void touch_twice(double* y) {
  SEEGRAD_SHARED(T[4], numbers);
  const bool fresh = !(numbers[threadIdx.x] == numbers[threadIdx.x]);
  numbers[threadIdx.x] = T(threadIdx.x);
  __syncthreads();
  y[blockIdx.x * 4 + threadIdx.x] = fresh ? double(numbers[3 - threadIdx.x]) : -1;
}

template <int bytes>
__global__ void wants_fixed() {
  SEEGRAD_SHARED(char[bytes], letters);
  letters[0] = 1;
}
__global__ void nothing() {}

}  // namespace

TEST_CASE("shuffles bring what the other lane gave", "[kernels]") {
  check_threads([](double* y) { y[threadIdx.x] = __shfl_xor_sync(whole_warp, 100.0 + threadIdx.x, 5); }, 64,
                [](int i) { return 100 + (i ^ 5); });
  check_threads([](double* y) { y[threadIdx.x] = __shfl_down_sync(whole_warp, float(threadIdx.x), 3); }, 64,
                [](int i) { return i % 32 < 29 ? i + 3 : i; });
  check_threads([](double* y) { y[threadIdx.x] = __shfl_sync(whole_warp, int(threadIdx.x), 7); }, 64,
                [](int i) { return i / 32 * 32 + 7; });
  check_threads([](double* y) { y[threadIdx.x] = __shfl_sync(whole_warp, int(threadIdx.x), 9, 8); }, 64,
                [](int i) { return i / 8 * 8 + 1; });
  check_threads([](double* y) { y[threadIdx.x] = __shfl_xor_sync(whole_warp, int(threadIdx.x), 9, 8); }, 32, [](int i) { return i; });
  check_threads([](double* y) { y[threadIdx.x] = __shfl_down_sync(whole_warp, int(threadIdx.x), 2, 4); }, 32,
                [](int i) { return i % 4 < 2 ? i + 2 : i; });
}

TEST_CASE("lanes of one warp may part ways and meet again, each group under its own mask", "[kernels]") {
  check_threads(
      [](double* y) {
        int sum = 0;
        if (lane_of_this_thread() < 8) {
          for (int round = 0; round < 3; ++round) sum += __shfl_xor_sync(0xFFU, lane_of_this_thread(), 1);
        } else {
          sum = __shfl_xor_sync(~0xFFU, lane_of_this_thread(), 1);
        }
        y[threadIdx.x] = sum + 1000 * __shfl_sync(whole_warp, lane_of_this_thread(), 31);
      },
      64, [](int i) { return (i % 32 < 8 ? 3 : 1) * (i % 32 ^ 1) + 31000; });
}

TEST_CASE("a lane outside the mask gives nothing but NaN", "[kernels]") {
  std::vector<double> y(32);
  void (*const kernel)(double*) = [](double* to) {
    if (threadIdx.x < 16) to[threadIdx.x] = __shfl_sync(0xFFFFU, 1.0, 20);
  };
  CHECK(launch(kernel, dim3(1), dim3(32), 0, nullptr, y.data()) == success);
  CHECK(std::isnan(y[0]));
}

TEST_CASE("votes count the lanes of the mask", "[kernels]") {
  check_threads([](double* y) { y[threadIdx.x] = __popc(__ballot_sync(whole_warp, threadIdx.x % 3 == 0)); }, 32, [](int) { return 11; });
  check_threads([](double* y) { y[threadIdx.x] = __ballot_sync(whole_warp, threadIdx.x == 33); }, 64, [](int i) { return i < 32 ? 0 : 2; });
  check_threads([](double* y) { y[threadIdx.x] = __any_sync(whole_warp, threadIdx.x == 33); }, 64, [](int i) { return i / 32; });
  check_threads([](double* y) { y[threadIdx.x] = __all_sync(whole_warp, threadIdx.x != 33); }, 64, [](int i) { return 1 - i / 32; });
}

TEST_CASE("atomics return what was there before", "[kernels]") {
  int sum = 0, most = -1, first = -1;
  void (*const kernel)(int*, int*, int*) = [](int* total, int* largest, int* who) {
    const int me = static_cast<int>(threadIdx.x);
    atomicAdd(total, me);
    atomicMax(largest, me);
    if (atomicCAS(who, -1, me) == -1) CHECK(*who == me);
  };
  CHECK(launch(kernel, dim3(2), dim3(64), 0, nullptr, &sum, &most, &first) == success);
  CHECK(sum == 2 * 64 * 63 / 2);
  CHECK(most == 63);
  CHECK(first >= 0);
}

TEMPLATE_TEST_CASE("a block or a warp adds up and finds the largest in every order of threads", "[kernels]", float, double) {
  for (const unsigned threads : {32U, 64U, 256U, 1024U}) {
    for (const host::Settings& order : all_orders(1)) {
      const WithSettings now(order);
      std::vector<double> y(5 * threads, NAN);
      void (*const kernel)(double*) = [](double* to) {
        const auto value = TestType((threadIdx.x * 37) % 101);
        double* const mine = to + 5 * threadIdx.x;
        mine[0] = double(block_sum(value)), mine[1] = double(block_max(value));
        mine[2] = double(warp_sum(value)), mine[3] = double(lanes_reduce(value, 8, Larger{}));
        mine[4] = double(block_sum(std::int64_t{1} << 40));
      };
      CHECK(launch(kernel, dim3(1), dim3(threads), 0, nullptr, y.data()) == success);
      std::vector<double> values;
      for (unsigned i = 0; i < threads; ++i) values.push_back((i * 37) % 101);
      const auto sum = [&](unsigned from, unsigned count) {
        return std::accumulate(values.begin() + from, values.begin() + from + count, 0.0);
      };
      const auto largest = [&](unsigned from, unsigned count) {
        return *std::max_element(values.begin() + from, values.begin() + from + count);
      };
      for (unsigned i = 0; i < threads; ++i) {
        const std::vector<double> expected{sum(0, threads), largest(0, threads), sum(i / 32 * 32, 32), largest(i / 8 * 8, 8),
                                           threads * std::pow(2.0, 40)};
        CHECK(std::vector<double>(y.begin() + 5 * i, y.begin() + 5 * i + 5) == expected);
      }
    }
  }
}

TEST_CASE("the largest of numbers with NaN among them is NaN", "[kernels]") {
  for (const int where : {0, 31, 32, 63}) {
    static int place;
    place = where;
    check_threads([](double* y) { y[threadIdx.x] = std::isnan(block_max(int(threadIdx.x) == place ? NAN : 1.0F)); }, 64,
                  [](int) { return 1; });
  }
}

TEST_CASE("every block finds its shared memory untouched, and every instance of a template has its own", "[kernels]") {
  std::vector<double> y(8), z(8);
  CHECK(launch(touch_twice<float>, dim3(2), dim3(4), 0, nullptr, y.data()) == success);
  CHECK(launch(touch_twice<double>, dim3(2), dim3(4), 0, nullptr, z.data()) == success);
  CHECK(y == std::vector<double>{3, 2, 1, 0, 3, 2, 1, 0});
  CHECK(z == y);
}

TEST_CASE("launches that no device takes are errors", "[kernels]") {
  const auto error_of = [](auto kernel, dim3 grid, dim3 block, std::size_t shared) -> std::string {
    try {
      static_cast<void>(launch(kernel, grid, block, shared, nullptr));
      return "none";
    } catch (const host::KernelError& error) {
      return error.what();
    }
  };
  CHECK(error_of(nothing, dim3(1), dim3(1024), std::size_t{227} * 1024) == "none");
  CHECK_THAT(error_of(nothing, dim3(1), dim3(1025), 0), Contains("a block of 1025 threads"));
  CHECK_THAT(error_of(nothing, dim3(1), dim3(32, 33), 0), Contains("a block of 1056 threads"));
  CHECK_THAT(error_of(nothing, dim3(1), dim3(0), 0), Contains("a block of 0 threads"));
  CHECK_THAT(error_of(nothing, dim3(0), dim3(1), 0), Contains("a grid of 0 x 1 x 1 blocks"));
  CHECK_THAT(error_of(nothing, dim3(1, 65536), dim3(1), 0), Contains("a grid of 1 x 65536 x 1 blocks"));
  CHECK_THAT(error_of(nothing, dim3(1), dim3(1), 227 * 1024 + 1), Contains("232449 bytes of shared memory; a block can have 232448"));
  CHECK_THAT(error_of(wants_fixed<48 * 1024 + 1>, dim3(1), dim3(1), 0), Contains("shared arrays of fixed size; a block can have 49152"));
  CHECK_THAT(error_of(wants_fixed<1024>, dim3(1), dim3(1), 227 * 1024 - 16), Contains("bytes of shared memory"));
  void (*const nested)() = [] { static_cast<void>(launch(nothing, dim3(1), dim3(1), 0, nullptr)); };
  CHECK_THAT(error_of(nested, dim3(1), dim3(1), 0), Contains("while another one runs"));
}

TEST_CASE("an observer hears of every stop of every thread, in the order that was asked for", "[kernels]") {
  const auto heard = [](host::Order order, std::uint64_t seed) {
    std::string text;
    const WithSettings now({order, seed, [&](const host::Step& step) {
                              const char stops[] = {'w', 'b', 'e'};
                              text +=
                                  std::to_string(step.block.x) + std::to_string(step.thread.x) + stops[static_cast<int>(step.stop)] + " ";
                              if (step.stop == host::Stop::warp) CHECK(step.given == 10 + step.thread.x);
                              REQUIRE(step.shared.size() == 1);
                              CHECK(step.shared[0].size() == 2 * sizeof(float));
                            }});
    void (*const kernel)() = [] {
      SEEGRAD_SHARED(float[2], numbers);
      numbers[threadIdx.x] = 1;
      __syncthreads();
      __shfl_xor_sync(3U, 10 + int(threadIdx.x), 1);
    };
    CHECK(launch(kernel, dim3(2), dim3(2), 0, nullptr) == success);
    return text;
  };
  CHECK(heard(host::Order::forward, 1) == "00b 01b 00w 01w 00e 01e 10b 11b 10w 11w 10e 11e ");
  CHECK(heard(host::Order::reverse, 1) == "11b 10b 11w 10w 11e 10e 01b 00b 01w 00w 01e 00e ");
  std::set<std::string> random;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    random.insert(heard(host::Order::random, seed));
    CHECK(heard(host::Order::random, seed) == heard(host::Order::random, seed));
  }
  CHECK(random.size() > 10);
}

TEST_CASE("threads and blocks of three dimensions are numbered as CUDA does", "[kernels]") {
  std::vector<int> seen(2 * 3 * 4 * 2 * 2 * 3);
  void (*const kernel)(int*) = [](int* count) {
    const unsigned grid = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    ++count[grid * blockDim.x * blockDim.y * blockDim.z + unsigned(thread_in_block())];
  };
  CHECK(launch(kernel, dim3(2, 2, 3), dim3(4, 3, 2), 0, nullptr, seen.data()) == success);
  CHECK(seen == std::vector<int>(seen.size(), 1));
}

TEST_CASE("striding covers every element once, for every length and grid", "[kernels]") {
  for (const std::int64_t n : {1, 3, 4, 5, 100, 1023, 4099}) {
    for (const unsigned grid : {1U, 3U}) {
      std::vector<float> y(std::size_t(n), 1);
      void (*const kernel)(float*, std::int64_t) = [](float* to, std::int64_t count) {
        stride_over<4, 2>(
            count, [&](auto w, std::int64_t i) { return load<w.value>(to + i); },
            [&](auto w, std::int64_t i, auto portion) {
              for (int k = 0; k < w.value; ++k) portion.value[k] += float(i + k);
              store(to + i, portion);
            });
      };
      CHECK(launch(kernel, dim3(grid), dim3(64), 0, nullptr, y.data(), n) == success);
      for (std::int64_t i = 0; i < n; ++i) REQUIRE(y[std::size_t(i)] == float(i + 1));
    }
  }
}

}  // namespace seegrad::kernels::test
