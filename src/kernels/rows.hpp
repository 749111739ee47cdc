// How the rows of a matrix are dealt out to threads: short rows to a few neighbouring lanes each, so that a warp takes several at once;
// longer ones to a warp; long ones to a whole block.
#pragma once
#include "kernels/block_reduce.hpp"
#include "kernels/kernel_language.hpp"
#include "kernels/packet.hpp"

namespace seegrad::kernels {

/// This thread's part in the work. Rows are gone through as
///
///   for (std::int64_t first = share.first; first < rows; first += share.step) { const std::int64_t row = first + share.offset; ...
///
/// where `first` is the same for all threads that reduce together, so that all of them come to every reduction; row may be past the end.
struct RowShare {
  int members;  ///< threads that share a row
  int member;   ///< this one's number among them
  std::int64_t first, step, offset;
};

/// With `members` a power of two up to 32, or the number of threads of the block.
__device__ __forceinline__ RowShare share_rows(int members) {
  const int thread = static_cast<int>(threadIdx.x);
  if (members > warp_size) return {members, thread, blockIdx.x, gridDim.x, 0};
  const std::int64_t rows_at_once = warp_size / members;
  return {members, thread % members, thread_in_grid() / warp_size * rows_at_once, threads_in_grid() / warp_size * rows_at_once,
          thread % warp_size / members};
}

/// Over all members of a row.
template <class T, class Combine>
__device__ __forceinline__ T members_reduce(T value, int members, T nothing, Combine combine) {
  return members > warp_size ? block_reduce(value, nothing, combine) : lanes_reduce(value, members, combine);
}

/// The block goes through one row of n elements that may begin anywhere: single elements up to where packets can begin, portions, single
/// elements at the end. Each thread has `at_once` portions in flight; what read(Width<w>, i) returns, use(Width<w>, i, that) gets.
template <int width, int at_once, class T, class Read, class Use>
__device__ __forceinline__ void go_through_row(const T* row, std::int64_t n, Read read, Use use) {
  const std::int64_t before = width > 1 ? elements_to_alignment(row) : 0, head = before < n ? before : n;
  const std::int64_t portions = (n - head) / width, thread = threadIdx.x, threads = blockDim.x;
  if (thread < head) use(Width<1>{}, thread, read(Width<1>{}, thread));
  for (std::int64_t first = thread; first < portions; first += at_once * threads) {
    decltype(read(Width<width>{}, first)) held[at_once];
    SEEGRAD_UNROLL
    for (int k = 0; k < at_once; ++k)
      held[k] = read(Width<width>{}, head + (first + k * threads < portions ? first + k * threads : first) * width);
    SEEGRAD_UNROLL
    for (int k = 0; k < at_once; ++k)
      if (first + k * threads < portions) use(Width<width>{}, head + (first + k * threads) * width, held[k]);
  }
  for (std::int64_t i = head + portions * width + thread; i < n; i += threads) use(Width<1>{}, i, read(Width<1>{}, i));
}

/// The beginning of a row in shared memory, so that it need not be read from afar twice. Elements keep their distance from where
/// packets can begin. A thread reads only what it kept itself; but in another row, places may be another thread's.
template <class T>
class KeptRow {
 public:
  /// `capacity` elements of shared memory, one packet of them for the distance.
  __device__ __forceinline__ KeptRow(T* memory, std::int64_t capacity, const T* row)
      : memory_(memory + (packet_width<T> - elements_to_alignment(row)) % packet_width<T>), count_(capacity - packet_width<T>) {}

  template <int width>
  __device__ __forceinline__ void keep(std::int64_t i, const Portion<T, width>& portion) {
    if (i + width <= count_) store(memory_ + i, portion);
  }
  /// What was kept, or else what lies at i in the row itself.
  template <int width>
  __device__ __forceinline__ Portion<T, width> get(std::int64_t i, const T* row) const {
    return i + width <= count_ ? load<width>(memory_ + i) : load<width>(row + i);
  }

 private:
  T* memory_;
  std::int64_t count_;
};

}  // namespace seegrad::kernels
