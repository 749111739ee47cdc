// A program of your own with an activation of your own, trained on the CPU and, where there is one, on a GPU. The struct below is all
// that either of them gets: derivatives, vector kernels and CUDA kernels are made from it.
//
//   own_activation                          five epochs of drawn digits on each device
//   own_activation --data fashion-mnist     all flags of the training examples work
#include "seegrad/activation/activation.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/tensor/device.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/version.hpp"

#include <cstdio>

using namespace seegrad;

/// A rectifier with a soft knee of a width that is learned: x where x > width, 0 where x < -width, a parabola between.
struct Knee {
  static constexpr std::string_view name = "knee", mathematics = "x > w ? x : (x < -w ? 0 : (x + w)^2/(4*w))";
  static constexpr std::array parameters{Parameter{.name = "w", .value = 0.5, .learnable = true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T w) const {
    const T rise = x + w;
    return select(x > w, x, select(x < -w, T(0), rise * rise / (T(4) * w)));
  }
};

const train::Example program{"own_activation", "Trains with an activation of one's own, on every device of this machine."};

int train_everywhere(const train::TrainOptions& given) {
  std::printf("seegrad %s\n", version.data());
  for (const char* device : {"cpu", "cuda"}) {
    train::TrainOptions knobs = given;
    knobs.device = device;
    if (!knobs.out.empty()) knobs.out += std::string("-") + device;
    try {
      static_cast<void>(backend_of(Device::parse(device)));
    } catch (const Error& error) {
      std::printf("%s: left out, %s\n", device, error.what());
      continue;
    }
    std::printf("%s:", device);
    std::fflush(stdout);
    train::fit(program, knobs);
  }
  return 0;
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.activation = register_activation<Knee>();
  defaults.data = "digits";
  defaults.epochs = 5;
  defaults.quiet = true;
  return train::guarded_main(argc, argv, program, train_everywhere, defaults);
}

// Expected output, on a machine without a GPU:
//
//   seegrad 0.1.0
//   cpu:
//   done: test accuracy 98.97 %, train accuracy 99.81 %, 4690 steps in 1 s (253709 samples/s)
//   run folder: runs/...
//   cuda: left out, cuda:0: there is no NVIDIA driver here (libcuda.so.1 was not found); use --device cpu
