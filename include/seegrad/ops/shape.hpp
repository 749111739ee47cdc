// Ops that move numbers without changing them.
#pragma once
#include <span>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

/// The same numbers in another shape; shares memory. Throws Error when the number of elements differs.
Tensor reshape(const Tensor& x, const Shape& shape);
/// Swaps the last two dimensions. Throws Error below rank 2.
Tensor transpose(const Tensor& x);
/// Repeats x along a new axis of size n put in before `axis`: the reverse of a sum.
Tensor expand(const Tensor& x, int axis, std::int64_t n);
/// `count` entries along `axis`, beginning with `from`.
Tensor slice(const Tensor& x, int axis, std::int64_t from, std::int64_t count);
/// Puts x at `from` along `axis` of zeros whose size there is `size`: the reverse of a slice.
Tensor place(const Tensor& x, int axis, std::int64_t from, std::int64_t size);
/// Joins tensors along `axis`; all other sizes must be equal.
Tensor concatenate(std::span<const Tensor> parts, int axis);
Tensor concatenate(std::initializer_list<Tensor> parts, int axis);

/// Rows x[indices[i]] of a [rows, ...] tensor; an int32 index outside it is an Error that names it.
Tensor gather_rows(const Tensor& x, const Tensor& indices);
/// Adds row i of x to row indices[i] of zeros with `rows` rows: the reverse of gather_rows.
Tensor scatter_rows(const Tensor& x, const Tensor& indices, std::int64_t rows);
/// 1 in column labels[i] of row i, else 0: [labels, classes].
Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype = DType::float32);

}  // namespace seegrad
