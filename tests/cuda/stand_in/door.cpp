// The door to the GPUs (backend/cuda_door.hpp), as it leads to the stand-in. Linked into a program, it takes the place of the library's.
#include <cstdlib>
#include <string>

#include "backend/cuda_door.hpp"
#include "seegrad/math/error.hpp"
#include "stand_in_backend.hpp"

namespace seegrad::cuda {

const Presence& presence() {
  static const Presence one{1, ""};
  return one;
}

Backend& backend(int index) {
  if (index >= 1) throw Error("cuda:" + std::to_string(index) + ": there is no such GPU here; the last one is cuda:0");
  const char* fault = std::getenv("SEEGRAD_STAND_IN_FAULT");
  static auto* only = new testing::StandInBackend(fault ? fault : "");
  return *only;
}

}  // namespace seegrad::cuda
