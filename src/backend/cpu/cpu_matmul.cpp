// Matrix products with their epilogues. Each thread computes its own rows of c, in blocks small enough that bias, activation or f'
// find the block still in the core's cache.
#include <algorithm>

#include "cpu_backend.hpp"
#include "kernels.hpp"
#include "products.hpp"
#include "thread_pool.hpp"

namespace seegrad::cpu {
namespace {

template <class T>
Product<T> product_of(const Matmul& call) {
  Product<T> product{};
  product.a = call.a.as<T>();
  product.b = call.b.as<T>();
  product.c = call.c.as<T>();
  product.bias = call.bias.as<T>();
  product.rows = static_cast<std::size_t>(call.c.shape[0]);
  product.columns = static_cast<std::size_t>(call.c.shape[1]);
  product.inner = static_cast<std::size_t>(call.a.shape[call.transpose_a ? 0 : 1]);
  const auto steps = [](const ConstArray& array, bool transposed, std::size_t& row, std::size_t& column) {
    const auto width = static_cast<std::size_t>(array.shape[1]);
    row = transposed ? 1 : width;
    column = transposed ? width : 1;
  };
  steps(call.a, call.transpose_a, product.a_row, product.a_column);
  steps(call.b, call.transpose_b, product.b_row, product.b_column);
  product.c_row = product.columns;
  return product;
}

template <class T>
Product<T> rows_of(Product<T> product, std::size_t begin, std::size_t end) {
  product.a += begin * product.a_row;
  product.c += begin * product.c_row;
  product.rows = end - begin;
  return product;
}

/// What is done to rows [begin, end) of c once they are there.
template <class T>
void finish_rows(const Matmul& call, std::size_t begin, std::size_t end) {
  const auto columns = static_cast<std::size_t>(call.c.shape[1]);
  const std::size_t first = begin * columns, rows = end - begin;
  T* c = call.c.as<T>() + first;
  if (call.activation.formula) {
    run_formula_rows<T>(call.activation, {}, c, nullptr, call.activated.as<T>() + first, rows, columns);
  }
  if (call.derivative.formula) {
    run_formula_rows<T>(call.derivative, {0, Derivative::none}, call.derivative_at.as<T>() + first, c, c, rows, columns);
  }
}

template <class T>
void run(const Matmul& call) {
  const Product<T> product = product_of<T>(call);
  const bool has_epilogue = call.activation.formula || call.derivative.formula;
  // Half of a small second-level cache for the block of c; a product without epilogue needs no blocks.
  constexpr std::size_t block_bytes = 128 * 1024, grain = 8;
  const std::size_t fitting = block_bytes / sizeof(T) / std::max<std::size_t>(product.columns, 1) / grain * grain;
  const std::size_t block = has_epilogue ? std::max<std::size_t>(fitting, 32) : product.rows;
  const std::size_t work = product.rows * product.columns * std::max<std::size_t>(product.inner / 8, 1);
  parallel_for(product.rows, 1, work, [&](std::size_t begin, std::size_t end) {
    // Equal blocks, so that oneDNN meets few shapes and no thread ends on a sliver.
    const std::size_t blocks = std::max<std::size_t>((end - begin + block - 1) / std::max<std::size_t>(block, 1), 1);
    for (std::size_t i = 0; i < blocks; ++i) {
      const std::size_t from = begin + (end - begin) * i / blocks, to = begin + (end - begin) * (i + 1) / blocks;
      multiply(rows_of(product, from, to));
      finish_rows<T>(call, from, to);
    }
  });
}

}  // namespace

bool CpuBackend::matmul(const Matmul& call) {
  with_floating(call.c.dtype, [&]<class T>() { run<T>(call); });
  if (call.row_sums) {
    ConstArray a = call.a;
    const std::int64_t rows = call.a.shape[0], columns = call.a.shape[1];
    a.shape = call.transpose_a ? Shape{1, rows, columns} : Shape{rows, columns, 1};
    reduce(ReduceOp::sum, a, call.row_sums);
  }
  return true;
}

}  // namespace seegrad::cpu
