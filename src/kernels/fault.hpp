// What a kernel has to say when it meets a number that cannot be: it cannot throw, so it leaves a note where the host looks at the
// next time it waits. The first note counts.
#pragma once

namespace seegrad::kernels {

enum class FaultKind : int { none, label, gather_index, scatter_index };

/// Lies in host memory that the device can write.
struct Fault {
  int kind;         ///< a FaultKind
  int index;        ///< the label or row number that was found
  long long place;  ///< at which row of the labels or place of the indices
  long long count;  ///< it should have been in 0 .. count - 1
};

}  // namespace seegrad::kernels
