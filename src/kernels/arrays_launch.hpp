// Chooses how the kernels of arrays.hpp run. Arrays without elements launch nothing.
#pragma once
#include "kernels/arrays.hpp"
#include "kernels/site.hpp"

namespace seegrad::kernels {

/// Calls body(Width<packets>) or body(Width<1>).
template <class T, class Body>
Status with_width(bool packets, Body body) {
  return packets ? body(Width<packet_width<T>>{}) : body(Width<1>{});
}

/// Whether rows of this length, beginning where these arrays do, consist of whole packets.
template <class T, class... Pointers>
bool rows_of_packets(std::int64_t columns, const Pointers*... pointers) {
  return columns % packet_width<T> == 0 && aligned_for_packets(pointers...);
}

template <class T>
Status launch_fill(const Site& site, T* y, T value, std::int64_t n) {
  if (n == 0) return success;
  return with_width<T>(aligned_for_packets(y), [&](auto w) {
    return launch(fill<T, w.value>, dim3(blocks_for(site, n / w.value)), dim3(block_threads), 0, site.stream, y, value, n);
  });
}

/// a and b have y's elements, or fewer, which then repeat: one element, or the last dimensions.
template <class T>
Status launch_binary(const Site& site, Arithmetic op, const T* a, std::int64_t a_count, const T* b, std::int64_t b_count, T* y,
                     std::int64_t n) {
  if (n == 0) return success;
  const bool a_repeats = a_count != n, b_repeats = b_count != n;
  if ((!a_repeats || a_count == 1) && (!b_repeats || b_count == 1)) {
    const bool packets = aligned_for_packets(y, a_repeats ? y : a, b_repeats ? y : b);
    return with_width<T>(packets, [&](auto w) {
      return launch(binary<T, w.value>, dim3(blocks_for(site, n / w.value / 2)), dim3(block_threads), 0, site.stream, op, a, a_repeats, b,
                    b_repeats, y, n);
    });
  }
  const std::int64_t columns = std::min(a_count, b_count), rows = n / columns;
  return with_width<T>(rows_of_packets<T>(columns, a, b, y), [&](auto w) {
    const RowGrid where = row_grid(site, rows, columns / w.value, 2);
    return launch(binary_rows<T, w.value>, where.grid, where.block, 0, site.stream, op, a, a_repeats ? 0 : columns, b,
                  b_repeats ? 0 : columns, y, rows, columns);
  });
}

/// x [outer, inner] -> y [outer, n, inner].
template <class T>
Status launch_expand(const Site& site, const T* x, T* y, std::int64_t outer, std::int64_t n, std::int64_t inner) {
  if (outer * n * inner == 0) return success;
  const bool single = inner == 1;
  const std::int64_t rows = single ? outer : outer * n, columns = single ? n : inner, times = single ? 1 : n;
  return with_width<T>(rows_of_packets<T>(columns, y, single ? y : x), [&](auto w) {
    const RowGrid where = row_grid(site, rows, columns / w.value, 1);
    return launch(expand<T, w.value>, where.grid, where.block, 0, site.stream, x, single, times, y, rows, columns);
  });
}

/// Calls body(word) with a word of as many bytes (16, 8 or 4) as divide all these numbers, addresses among them.
template <class Body, class... Numbers>
Status with_words(Body body, Numbers... numbers) {
  const std::uintptr_t all = (static_cast<std::uintptr_t>(numbers) | ...);
  return all % 16 == 0 ? body(Packet<std::uint32_t>{}) : all % 8 == 0 ? body(std::uint64_t{}) : body(std::uint32_t{});
}
inline std::uintptr_t address(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

/// Copies `run` bytes of each row; all sizes in bytes, multiples of 4.
inline Status launch_copy_rows(const Site& site, const void* x, std::int64_t x_step, void* y, std::int64_t y_step, std::int64_t rows,
                               std::int64_t run) {
  if (rows * run == 0) return success;
  if (run == x_step && run == y_step) {
    const auto* from = static_cast<const std::uint32_t*>(x);
    auto* to = static_cast<std::uint32_t*>(y);
    const std::int64_t n = rows * run / 4;
    return with_width<std::uint32_t>(aligned_for_packets(from, to), [&](auto w) {
      return launch(copy<w.value>, dim3(blocks_for(site, n / w.value / 4)), dim3(block_threads), 0, site.stream, from, to, n);
    });
  }
  return with_words(
      [&]<class Word>(Word) {
        constexpr std::int64_t bytes = sizeof(Word);
        const RowGrid where = row_grid(site, rows, run / bytes, 4);
        return launch(copy_rows<Word>, where.grid, where.block, 0, site.stream, static_cast<const Word*>(x), x_step / bytes,
                      static_cast<Word*>(y), y_step / bytes, rows, run / bytes);
      },
      address(x), address(y), x_step, y_step, run);
}

/// y [rows] of `run` bytes each = rows of x by index.
inline Status launch_gather_rows(const Site& site, const void* x, std::int64_t x_rows, const std::int32_t* indices, void* y,
                                 std::int64_t rows, std::int64_t run) {
  if (rows == 0) return success;
  if (run == 0)
    return launch(check_indices<std::int32_t>, dim3(blocks_for(site, rows)), dim3(block_threads), 0, site.stream, indices, rows, x_rows,
                  FaultKind::gather_index, site.fault);
  return with_words(
      [&]<class Word>(Word) {
        constexpr std::int64_t bytes = sizeof(Word);
        const RowGrid where = row_grid(site, rows, run / bytes, 2);
        return launch(gather_rows<Word>, where.grid, where.block, 0, site.stream, static_cast<const Word*>(x), x_rows, indices,
                      static_cast<Word*>(y), rows, run / bytes, site.fault);
      },
      address(x), address(y), run);
}

/// y[indices[i]] += x[i]. Two launches: indices are looked at by a kernel of their own, so that the adding threads need not be.
template <class T>
Status launch_scatter_add_rows(const Site& site, const T* x, const std::int32_t* indices, std::int64_t x_rows, T* y, std::int64_t y_rows,
                               std::int64_t columns) {
  if (x_rows == 0) return success;
  const Status checked = launch(check_indices<std::int32_t>, dim3(blocks_for(site, x_rows)), dim3(block_threads), 0, site.stream, indices,
                                x_rows, y_rows, FaultKind::scatter_index, site.fault);
  if (checked != success || y_rows * columns == 0) return checked;
  return with_width<T>(rows_of_packets<T>(columns, x, y), [&](auto w) {
    RowGrid where = row_grid(site, y_rows, columns / w.value, 1);
    unsigned groups = 1;  // a power of two, as the kernel wants it; blocks are as high as one already
    while (groups * 2 <= where.grid.y) groups *= 2;
    where.grid.y = groups;
    return launch(scatter_add_rows<T, w.value>, where.grid, where.block, 0, site.stream, x, indices, x_rows, y, y_rows, columns);
  });
}

/// x [batch, rows, columns] -> y [batch, columns, rows].
template <class T>
Status launch_transpose(const Site& site, const T* x, T* y, std::int64_t batch, std::int64_t rows, std::int64_t columns) {
  if (batch * rows * columns == 0) return success;
  const std::int64_t tiles = batch * quotient_up(rows, tile_side) * quotient_up(columns, tile_side);
  return launch(transpose<T>, dim3(blocks_for(site, tiles, 1)), dim3(tile_side, tile_rows_at_once), 0, site.stream, x, y, batch, rows,
                columns);
}

}  // namespace seegrad::kernels
