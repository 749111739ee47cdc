// What launchers need to know of the place where their kernels run: a device, or the host that stands in for one. Launchers are
// ordinary functions for the host; they choose variant, grid and block, and tests call the very ones that the CUDA backend calls.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/fault.hpp"
#include "kernels/kernel_language.hpp"

namespace seegrad::kernels {

inline constexpr std::size_t least_workspace = 4096;

struct Site {
  Stream stream{};
  int multiprocessors = 1;
  int most_shared = 48 * 1024;      ///< bytes of shared memory that a block may have
  void* workspace = nullptr;        ///< 256-byte aligned; one launch may use it after the other
  std::size_t workspace_bytes = 0;  ///< at least `least_workspace`; with more, sums over few results are faster
  Fault* fault = nullptr;           ///< as the device sees it
};

inline constexpr int block_threads = 256;                   ///< the usual block
inline constexpr int blocks_at_once = 8;                    ///< of them fill a multiprocessor
inline constexpr std::int64_t most_rows_of_blocks = 65535;  ///< gridDim.y

inline constexpr std::int64_t quotient_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// As many blocks as fill the device, or as there is work for: `items` in all, `items_per_block` keep a block busy.
inline unsigned blocks_for(const Site& site, std::int64_t items, std::int64_t items_per_block = block_threads) {
  const std::int64_t most = static_cast<std::int64_t>(site.multiprocessors) * blocks_at_once;
  return static_cast<unsigned>(std::clamp<std::int64_t>(quotient_up(items, items_per_block), 1, most));
}

/// For stride_over_rows(): blocks as wide as the rows are, in two dimensions.
struct RowGrid {
  dim3 grid, block;
};
inline RowGrid row_grid(const Site& site, std::int64_t rows, std::int64_t portions, int rows_at_once) {
  unsigned wide = 1;
  while (wide < block_threads && wide < portions) wide *= 2;
  const unsigned high = block_threads / wide;
  const std::int64_t most = static_cast<std::int64_t>(site.multiprocessors) * blocks_at_once;
  const std::int64_t across = std::clamp<std::int64_t>(quotient_up(portions, wide), 1, most);
  const std::int64_t down = std::clamp<std::int64_t>(quotient_up(rows, std::int64_t{high} * rows_at_once), 1,
                                                     std::clamp<std::int64_t>(most / across, 1, most_rows_of_blocks));
  return {dim3(static_cast<unsigned>(across), static_cast<unsigned>(down)), dim3(wide, high)};
}

}  // namespace seegrad::kernels
