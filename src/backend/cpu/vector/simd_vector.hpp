// A SIMD vector as a scalar of the vocabulary: arithmetic, comparisons and the words that are exact.
//
// This and the headers that build on it are compiled several times into one program, each time with other instructions switched on. A
// function that appears in two such objects under one name would be merged by the linker, and an old processor could then run the copy with
// new instructions. Hence everything here lives in a namespace without a name inside the namespace of its instruction set, is inlined, and
// calls nothing of the standard library but C functions.
//
// Vector wraps an xsimd batch. Arithmetic and comparisons use the compiler's own vector operators rather than
// intrinsics, because the compiler can see through them: a constant's slope of zero disappears from a derivative.
#pragma once

#include "seegrad/math/scalar.hpp"

#include <math.h>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#ifndef SEEGRAD_ISA
#error "compile the sources of this folder once per instruction set, with -DSEEGRAD_ISA=sse2|avx2|avx512|neon64|scalar"
#endif

// SEEGRAD_VECTOR_scalar and so on: does this set have vectors, and which are they to xsimd?
#define SEEGRAD_JOIN_(a, b) a##b
#define SEEGRAD_JOIN(a, b) SEEGRAD_JOIN_(a, b)
#define SEEGRAD_IS_scalar 1
#define SEEGRAD_IS_SCALAR SEEGRAD_JOIN(SEEGRAD_IS_, SEEGRAD_ISA)

#if SEEGRAD_IS_SCALAR != 1

#include <xsimd/xsimd.hpp>

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

namespace arch {
using sse2 = xsimd::sse2;
using avx2 = xsimd::fma3<xsimd::avx2>;
using avx512 = xsimd::avx512bw;
using neon64 = xsimd::neon64;
}  // namespace arch

/// As many numbers as one register holds.
template <class T>
struct Vector {
  using Batch = xsimd::batch<T, arch::SEEGRAD_ISA>;
  using Raw = typename Batch::register_type;
  using Mask = decltype(Raw{} < Raw{});
  // Without a sign: the bits of NaN wrap round in the sums below, and shifts are logical (before AVX-512 an arithmetic
  // one of 64-bit lanes is slow).
  using Lane = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  typedef Lane Bits __attribute__((vector_size(sizeof(Raw))));
  static constexpr std::size_t lanes = Batch::size;

  Raw raw;

  Vector() = default;
  SEEGRAD_HD Vector(Raw value) : raw(value) {}
  SEEGRAD_HD Vector(Batch value) : raw(value.data) {}
  template <class U>
  requires std::is_arithmetic_v<U> SEEGRAD_HD Vector(U constant) : raw(Batch(T(constant)).data) {}
  SEEGRAD_HD Batch batch() const { return Batch(raw); }
  SEEGRAD_HD Bits bits() const { return Bits(raw); }
  static SEEGRAD_HD Vector of_bits(Bits bits) { return Raw(bits); }
  static SEEGRAD_HD Vector load(const T* p) { return Batch::load_unaligned(p); }
  SEEGRAD_HD void store(T* p) const { batch().store_unaligned(p); }

  friend SEEGRAD_HD Vector operator-(Vector a) { return -a.raw; }
  friend SEEGRAD_HD Vector operator+(Vector a, Vector b) { return a.raw + b.raw; }
  friend SEEGRAD_HD Vector operator-(Vector a, Vector b) { return a.raw - b.raw; }
  friend SEEGRAD_HD Vector operator*(Vector a, Vector b) { return a.raw * b.raw; }
  friend SEEGRAD_HD Vector operator/(Vector a, Vector b) { return a.raw / b.raw; }
  friend SEEGRAD_HD Mask operator<(Vector a, Vector b) { return a.raw < b.raw; }
  friend SEEGRAD_HD Mask operator>(Vector a, Vector b) { return a.raw > b.raw; }
  friend SEEGRAD_HD Mask operator<=(Vector a, Vector b) { return a.raw <= b.raw; }
  friend SEEGRAD_HD Mask operator>=(Vector a, Vector b) { return a.raw >= b.raw; }
  friend SEEGRAD_HD Mask operator==(Vector a, Vector b) { return a.raw == b.raw; }
  friend SEEGRAD_HD Mask operator!=(Vector a, Vector b) { return a.raw != b.raw; }
  friend SEEGRAD_HD Vector select(Mask condition, Vector a, Vector b) { return condition ? a.raw : b.raw; }
};

// ---- exact words ---------------------------------------------------------------------------------------------

template <class T>
SEEGRAD_HD Vector<T> fma(Vector<T> a, Vector<T> b, Vector<T> c) {
  return xsimd::fma(a.batch(), b.batch(), c.batch());
}
template <class T>
SEEGRAD_HD Vector<T> abs(Vector<T> x) {
  constexpr auto all_but_sign = std::numeric_limits<typename Vector<T>::Lane>::max() >> 1;
  return Vector<T>::of_bits(x.bits() & all_but_sign);
}
template <class T>
SEEGRAD_HD Vector<T> sqrt(Vector<T> x) {
#ifdef __AVX512F__  // the masked forms, because g++ 12 warns about its own header for the plain ones
  if constexpr (sizeof(T) == 4)
    return _mm512_maskz_sqrt_ps(__mmask16(-1), x.raw);
  else
    return _mm512_maskz_sqrt_pd(__mmask8(-1), x.raw);
#else
  return xsimd::sqrt(x.batch());
#endif
}
template <class T>
SEEGRAD_HD Vector<T> sign(Vector<T> x) {
  return select(x > Vector<T>(0), Vector<T>(1), select(x < Vector<T>(0), Vector<T>(-1), Vector<T>(0)));
}
template <class T>
SEEGRAD_HD Vector<T> gate(Vector<T> x, Vector<T> g) {
  return select(g == Vector<T>(0), Vector<T>(0), x * g);
}

template <class T>
SEEGRAD_HD Vector<T> straight_through(Vector<T> value, Vector<T>) {
  return value;
}

/// c[0] x^n + ... + c[n], by Horner's rule.
template <class T, std::size_t N>
SEEGRAD_HD Vector<T> polynomial(Vector<T> x, const T (&c)[N]) {
  Vector<T> y(c[0]);
  for (std::size_t i = 1; i < N; ++i) y = fma(y, x, Vector<T>(c[i]));
  return y;
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA

#endif
