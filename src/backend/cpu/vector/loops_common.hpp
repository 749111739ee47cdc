// What the loops of array_kernels.cpp share. Like all of them in an unnamed namespace of their instruction set.
#pragma once
#include <cstddef>

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

constexpr std::size_t lanes = 16;

template <class T>
constexpr T smaller(T a, T b) {
  return b < a ? b : a;
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
