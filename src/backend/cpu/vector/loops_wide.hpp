// Vectors of the compiler's own kind for sums in double: an array is walked in steps of as many elements as a register holds doubles.
#pragma once
#include <cstddef>

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

#if defined(__AVX512F__)
constexpr std::size_t wide_bytes = 64;
#elif defined(__AVX__)
constexpr std::size_t wide_bytes = 32;
#else
constexpr std::size_t wide_bytes = 16;
#endif
constexpr std::size_t wide_lanes = wide_bytes / sizeof(double), full_lanes = 2 * wide_lanes;
typedef double Wide __attribute__((vector_size(wide_bytes)));

/// As many elements as Wide has (`Half`), and twice as many (`Full`).
template <class T>
struct Vectors;
template <>
struct Vectors<float> {
  typedef float Half __attribute__((vector_size(wide_bytes / 2)));
  typedef float Full __attribute__((vector_size(wide_bytes)));
};
template <>
struct Vectors<double> {
  typedef double Half __attribute__((vector_size(wide_bytes)));
  typedef double Full __attribute__((vector_size(wide_bytes * 2)));
};

/// The elements from x on, whatever its alignment. (Not as a result: a vector that is wider than a register has no place to return in.)
template <class V, class T>
void take(V& values, const T* x) {
  __builtin_memcpy(&values, x, sizeof values);
}

// By name, because g++ 12 makes four instructions of a conversion that is one. (The masked form: it warns about its own header otherwise.)
inline Wide widened(Vectors<float>::Half values) {
#if defined(__AVX512F__)
  return Wide(_mm512_maskz_cvtps_pd(__mmask8(-1), __m256(values)));
#elif defined(__AVX__)
  return Wide(_mm256_cvtps_pd(__m128(values)));
#else
  return __builtin_convertvector(values, Wide);
#endif
}
inline Wide widened(Wide values) { return values; }
/// As many elements as Wide has, from x on.
template <class T>
Wide wide_at(const T* x) {
  typename Vectors<T>::Half values;
  take(values, x);
  return widened(values);
}

// By halves where a register has many lanes: one by one, the end of a short row would take as long as the row.
inline double sum_of_lanes(Wide values) {
#if defined(__AVX512F__)
  typedef double Quarter __attribute__((vector_size(16)));
  const auto half = __builtin_shufflevector(values, values, 0, 1, 2, 3) + __builtin_shufflevector(values, values, 4, 5, 6, 7);
  const Quarter quarter = __builtin_shufflevector(half, half, 0, 1) + __builtin_shufflevector(half, half, 2, 3);
  return quarter[0] + quarter[1];
#endif
  double sum = 0;
  for (std::size_t lane = 0; lane < wide_lanes; ++lane) sum += values[lane];
  return sum;
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
