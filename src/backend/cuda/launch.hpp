// What every launch of a kernel needs to know of the device it goes to.
#pragma once
#include <cuda_runtime_api.h>

#include <cstddef>

#include "kernels/fault.hpp"

namespace seegrad::cuda {

/// One device's stream of work. Everything is launched into this one stream, so what comes later sees what came before, and the
/// workspace (256-byte aligned) may be used by one launch after the other.
struct Launch {
  cudaStream_t stream = nullptr;
  int multiprocessors = 1;
  int most_shared = 48 * 1024;  ///< bytes of shared memory that a block can have after asking (opt-in limit)
  void* workspace = nullptr;
  std::size_t workspace_bytes = 0;
  kernels::Fault* fault = nullptr;  ///< as the device sees it
};

}  // namespace seegrad::cuda
