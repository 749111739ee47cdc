// Chooses how the kernels of reduce.hpp run.
#pragma once
#include "kernels/arrays_launch.hpp"
#include "kernels/reduce.hpp"
#include "kernels/site.hpp"

namespace seegrad::kernels {

/// The threads that share a row of n elements: lanes for short ones, the block for those that keep it busy.
inline int members_for(std::int64_t n, std::int64_t rows, const Site& site) {
  const bool warps_fill_device = rows * warp_size >= static_cast<std::int64_t>(site.multiprocessors) * blocks_at_once * block_threads;
  if (n > 1024 && !(warps_fill_device && n <= 4096)) return block_threads;
  int members = 1;
  while (members < warp_size && members < n) members *= 2;
  return members;
}

/// The blocks for rows that are shared out so.
inline unsigned blocks_for_rows(const Site& site, std::int64_t rows, int members) {
  return blocks_for(site, rows, members > warp_size ? 1 : block_threads / members);
}

/// How an axis of n is cut: so that `blocks` blocks for each part fill the device, no part is shorter than `shortest`, and all their
/// results have room in the workspace.
struct Parts {
  std::int64_t count = 1, length = 0;
};
inline Parts parts_for(const Site& site, std::int64_t blocks, std::int64_t n, std::int64_t shortest, std::int64_t results) {
  const std::int64_t wanted = static_cast<std::int64_t>(site.multiprocessors) * blocks_at_once / blocks;
  const auto fitting = static_cast<std::int64_t>(site.workspace_bytes / sizeof(double)) / results;
  const std::int64_t most = std::min({wanted, n / shortest, fitting, most_rows_of_blocks});
  if (most < 2) return {1, n};
  constexpr std::int64_t grain = 4;  // whole packets
  const std::int64_t length = quotient_up(quotient_up(n, most), grain) * grain;
  return {quotient_up(n, length), length};
}

template <class Reduction, class T, class Result>
Status launch_rows(const Site& site, const T* x, Result* y, std::int64_t rows, std::int64_t n, Parts parts) {
  return with_width<T>(rows_of_packets<T>(n, x) && n > 0, [&](auto w) {
    const int members = members_for(parts.length / w.value, rows * parts.count, site);
    const dim3 grid(blocks_for_rows(site, rows, members), static_cast<unsigned>(parts.count));
    return launch(reduce_rows<Reduction, T, Result, w.value>, grid, dim3(block_threads), 0, site.stream, x, y, rows, n, parts.length,
                  members);
  });
}

template <class Reduction, class T, class Result>
Status launch_columns(const Site& site, const T* x, Result* y, std::int64_t outer, std::int64_t n, std::int64_t inner, Parts parts) {
  // Packets leave fewer columns to choose from: only where those still fill the lanes.
  const bool packets = rows_of_packets<T>(inner, x) && inner >= column_lanes * packet_width<T>;
  return with_width<T>(packets, [&](auto w) {
    const unsigned across = blocks_for(site, quotient_up(inner, column_lanes * w.value), 1);
    const std::int64_t deep =
        std::clamp<std::int64_t>(static_cast<std::int64_t>(blocks_for(site, outer, 1)) / across, 1, most_rows_of_blocks);
    return launch(reduce_columns<Reduction, T, Result, w.value>,
                  dim3(across, static_cast<unsigned>(parts.count), static_cast<unsigned>(deep)), dim3(column_lanes, column_lines), 0,
                  site.stream, x, y, outer, n, inner, parts.length);
  });
}

template <class Reduction, class T>
Status launch_reduction(const Site& site, const T* x, T* y, std::int64_t outer, std::int64_t n, std::int64_t inner) {
  using Running = typename Reduction::template Running<T>;
  const std::int64_t results = outer * inner;
  if (results == 0) return success;
  const std::int64_t blocks = inner == 1 ? outer : quotient_up(inner, column_lanes) * outer;
  const Parts parts = parts_for(site, blocks, n, inner == 1 ? 4096 : 64, results);
  const auto first_stage = [&](auto* to) {
    return inner == 1 ? launch_rows<Reduction>(site, x, to, outer, n, parts)
                      : launch_columns<Reduction>(site, x, to, outer, n, inner, parts);
  };
  if (parts.count == 1) return first_stage(y);
  auto* const between = static_cast<Running*>(site.workspace);
  const Status status = first_stage(between);
  if (status != success) return status;
  return launch_columns<Reduction>(site, static_cast<const Running*>(between), y, 1, parts.count, results, {1, parts.count});
}

/// x [outer, n, inner] -> y [outer, inner].
template <class T>
Status launch_sum(const Site& site, const T* x, T* y, std::int64_t outer, std::int64_t n, std::int64_t inner) {
  return launch_reduction<SumOf>(site, x, y, outer, n, inner);
}
template <class T>
Status launch_max(const Site& site, const T* x, T* y, std::int64_t outer, std::int64_t n, std::int64_t inner) {
  return launch_reduction<LargestOf>(site, x, y, outer, n, inner);
}

}  // namespace seegrad::kernels
