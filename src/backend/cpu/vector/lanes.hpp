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

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
