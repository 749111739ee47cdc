// From text to machine code while the program runs: NVRTC, with the device headers that lie in this library (embedded_headers.hpp), so
// that a user's machine needs neither nvcc nor a host compiler. Results are kept on disk (kernel_cache.hpp).
#pragma once
#include <string>
#include <vector>

#include "backend/cuda/kernel_cache.hpp"

namespace seegrad::cuda {

struct Compilation {
  std::string source;                     ///< a translation unit with its #include lines
  std::string subject;                    ///< whose kernel it is, for messages: "formula x*sigmoid(x)"
  int architecture = 0;                   ///< compute capability of the device, 90 for 9.0
  std::vector<std::string> options = {};  ///< beyond our own, such as --ptxas-options=-v
};

struct Compiled {
  std::vector<char> image;  ///< a cubin for exactly this architecture, or PTX that the driver finishes
  std::string log;          ///< what the compiler remarked; empty when the image came from the cache
  bool from_cache = false;
};

/// Throws Error, one line that begins with the subject, when the text does not compile or the device is too old for this NVRTC.
Compiled compile(const Compilation& what, const KernelCache& cache);

/// The --gpu-architecture that is compiled for: "sm_90", or "compute_120" for a device newer than this NVRTC, which then gets PTX.
std::string target_of(int architecture);

}  // namespace seegrad::cuda
