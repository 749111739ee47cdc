// What ops ask of their inputs before a backend sees them.
#pragma once
#include <fmt/format.h>

#include <string_view>

#include "seegrad/math/error.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad::detail {

inline void check_floating(std::string_view op, const Tensor& x) {
  if (!x) throw Error(fmt::format("{}: an input is an empty tensor", op));
  if (x.dtype() == DType::int32) throw Error(fmt::format("{}: needs float32 or float64, got int32", op));
}

inline void check_same_device(std::string_view op, const Tensor& a, const Tensor& b) {
  if (a.device() == b.device()) return;
  throw Error(fmt::format("{}: tensors lie on {} and {}; move one with to()", op, a.device().to_string(), b.device().to_string()));
}

inline void check_together(std::string_view op, const Tensor& a, const Tensor& b) {
  check_floating(op, a);
  check_floating(op, b);
  if (a.dtype() != b.dtype())
    throw Error(fmt::format("{}: {} and {} do not mix; convert one with to()", op, name_of(a.dtype()), name_of(b.dtype())));
  check_same_device(op, a, b);
}

inline void check_indices(std::string_view op, const Tensor& indices, std::int64_t count) {
  if (!indices || indices.dtype() != DType::int32) throw Error(fmt::format("{}: row numbers and labels must be an int32 tensor", op));
  if (count >= 0 && indices.count() != count) throw Error(fmt::format("{}: {} labels given for {} rows", op, indices.count(), count));
}

/// The array seen as [outer, n, inner] around one axis, as the backends' doors want it.
inline ConstArray around_axis(const Tensor& x, int axis) {
  const Shape& shape = x.shape();
  ConstArray array = x.array();
  array.shape = {shape.count(0, axis), shape[axis], shape.count(axis + 1, shape.rank())};
  return array;
}

template <class View>
View with_shape(View array, const Shape& shape) {
  array.shape = shape;
  return array;
}

}  // namespace seegrad::detail
