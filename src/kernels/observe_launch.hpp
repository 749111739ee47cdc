// Chooses how the kernel of observe.hpp runs.
#pragma once
#include "kernels/arrays_launch.hpp"
#include "kernels/observe.hpp"
#include "kernels/site.hpp"

namespace seegrad::kernels {

/// alive[column] = 1 where any row of x [rows, columns] is nonzero.
template <class T>
Status launch_mark_alive(const Site& site, const T* x, std::uint8_t* alive, std::int64_t rows, std::int64_t columns) {
  if (rows * columns == 0) return success;
  return with_width<T>(rows_of_packets<T>(columns, x), [&](auto w) {
    const RowGrid where = row_grid(site, rows, columns / w.value, 8);
    return launch(mark_alive<T, w.value>, where.grid, where.block, 0, site.stream, x, alive, rows, columns);
  });
}

}  // namespace seegrad::kernels
