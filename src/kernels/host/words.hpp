// CUDA's words for a host compiler: what a kernel says, handed to the machine of machine.hpp.
#pragma once
#include <cstring>
#include <type_traits>
#include <utility>

#include "kernels/host/machine.hpp"

#ifndef __global__  // NVIDIA's headers define some of them for host compilers, too
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#endif
#ifndef __grid_constant__
#define __grid_constant__
#endif

// NOLINTBEGIN(bugprone-macro-parentheses): a type and a name
/// The static is one for each instance of a template, as is a __shared__ array.
#define SEEGRAD_SHARED(type, name)                                 \
  static ::seegrad::kernels::host::SharedSlot seegrad_slot_##name; \
  auto& name = ::seegrad::kernels::host::shared_array<::seegrad::kernels::Same<type>>(seegrad_slot_##name)
#define SEEGRAD_DYNAMIC_SHARED(type, name) \
  type* const name = static_cast<type*>(::seegrad::kernels::host::Machine::instance().shared().dynamic())
// NOLINTEND(bugprone-macro-parentheses)

namespace seegrad::kernels {
namespace host {

template <class Array>
Array& shared_array(SharedSlot& slot) {
  static_assert(std::is_trivially_default_constructible_v<Array>, "nobody initialises shared memory");
  return *static_cast<Array*>(Machine::instance().shared().fixed(slot, sizeof(Array)));
}

template <class T>
T from_lane(unsigned mask, T value, unsigned source) {
  static_assert(std::is_arithmetic_v<T>);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  const auto given = Machine::instance().exchange(mask, bits, static_cast<double>(value));
  std::memcpy(&value, &given[source], sizeof value);
  return value;
}

/// The lane itself when the other one lies outside the warp's part that `width` cuts.
inline unsigned within(unsigned lane, unsigned other, int width) {
  const auto part = static_cast<unsigned>(width);
  return other / part == lane / part ? other : lane;
}

inline unsigned votes(unsigned mask, bool predicate) {
  const auto given = Machine::instance().exchange(mask, predicate, predicate);
  unsigned result = 0;
  for (unsigned i = 0; i < 32; ++i) result |= (mask >> i & 1 && given[i] == 1 ? 1U : 0U) << i;
  return result;
}

}  // namespace host

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
inline void __syncthreads() { host::Machine::instance().wait_for_block(); }
inline void __syncwarp(unsigned mask = ~0U) { host::Machine::instance().exchange(mask, 0, 0); }
inline void __threadfence() {}

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  const unsigned lane = host::Machine::instance().lane(), part = static_cast<unsigned>(width);
  return host::from_lane(mask, value, lane / part * part + static_cast<unsigned>(source) % part);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {
  const unsigned lane = host::Machine::instance().lane();
  return host::from_lane(mask, value, host::within(lane, lane ^ static_cast<unsigned>(bits), width));
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  const unsigned lane = host::Machine::instance().lane();
  return host::from_lane(mask, value, host::within(lane, lane + delta, width));
}
inline unsigned __ballot_sync(unsigned mask, int predicate) { return host::votes(mask, predicate != 0); }
inline int __any_sync(unsigned mask, int predicate) { return host::votes(mask, predicate != 0) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return host::votes(mask, predicate != 0) == mask; }
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }

// One thread runs at a time, so these need no more than their arithmetic.
template <class T>
T atomicAdd(T* place, std::type_identity_t<T> value) {
  return std::exchange(*place, *place + value);
}
template <class T>
T atomicMax(T* place, std::type_identity_t<T> value) {
  return std::exchange(*place, *place < value ? value : *place);
}
template <class T>
T atomicCAS(T* place, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  return std::exchange(*place, *place == expected ? value : *place);
}

/// A product and a sum that no compiler makes into one rounding.
[[gnu::noinline]] inline double __dmul_rn(double a, double b) { return a * b; }
[[gnu::noinline]] inline double __dadd_rn(double a, double b) { return a + b; }
// NOLINTEND(readability-identifier-naming)

using Stream = void*;
enum class Status { success };
inline constexpr Status success = Status::success;

template <class... Parameters, class... Arguments>
[[nodiscard]] Status launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes, Stream,
                            Arguments&&... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments));
  host::Machine::instance().run(grid, block, shared_bytes, [&] { kernel(static_cast<Parameters>(arguments)...); });
  return success;
}

}  // namespace seegrad::kernels
