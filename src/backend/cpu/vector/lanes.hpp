// What a loop over elements works on: a vector where the instruction set has vectors, else a plain number.
#pragma once

#include "backend/cpu/vector/simd_math.hpp"

#include <cstddef>

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

#if SEEGRAD_IS_SCALAR == 1
template <class T>
using Lanes = T;
template <class T>
constexpr std::size_t lanes_of = 1;
template <class T>
T load(const T* p) {
  return *p;
}
template <class T>
void store(T value, T* p) {
  *p = value;
}
#else
template <class T>
using Lanes = Vector<T>;
template <class T>
constexpr std::size_t lanes_of = Vector<T>::lanes;
template <class T>
SEEGRAD_HD Vector<T> load(const T* p) {
  return Vector<T>::load(p);
}
template <class T>
SEEGRAD_HD void store(Vector<T> value, T* p) {
  value.store(p);
}
#endif

// ---- results too large for the cache: written past it, their lines need not be read first ---------------------------------

#if defined(__SSE2__) && SEEGRAD_IS_SCALAR != 1
SEEGRAD_HD void stream(float* p, __m128 value) { _mm_stream_ps(p, value); }
SEEGRAD_HD void stream(double* p, __m128d value) { _mm_stream_pd(p, value); }
#ifdef __AVX__
SEEGRAD_HD void stream(float* p, __m256 value) { _mm256_stream_ps(p, value); }
SEEGRAD_HD void stream(double* p, __m256d value) { _mm256_stream_pd(p, value); }
#endif
#ifdef __AVX512F__
SEEGRAD_HD void stream(float* p, __m512 value) { _mm512_stream_ps(p, value); }
SEEGRAD_HD void stream(double* p, __m512d value) { _mm512_stream_pd(p, value); }
#endif
template <class T>
SEEGRAD_HD void store_around_cache(Vector<T> value, T* p) {
  stream(p, value.raw);
}
/// Whether such stores may begin here: they need whole vectors' alignment.
template <class T>
SEEGRAD_HD bool can_store_around_cache(const T* p) {
  return reinterpret_cast<std::uintptr_t>(p) % sizeof(typename Vector<T>::Raw) == 0;
}
/// Makes them visible to other threads.
SEEGRAD_HD void finish_streaming() { _mm_sfence(); }
#else
template <class T>
SEEGRAD_HD void store_around_cache(Lanes<T> value, T* p) {
  store(value, p);
}
template <class T>
SEEGRAD_HD bool can_store_around_cache(const T*) {
  return false;
}
SEEGRAD_HD void finish_streaming() {}
#endif

/// Asks for a line that will be read soon, or, for the second-level cache, a little later; an address past the end is harmless.
SEEGRAD_HD void prefetch(const void* p) { __builtin_prefetch(p, 0, 3); }
SEEGRAD_HD void prefetch_to_level_2(const void* p) { __builtin_prefetch(p, 0, 2); }

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
