// The plain matrix product: packed panels of b, sums in registers. For types and machines without a library for it.
#pragma once
#include "array_kernels.hpp"
#include "loops_common.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

/// A panel of `width` columns of b, packed row after row and filled up with zeros to a full panel.
template <class T, std::size_t panel>
void pack(const Product<T>& call, std::size_t column, std::size_t from, std::size_t depth, T* to) {
  const std::size_t width = smaller(panel, call.columns - column);
  for (std::size_t k = 0; k < depth; ++k) {
    const T* row = call.b + (from + k) * call.b_row + column * call.b_column;
    for (std::size_t j = 0; j < panel; ++j) to[k * panel + j] = j < width ? row[j * call.b_column] : T(0);
  }
}

constexpr std::size_t tile_rows = 4;

/// sums[tile_rows x panel] = a packed, for rows of a that begin at `rows[i]`; the running sums stay in registers.
template <class T, std::size_t panel>
void tile(const T* const* rows, std::size_t a_column, const T* packed, std::size_t depth, T* sums) {
  T running[tile_rows][panel] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t i = 0; i < tile_rows; ++i) {
      const T factor = rows[i][k * a_column];
      for (std::size_t j = 0; j < panel; ++j) running[i][j] += factor * packed[k * panel + j];
    }
  }
  for (std::size_t i = 0; i < tile_rows; ++i) {
    for (std::size_t j = 0; j < panel; ++j) sums[i * panel + j] = running[i][j];
  }
}

/// Adds the products of `depth` columns of a, from column `from`, with a packed panel of b to the panel's columns of c.
template <class T, std::size_t panel>
void add_panel(const Product<T>& call, std::size_t column, std::size_t from, std::size_t depth, const T* packed) {
  const std::size_t width = smaller(panel, call.columns - column);
  alignas(64) T sums[tile_rows * panel];
  for (std::size_t row = 0; row < call.rows; row += tile_rows) {
    const std::size_t height = smaller(tile_rows, call.rows - row);
    // The last tile is filled up with its last row and not done by other code: a row's result must not depend on its place.
    const T* rows[tile_rows];
    for (std::size_t i = 0; i < tile_rows; ++i) rows[i] = call.a + (row + smaller(i, height - 1)) * call.a_row + from * call.a_column;
    tile<T, panel>(rows, call.a_column, packed, depth, sums);
    for (std::size_t i = 0; i < height; ++i) {
      T* c = call.c + (row + i) * call.c_row + column;
      for (std::size_t j = 0; j < width; ++j) {
        const T start = from ? c[j] : call.bias ? call.bias[column + j] : T(0);
        c[j] = start + sums[i * panel + j];
      }
    }
  }
}

template <class T>
void product(const Product<T>& call) {
  constexpr std::size_t panel = 128 / sizeof(T), most_depth = 256;
  alignas(64) T packed[most_depth * panel];
  for (std::size_t column = 0; column < call.columns; column += panel) {
    std::size_t from = 0;
    do {  // once even when there is nothing to add up, so that c becomes the bias or 0
      const std::size_t depth = smaller(most_depth, call.inner - from);
      pack<T, panel>(call, column, from, depth, packed);
      add_panel<T, panel>(call, column, from, depth, packed);
      from += depth;
    } while (from < call.inner);
  }
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
