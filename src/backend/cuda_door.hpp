// The way to the GPUs. Two rooms have this door: cuda_module, where a CUDA toolkit was found when seegrad was built, and no_cuda. The
// CUDA libraries weigh hundreds of megabytes and take a tenth of a second to load, so neither is linked to a program: cuda_module asks
// the driver first and opens the backend, a library of its own, when somebody wants a GPU and there is one.
#pragma once
#include <string>

#include "seegrad/tensor/backend.hpp"

namespace seegrad::cuda {

/// How many GPUs the driver has; when there are none, one line that says what is missing.
struct Presence {
  int devices = 0;
  std::string reason;
};
const Presence& presence();

/// The backend of a GPU; it lives until the program ends. Throws Error with one line that says what is missing.
Backend& backend(int index);

}  // namespace seegrad::cuda
