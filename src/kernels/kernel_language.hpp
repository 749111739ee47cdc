// The language of the kernels: one source for three compilers.
//
//   nvcc    makes device code of it, and launch() starts it on a stream;
//   NVRTC   makes device code of it at run time, and finds no standard library there: kernel headers include <cmath>, <cstddef>,
//           <cstdint>, <type_traits>, <utility> and nothing else of it (kernels with lambdas may need its -default-device);
//   g++ and clang++ make a program for the CPU in which every CUDA thread is a fiber (host/machine.hpp): tests and lessons run the
//           very text that a GPU will run, in any order of threads, with no GPU.
//
// Kernel text is plain CUDA but for shared memory, which is declared as
//
//   SEEGRAD_SHARED(T[32][33], tile);         a type without commas, and a name
//   SEEGRAD_DYNAMIC_SHARED(T, row);          T* row, as many bytes as the launch says
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace seegrad::kernels {
/// Lets a macro take T[32] for the type of a variable.
template <class T>
using Same = T;
}  // namespace seegrad::kernels

#if defined(__CUDACC__)
#define SEEGRAD_SHARED(type, name) __shared__ ::seegrad::kernels::Same<type> name
#define SEEGRAD_DYNAMIC_SHARED(type, name)                               \
  extern __shared__ __align__(16) unsigned char seegrad_shared_memory[]; \
  type* const name = reinterpret_cast<type*>(seegrad_shared_memory)
#define SEEGRAD_UNROLL _Pragma("unroll")
#else
#include "kernels/host/words.hpp"
#define SEEGRAD_UNROLL
#endif

#if defined(__CUDACC__) && !defined(__CUDACC_RTC__)
#include <cuda_runtime.h>

namespace seegrad::kernels {

using Stream = cudaStream_t;
using Status = cudaError_t;
inline constexpr Status success = cudaSuccess;

/// Starts the kernel; more than 48 KiB of shared memory is asked for first. On the host the same call runs it to its end.
template <class... Parameters, class... Arguments>
[[nodiscard]] Status launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes, Stream stream,
                            Arguments&&... arguments) {
  if (shared_bytes > 48 * 1024) {
    const Status allowed = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes));
    if (allowed != success) return allowed;
  }
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
}

}  // namespace seegrad::kernels
#endif

namespace seegrad::kernels {

inline constexpr int warp_size = 32;
inline constexpr unsigned whole_warp = 0xFFFFFFFFU;

/// This thread's number among all of a grid in one dimension, and how many there are.
__device__ __forceinline__ std::int64_t thread_in_grid() { return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; }
__device__ __forceinline__ std::int64_t threads_in_grid() { return static_cast<std::int64_t>(gridDim.x) * blockDim.x; }

}  // namespace seegrad::kernels
