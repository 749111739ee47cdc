// Random numbers by counter: element i is made of word i of the stream alone, so a GPU draws what the CPU draws, bit for bit.
#pragma once
#include "kernels/kernel_language.hpp"
#include "kernels/packet.hpp"
#include "seegrad/math/philox.hpp"

namespace seegrad::kernels {

/// `kept` where the word lies below the threshold (2^32 keeps all), else 0.
template <class T>
struct KeepBelow {
  std::uint64_t threshold;
  T kept;
  __device__ __forceinline__ T operator()(std::uint32_t word) const { return word < threshold ? kept : T(0); }
};

/// (word + 1/2) steps above the lower bound. Product and sum are rounded one by one, as on the CPU.
template <class T>
struct Between {
  double lower, step;
  __device__ __forceinline__ T operator()(std::uint32_t word) const {
    return static_cast<T>(__dadd_rn(lower, __dmul_rn(word + 0.5, step)));
  }
};

/// y[i] = number(word i). A thread makes four words at a time; `packets` says that y is aligned for stores of 16 bytes.
template <class T, class Number>
__global__ void __launch_bounds__(256)
    fill_from_words(T* y, std::int64_t n, std::uint64_t seed, std::uint64_t stream, Number number, bool packets) {
  constexpr int words = 4, width = packet_width<T>;
  for (std::int64_t block = thread_in_grid(); block * words < n; block += threads_in_grid()) {
    const PhiloxBlock random = philox(seed, stream, static_cast<std::uint64_t>(block));
    T* const here = y + block * words;
    if (packets && (block + 1) * words <= n) {
      SEEGRAD_UNROLL
      for (int first = 0; first < words; first += width) {
        Packet<T> packet;
        SEEGRAD_UNROLL
        for (int k = 0; k < width; ++k) packet.value[k] = number(random.word[first + k]);
        store(here + first, packet);
      }
    } else {
      SEEGRAD_UNROLL
      for (int k = 0; k < words; ++k)
        if (block * words + k < n) here[k] = number(random.word[k]);
    }
  }
}

}  // namespace seegrad::kernels
