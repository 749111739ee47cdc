// The door to the GPUs of a build without CUDA.
#include <fmt/format.h>

#include "backend/cuda_door.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::cuda {

const Presence& presence() {
  static const Presence none{0, "this build of seegrad has no CUDA backend: no CUDA toolkit was found when it was built; use --device cpu"};
  return none;
}

Backend& backend(int index) { throw Error(fmt::format("cuda:{}: {}", index, presence().reason)); }

}  // namespace seegrad::cuda
