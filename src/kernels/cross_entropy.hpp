// The loss of a classifier and its slope in one pass over the logits: loss = mean over rows of -log softmax(row)[label], slope =
// dLoss/dlogits = (softmax(row) - onehot(label)) / rows. Memory is passed over as by softmax (softmax.hpp). And how many rows have their
// label's logit for the largest.
//
// Each block adds up the losses of its rows in double, always in the same order, and leaves the sum in the workspace; sum_up() makes
// the mean of these. A single block needs no workspace and finishes by itself.
#pragma once
#include "kernels/report_fault.hpp"
#include "kernels/softmax.hpp"

namespace seegrad::kernels {

struct Labels {
  const std::int32_t* label;
  std::int64_t rows, classes;
  Fault* fault;

  /// The label of a row, or -1 and a note where it is none of the classes. One thread of a row says so.
  __device__ __forceinline__ std::int32_t of(std::int64_t row, bool reports) const {
    const std::int32_t found = label[row];
    if (found >= 0 && found < classes) return found;
    if (reports) report(fault, FaultKind::label, found, row, classes);
    return -1;
  }
};

/// Where a kernel that adds up one number over all rows leaves it: in the workspace, a number for each block; or, when there is one
/// block only, divided by `divisor` in its place.
template <class T>
struct Sum {
  double* of_block;
  T* result;
  double divisor;

  /// All threads of the block must call.
  __device__ __forceinline__ void leave(double share) const {
    const double total = block_sum(share);
    if (threadIdx.x != 0) return;
    if (gridDim.x == 1)
      *result = static_cast<T>(total / divisor);
    else
      of_block[blockIdx.x] = total;
  }
};

template <class T, int per_lane>
__global__ void __launch_bounds__(256, 2) cross_entropy_short(const T* x, Labels labels, T* slope, int members, Sum<T> loss) {
  const RowShare share = share_rows(members);
  const int columns = static_cast<int>(labels.classes);
  const T weight = T(1) / static_cast<T>(labels.rows);
  double losses = 0;
  for (std::int64_t first = share.first; first < labels.rows; first += share.step) {
    const std::int64_t row = first + share.offset, from = (row < labels.rows ? row : 0) * columns;
    const bool active = row < labels.rows;
    const ShortRow<T, per_lane> here(x + from, columns, share, active);
    const std::int32_t label = active ? labels.of(row, share.member == 0) : -1;
    const T scale = static_cast<T>(static_cast<double>(weight) / here.total);
    if (active && label < 0) losses = not_a_number<double>();
    SEEGRAD_UNROLL
    for (int k = 0; k < per_lane; ++k) {
      const int column = share.member + k * members;
      if (!active || column >= columns) continue;
      const T value = exp(here.value[k]) * scale;
      slope[from + column] = column == label ? value - weight : value;
      if (column == label) losses += log(here.total) - static_cast<double>(here.value[k]);
    }
  }
  loss.leave(losses);
}

template <class T, int width>
__global__ void __launch_bounds__(most_threads<T>, 1)
    cross_entropy_long(const T* x, Labels labels, T* slope, std::int64_t capacity, Sum<T> loss) {
  SEEGRAD_DYNAMIC_SHARED(T, memory);
  const T weight = T(1) / static_cast<T>(labels.rows);
  double losses = 0;
  for (std::int64_t row = blockIdx.x; row < labels.rows; row += gridDim.x) {
    const T* const from = x + row * labels.classes;
    T* const to = slope + row * labels.classes;
    KeptRow<T> kept(memory, capacity, from);
    const RunningSoftmax<T> found = look_at_row<width>(from, labels.classes, kept);
    const std::int32_t label = labels.of(row, threadIdx.x == 0);
    const T scale = static_cast<T>(static_cast<double>(weight) / found.total);
    if (threadIdx.x == 0)
      losses += label < 0 ? not_a_number<double>() : log(found.total) - static_cast<double>(from[label] - found.largest);
    go_through_row<width, 2>(
        from, labels.classes, [&](auto w, std::int64_t i) { return kept.template get<w.value>(i, from); },
        [&](auto w, std::int64_t i, auto portion) {
          SEEGRAD_UNROLL
          for (int k = 0; k < w.value; ++k) {
            const T value = exp(portion.value[k] - found.largest) * scale;
            portion.value[k] = i + k == label ? value - weight : value;
          }
          store(to + i, portion);
        });
    __syncthreads();  // the next row takes this one's place
  }
  loss.leave(losses);
}

/// A row counts when nothing in it is NaN, larger than its label's logit, or as large and further to the front.
template <class T>
__global__ void __launch_bounds__(256, 2) count_correct(const T* x, Labels labels, int members, Sum<double> count) {
  const RowShare share = share_rows(members);
  double correct = 0;
  for (std::int64_t first = share.first; first < labels.rows; first += share.step) {
    const std::int64_t row = first + share.offset, from = (row < labels.rows ? row : 0) * labels.classes;
    const std::int32_t label = row < labels.rows ? labels.of(row, share.member == 0) : -1;
    int wrong = label < 0;
    const T own = label < 0 ? T(0) : x[from + label];
    for (std::int64_t column = share.member; column < labels.classes; column += members) {
      const T value = x[from + column];
      wrong |= !(value < own || (value == own && column >= label));
    }
    wrong = members_reduce(wrong, members, 0, Larger{});
    if (share.member == 0 && wrong == 0) correct += 1;
  }
  count.leave(correct);
}

}  // namespace seegrad::kernels
