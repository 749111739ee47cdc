// What CUDA's functions return, looked at: a failure becomes an Error that names the function, the status and the place of the call.
#pragma once
#include <cuda_runtime_api.h>

#include <cstdio>
#include <source_location>
#include <string>
#include <string_view>

#include "seegrad/math/error.hpp"

namespace seegrad::cuda {

/// "cudaMalloc: cudaErrorMemoryAllocation (2), out of memory; asked by memory.cpp:41"
inline std::string failure_text(cudaError_t status, std::string_view what, const std::source_location& place) {
  const std::string_view path = place.file_name();
  std::string text(what);
  text.append(": ").append(cudaGetErrorName(status)).append(" (").append(std::to_string(static_cast<int>(status))).append("), ");
  text.append(cudaGetErrorString(status)).append("; asked by ").append(path.substr(path.find_last_of("/\\") + 1));
  return text.append(":").append(std::to_string(place.line()));
}

/// Throws Error unless all is well. `what` names the function, and for a launch also the kernel.
inline void check(cudaError_t status, std::string_view what, const std::source_location& place = std::source_location::current()) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // forgets it, or the next call would be blamed
  throw Error(failure_text(status, what, place));
}

/// The same for destructors, which must not throw: says it on stderr. When the program ends, the driver may be gone before them.
inline void check_quietly(cudaError_t status, std::string_view what,
                          const std::source_location& place = std::source_location::current()) noexcept {
  if (status == cudaSuccess || status == cudaErrorCudartUnloading) return;
  cudaGetLastError();
  try {
    std::fprintf(stderr, "%s\n", failure_text(status, what, place).c_str());
  } catch (...) {  // no memory for the words: then without
  }
}

}  // namespace seegrad::cuda
