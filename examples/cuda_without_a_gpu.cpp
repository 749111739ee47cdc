// CUDA without a GPU: the library's own kernels on the CPU, where every CUDA thread is a fiber, and a diary of which thread did what.
//
//   ./run.sh cuda_without_a_gpu                          softmax: threads of a row exchange numbers in shuffles
//   ./run.sh cuda_without_a_gpu --kernel transpose       through shared memory: threads meet at a barrier
//   ./run.sh cuda_without_a_gpu --order reverse          the last thread first: other diary, same result
//
// What to expect: the right kernel finds the same in every order. The one without its barrier is right in forward order, by luck, and
// wrong in the others; a GPU knows no order, so a test that has seen only one has seen nothing.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <map>

#include "kernels/arrays.hpp"
#include "kernels/softmax.hpp"
#include "seegrad/train/flags.hpp"
#include "seegrad/train/program.hpp"

using namespace seegrad;
using namespace seegrad::kernels;

const train::Example program{"cuda_without_a_gpu", "Runs CUDA kernels on the CPU and shows which thread did what."};

struct Wishes {
  std::string kernel = "softmax", order = "forward";
  std::uint64_t seed = 1;
};

/// Told whenever a thread stops: writes down what it gives its warp, and which numbers have appeared in memory meanwhile.
class Diary {
 public:
  Diary(std::span<const float> y, unsigned threads) : y_(y), threads_(threads) {}

  void operator()(const host::Step& step) {
    if (step.block.x != block_) stops_.clear(), shared_before_.clear();
    block_ = step.block.x;
    std::string words = step.stop == host::Stop::warp ? fmt::format(" gives {:.3g}", step.given) : "";
    if (!step.shared.empty()) {
      std::vector<float> shared(step.shared[0].size() / sizeof(float));
      std::memcpy(shared.data(), step.shared[0].data(), step.shared[0].size());
      words += news("shared", shared, shared_before_);
    }
    words += news("y", y_, y_before_);
    const int stop = ++stops_[{step.thread.x, step.thread.y}];
    if (step.thread.x >= threads_ || words.empty()) return;
    constexpr const char* places[] = {"meets its warp", "waits for its block", "ends"};
    const std::string title = fmt::format("block {}, stop {}: a thread {}", step.block.x, stop, places[static_cast<int>(step.stop)]);
    if (title != title_) fmt::print("\n  {}\n", title_ = title);
    fmt::print("    thread {},{}{}\n", step.thread.x, step.thread.y, words);
  }

 private:
  static std::string news(const char* name, std::span<const float> now, std::vector<float>& before) {
    before.resize(now.size(), NAN);
    std::string words;
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i] == before[i] || std::isnan(now[i])) continue;
      words += fmt::format("  {}[{}] = {:.3g}", name, i, before[i] = now[i]);
    }
    return words;
  }

  std::span<const float> y_;
  unsigned threads_, block_ = 0;
  std::map<std::pair<unsigned, unsigned>, int> stops_;
  std::vector<float> y_before_, shared_before_;
  std::string title_;
};

/// y = x less the first element of its block's share: one thread reads it, all others wait for it. Or, with the bug, do not.
template <bool barrier>
__global__ void less_the_first(const float* x, float* y) {
  SEEGRAD_SHARED(float[1], first);
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (threadIdx.x == 0) first[0] = x[i];
  if (barrier) __syncthreads();
  y[i] = x[i] - first[0];
}

template <class Kernel>
int wrong_numbers(Kernel kernel) {
  std::vector<float> x(128), y(x.size(), NAN);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * i);
  static_cast<void>(launch(kernel, dim3(2), dim3(64), 0, nullptr, x.data(), y.data()));
  int wrong = 0;
  for (std::size_t i = 0; i < x.size(); ++i) wrong += !(y[i] == x[i] - x[i / 64 * 64]);
  return wrong;
}

host::Order order_named(const std::string& name) {
  return name == "forward" ? host::Order::forward : name == "reverse" ? host::Order::reverse : host::Order::random;
}

int teach(const Wishes& wishes) {
  host::Settings& settings = host::Machine::instance().settings;
  std::vector<float> x(100), y(x.size(), NAN);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * i % 7);
  const bool softmax = wishes.kernel == "softmax";
  fmt::print("{}, 2 blocks of 32 x {} threads, {} order\n",
             softmax ? "softmax of 10 rows, 4 threads to a row" : "transpose of two 3 x 4 matrices", softmax ? 1 : tile_rows_at_once,
             wishes.order);
  settings = {order_named(wishes.order), wishes.seed, Diary(y, 4)};
  const Status status =
      softmax ? launch(softmax_short<float, 4>, dim3(2), dim3(32), 0, nullptr, x.data(), false, y.data(), 10, 10, 4)
              : launch(transpose<float>, dim3(2), dim3(tile_side, tile_rows_at_once), 0, nullptr, x.data(), y.data(), 2, 3, 4);

  fmt::print("\nless_the_first, 2 blocks of 64 threads: how many of 128 numbers are wrong\n\n  order       with barrier   without\n");
  for (const std::string order : {"forward", "reverse", "random", "random", "random"}) {
    settings = {order_named(order), settings.seed + 1, nullptr};
    fmt::print("  {:<12}{:>12}{:>10}\n", order, wrong_numbers(less_the_first<true>), wrong_numbers(less_the_first<false>));
  }
  return status == success ? 0 : 1;
}

int main(int argc, char** argv) {
  return train::guarded_main(program, [&] {
    Wishes wishes;
    train::Flags flags(program);
    flags.group("Kernel").one_of("--kernel", wishes.kernel, {"softmax", "transpose"}, "Of the library, to be looked at");
    flags.group("Machine")
        .one_of("--order", wishes.order, {"forward", "reverse", "random"}, "In which threads take their turns")
        .whole("--seed", wishes.seed, {}, "Of the random order");
    return flags.parse(argc, argv) ? teach(wishes) : 0;
  });
}

// Expected output of --kernel transpose, shortened:
//
//   transpose of two 3 x 4 matrices, 2 blocks of 32 x 8 threads, forward order
//
//     block 0, stop 1: a thread waits for its block
//       thread 0,0  shared[0] = 0
//       thread 1,0  shared[1] = 1
//       ...
//     block 0, stop 2: a thread waits for its block
//       thread 0,0  y[0] = 0
//       thread 1,0  y[1] = 2
//       ...
//
//   less_the_first, 2 blocks of 64 threads: how many of 128 numbers are wrong
//
//     order       with barrier   without
//     forward                0         0
//     reverse                0       126
//     random                 0        64
//     random                 0        36
//     random                 0        49
