// The words of the vocabulary as loops over short blocks: what programs (activation/program.hpp) run on.
#pragma once

#include "seegrad/activation/program.hpp"

#include <cstddef>

namespace seegrad::cpu {

/// The numbers that one instruction works with or leaves behind, part by part. Plain numbers have one part, duals two
/// (value, slope), duals of duals four (value's value and slope, slope's value and slope). part[k] + i * step[k] is where
/// the i-th element's part lies; a step of 0 is one vector for all elements.
template <class T>
struct Register {
  const T* part[4] = {};
  std::size_t step[4] = {};
};

/// One instruction over `count` elements (whole vectors): result = word(a, b, c).
template <class T>
struct Step {
  const Register<T>*a, *b, *c;
  T* result[4];
  std::size_t count;
};

template <class T>
struct ProgramKernels {
  std::size_t lanes;
  /// The loop of a word. `order` is how often it is differentiated; bit i of `moving` says that the i-th argument that can
  /// carry a slope does (of select these are the two choices): the others are constants to it. With `moving` 0 the order is 0.
  void (*(*step)(Word word, int order, int moving))(const Step<T>&);
  /// y = scale * (result, or x itself where x is NaN), over `count` elements (whole vectors). When it streams, y is written around
  /// the cache and the next x and scale are asked for; a fence has to follow.
  void (*finish)(const T* x, const T* result, std::size_t result_step, const T* scale, std::size_t scale_step, T* y, std::size_t count,
                 bool stream);
};

// Which of these exist depends on the processor family; instruction_set.hpp asks at run time.
#define SEEGRAD_DECLARE_PROGRAM_KERNELS(isa)           \
  namespace isa {                                      \
  const ProgramKernels<float>& program_kernels_f32();  \
  const ProgramKernels<double>& program_kernels_f64(); \
  }
SEEGRAD_DECLARE_PROGRAM_KERNELS(scalar)
SEEGRAD_DECLARE_PROGRAM_KERNELS(sse2)
SEEGRAD_DECLARE_PROGRAM_KERNELS(avx2)
SEEGRAD_DECLARE_PROGRAM_KERNELS(avx512)
SEEGRAD_DECLARE_PROGRAM_KERNELS(neon64)
#undef SEEGRAD_DECLARE_PROGRAM_KERNELS

}  // namespace seegrad::cpu
