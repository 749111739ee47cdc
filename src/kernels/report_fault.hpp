// How a kernel leaves the note that fault.hpp describes.
#pragma once
#include "kernels/fault.hpp"
#include "kernels/kernel_language.hpp"

namespace seegrad::kernels {

/// Only the first note is kept; whoever comes later leaves it as it is.
__device__ inline void report(Fault* fault, FaultKind kind, int index, std::int64_t place, std::int64_t count) {
  if (fault == nullptr || atomicCAS(&fault->kind, static_cast<int>(FaultKind::none), static_cast<int>(kind)) != 0) return;
  fault->index = index;
  fault->place = place;
  fault->count = count;
}

}  // namespace seegrad::kernels
