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

/// c[rows x panel] += a[rows x depth] packed[depth x panel], with the running sums in registers.
template <class T, std::size_t rows, std::size_t panel>
void tile(const T* a, std::size_t a_row, std::size_t a_column, const T* packed, std::size_t depth, T* sums) {
  T running[rows][panel] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t i = 0; i < rows; ++i) {
      const T factor = a[i * a_row + k * a_column];
      for (std::size_t j = 0; j < panel; ++j) running[i][j] += factor * packed[k * panel + j];
    }
  }
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < panel; ++j) sums[i * panel + j] = running[i][j];
  }
}

template <class T>
void product(const Product<T>& call) {
  constexpr std::size_t panel = 128 / sizeof(T), most_depth = 256, most_rows = 4;
  alignas(64) T packed[most_depth * panel];
  alignas(64) T sums[most_rows * panel];
  for (std::size_t column = 0; column < call.columns; column += panel) {
    const std::size_t width = smaller(panel, call.columns - column);
    std::size_t from = 0;
    do {  // once even when there is nothing to add up, so that c becomes the bias or 0
      const std::size_t depth = smaller(most_depth, call.inner - from);
      pack<T, panel>(call, column, from, depth, packed);
      for (std::size_t row = 0; row < call.rows; row += most_rows) {
        const std::size_t height = smaller(most_rows, call.rows - row);
        const T* a = call.a + row * call.a_row + from * call.a_column;
        if (height == most_rows) {
          tile<T, most_rows, panel>(a, call.a_row, call.a_column, packed, depth, sums);
        } else {
          for (std::size_t i = 0; i < height; ++i)
            tile<T, 1, panel>(a + i * call.a_row, call.a_row, call.a_column, packed, depth, sums + i * panel);
        }
        for (std::size_t i = 0; i < height; ++i) {
          T* c = call.c + (row + i) * call.c_row + column;
          for (std::size_t j = 0; j < width; ++j) {
            const T start = from ? c[j] : call.bias ? call.bias[column + j] : T(0);
            c[j] = start + sums[i * panel + j];
          }
        }
      }
      from += depth;
    } while (from < call.inner);
  }
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
