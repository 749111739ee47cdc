// Chooses how the kernels of softmax.hpp and cross_entropy.hpp run.
#pragma once
#include "kernels/cross_entropy.hpp"
#include "kernels/reduce_launch.hpp"
#include "kernels/site.hpp"

namespace seegrad::kernels {

inline constexpr std::int64_t longest_short_row = 512;

/// How a block works on rows that are not short.
struct LongRows {
  dim3 grid, block;
  std::size_t shared_bytes = 0;
  std::int64_t capacity = 0;  ///< elements kept, for each array that is read
};
template <class T>
LongRows long_rows(const Site& site, std::int64_t rows, std::int64_t columns, int arrays) {
  constexpr std::int64_t fixed_bytes = 2048;  // what the reductions need besides
  const auto bytes_of_element = static_cast<std::int64_t>(sizeof(T)) * arrays;
  const std::int64_t most = (site.most_shared - fixed_bytes) / bytes_of_element / packet_width<T> * packet_width<T>;
  const std::int64_t wanted = quotient_up(columns, packet_width<T>) * packet_width<T> + packet_width<T>;
  LongRows how;
  how.capacity = std::min(most, wanted);
  how.shared_bytes = static_cast<std::size_t>(how.capacity * bytes_of_element);
  how.block = dim3(columns <= 4096 ? 256 : columns <= 16384 ? 512 : most_threads<T>);
  how.grid = dim3(blocks_for(site, rows, 1));
  return how;
}

/// Whether rows of these arrays begin equally far from where packets can begin, so that one position suits them all.
template <class... Pointers>
bool equally_aligned(const void* first, const Pointers*... others) {
  return ((address(first) % 16 == address(others) % 16) && ...);
}

/// Calls body(Width<elements per lane>) for a short row; so many lanes share it.
template <class Body>
Status with_short_row(std::int64_t columns, Body body) {
  constexpr int few = 4, many = 16;
  if (columns > few * warp_size) return body(Width<many>{}, warp_size);
  int members = 1;
  while (members * few < columns) members *= 2;
  return body(Width<few>{}, members);
}

template <class T>
Status launch_softmax(const Site& site, const T* x, bool logarithm, T* y, std::int64_t rows, std::int64_t columns) {
  if (rows * columns == 0) return success;
  if (columns <= longest_short_row) {
    return with_short_row(columns, [&](auto per_lane, int members) {
      return launch(softmax_short<T, per_lane.value>, dim3(blocks_for_rows(site, rows, members)), dim3(block_threads), 0, site.stream, x,
                    logarithm, y, rows, columns, members);
    });
  }
  return with_width<T>(equally_aligned(x, y), [&](auto w) {
    const LongRows how = long_rows<T>(site, rows, columns, 1);
    return launch(softmax_long<T, w.value>, how.grid, how.block, how.shared_bytes, site.stream, x, logarithm, y, rows, columns,
                  how.capacity);
  });
}

template <class T>
Status launch_softmax_slope(const Site& site, const T* y, const T* g, bool logarithm, T* dx, std::int64_t rows, std::int64_t columns) {
  if (rows * columns == 0) return success;
  if (columns <= longest_short_row) {
    return with_short_row(columns, [&](auto per_lane, int members) {
      return launch(softmax_slope_short<T, per_lane.value>, dim3(blocks_for_rows(site, rows, members)), dim3(block_threads), 0, site.stream,
                    y, g, logarithm, dx, rows, columns, members);
    });
  }
  return with_width<T>(equally_aligned(y, g, dx), [&](auto w) {
    const LongRows how = long_rows<T>(site, rows, columns, 2);
    return launch(softmax_slope_long<T, w.value>, how.grid, how.block, how.shared_bytes, site.stream, y, g, logarithm, dx, rows, columns,
                  how.capacity);
  });
}

/// One block for what it does in a moment, else as many as the workspace has room for.
inline unsigned blocks_for_sum(const Site& site, unsigned blocks, std::int64_t elements) {
  constexpr std::int64_t small = 8192;
  const std::size_t room = site.workspace_bytes / sizeof(double);
  return elements <= small || room < 2 ? 1 : static_cast<unsigned>(std::min<std::size_t>(blocks, room));
}

/// The second launch, where the first had several blocks.
template <class T>
Status finish_sum(const Site& site, Status first, unsigned blocks, const Sum<T>& sum) {
  if (first != success || blocks == 1) return first;
  return launch(sum_up<T>, dim3(1), dim3(block_threads), 0, site.stream, sum.of_block, blocks, sum.divisor, sum.result);
}

template <class T>
Status launch_cross_entropy(const Site& site, const T* x, const std::int32_t* label, T* loss, T* slope, std::int64_t rows,
                            std::int64_t columns) {
  if (rows * columns == 0) return success;
  const Labels labels{label, rows, columns, site.fault};
  const Sum<T> sum{static_cast<double*>(site.workspace), loss, static_cast<double>(rows)};
  if (columns <= longest_short_row) {
    return with_short_row(columns, [&](auto per_lane, int members) {
      const unsigned blocks = blocks_for_sum(site, blocks_for_rows(site, rows, members), rows * columns);
      const Status first =
          launch(cross_entropy_short<T, per_lane.value>, dim3(blocks), dim3(block_threads), 0, site.stream, x, labels, slope, members, sum);
      return finish_sum(site, first, blocks, sum);
    });
  }
  return with_width<T>(equally_aligned(x, slope), [&](auto w) {
    const LongRows how = long_rows<T>(site, rows, columns, 1);
    const unsigned blocks = blocks_for_sum(site, how.grid.x, rows * columns);
    const Status first =
        launch(cross_entropy_long<T, w.value>, dim3(blocks), how.block, how.shared_bytes, site.stream, x, labels, slope, how.capacity, sum);
    return finish_sum(site, first, blocks, sum);
  });
}

template <class T>
// NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes the count
Status launch_count_correct(const Site& site, const T* x, const std::int32_t* label, double* count, std::int64_t rows,
                            std::int64_t columns) {
  const Labels labels{label, rows, columns, site.fault};
  const Sum<double> sum{static_cast<double*>(site.workspace), count, 1};
  const int members = members_for(columns, rows, site);
  const unsigned blocks = blocks_for_sum(site, blocks_for_rows(site, rows, members), rows * columns);
  const Status first = launch(count_correct<T>, dim3(blocks), dim3(block_threads), 0, site.stream, x, labels, members, sum);
  return finish_sum(site, first, blocks, sum);
}

}  // namespace seegrad::kernels
