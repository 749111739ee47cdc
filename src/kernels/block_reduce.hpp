// What the threads of a warp or of a block find together. The order in which numbers are combined is always the same, so results are
// the same from run to run; every thread gets the result.
#pragma once
#include "kernels/kernel_language.hpp"

namespace seegrad::kernels {

/// +inf, without a header that NVRTC does not have.
template <class T>
__device__ __host__ __forceinline__ constexpr T infinity() {
  if constexpr (sizeof(T) == 8)
    return __builtin_bit_cast(T, 0x7FF0000000000000ULL);
  else
    return __builtin_bit_cast(T, 0x7F800000U);
}
template <class T>
__device__ __host__ __forceinline__ constexpr T not_a_number() {
  if constexpr (sizeof(T) == 8)
    return __builtin_bit_cast(T, 0x7FF8000000000000ULL);
  else
    return __builtin_bit_cast(T, 0x7FC00000U);
}
/// Neither infinite nor NaN, whatever the compiler has been told about NaNs.
template <class T>
__device__ __host__ __forceinline__ bool is_finite(T x) {
  return x - x == T(0);
}

/// The larger one; NaN wins, as it must: a maximum that hides a NaN would hide a broken network.
template <class T>
__device__ __forceinline__ T larger_or_nan(T running, T value) {
  return value > running ? value : value == value ? running : value;
}

struct Plus {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return a + b;
  }
};
struct LargerOrNan {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return larger_or_nan(a, b);
  }
};
struct Smaller {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};
struct Larger {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return b > a ? b : a;
  }
};

/// Over neighbouring lanes, `lanes` of them (a power of two), each group on its own. All 32 lanes of the warp must call; combine must be
/// commutative, or lanes would see different results.
template <class T, class Combine>
__device__ __forceinline__ T lanes_reduce(T value, int lanes, Combine combine) {
  for (int distance = lanes / 2; distance > 0; distance /= 2) value = combine(value, __shfl_xor_sync(whole_warp, value, distance));
  return value;
}
template <class T, class Combine>
__device__ __forceinline__ T warp_reduce(T value, Combine combine) {
  SEEGRAD_UNROLL
  for (int distance = warp_size / 2; distance > 0; distance /= 2) value = combine(value, __shfl_xor_sync(whole_warp, value, distance));
  return value;
}
template <class T>
__device__ __forceinline__ T warp_sum(T value) {
  return warp_reduce(value, Plus{});
}
template <class T>
__device__ __forceinline__ T warp_max(T value) {
  return warp_reduce(value, LargerOrNan{});
}

/// This thread's number in its block, whatever the block's dimensions.
__device__ __forceinline__ int thread_in_block() {
  return static_cast<int>(threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z));
}
__device__ __forceinline__ int threads_in_block() { return static_cast<int>(blockDim.x * blockDim.y * blockDim.z); }

/// Over all threads of the block, which has whole warps; all of them must call. `nothing` changes no number: combine(nothing, v) = v.
template <class T, class Combine>
__device__ T block_reduce(T value, T nothing, Combine combine) {
  SEEGRAD_SHARED(T[warp_size], of_warp);
  const int lane = thread_in_block() % warp_size, warp = thread_in_block() / warp_size, warps = threads_in_block() / warp_size;
  value = warp_reduce(value, combine);
  __syncthreads();  // somebody may still read what the last call left
  if (lane == 0) of_warp[warp] = value;
  __syncthreads();
  return warp_reduce(lane < warps ? of_warp[lane] : nothing, combine);
}
template <class T>
__device__ __forceinline__ T block_sum(T value) {
  return block_reduce(value, T(0), Plus{});
}
/// NaN wins.
template <class T>
__device__ __forceinline__ T block_max(T value) {
  return block_reduce(value, -infinity<T>(), LargerOrNan{});
}

}  // namespace seegrad::kernels
