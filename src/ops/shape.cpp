#include "seegrad/ops/shape.hpp"

#include "check.hpp"
#include "seegrad/ops/reduce.hpp"

namespace seegrad {
namespace {

/// [everything before the axis, the axis and all behind it]: rows in which a slice is one run of columns.
Shape rows_at(const Shape& shape, int axis) { return {shape.count(0, axis), shape.count(axis, shape.rank())}; }

void copy_part(const Tensor& x, std::int64_t from, Tensor& y, std::int64_t to, std::int64_t count, int axis) {
  const std::int64_t inner = x.shape().count(axis + 1, x.shape().rank());
  x.backend().copy_columns(detail::with_shape(x.array(), rows_at(x.shape(), axis)), from * inner,
                           detail::with_shape(y.array_to_fill(), rows_at(y.shape(), axis)), to * inner, count * inner);
}

Shape resized(const Shape& shape, int axis, std::int64_t size) { return shape.without(axis).with(axis, size); }

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (x.count() != shape.count()) {
    throw Error(fmt::format("reshape: {} has {} elements, {} has {}", x.shape().to_string(), x.count(), shape.to_string(), shape.count()));
  }
  Buffer view = x.buffer();
  view.shape = shape;
  return record(Tensor::of(std::move(view)), "reshape", x, [from = x.shape()](const Tensor& g, const Tensor&) { return reshape(g, from); });
}

Tensor transpose(const Tensor& x) {
  detail::check_floating("transpose", x);
  const int rank = x.shape().rank();
  if (rank < 2) throw Error(fmt::format("transpose: needs at least two dimensions, got shape {}", x.shape().to_string()));
  const std::int64_t batch = x.shape().count(0, rank - 2), rows = x.shape()[-2], columns = x.shape()[-1];
  Tensor y(x.shape().without(rank - 1).with(rank - 2, columns), x.options());
  x.backend().transpose(detail::with_shape(x.array(), {batch, rows, columns}),
                        detail::with_shape(y.array_to_fill(), {batch, columns, rows}));
  return record(std::move(y), "transpose", x, [](const Tensor& g, const Tensor&) { return transpose(g); });
}

Tensor expand(const Tensor& x, int axis, std::int64_t n) {
  detail::check_floating("expand", x);
  Tensor y(x.shape().with(axis, n), x.options());
  axis = axis < 0 ? axis + y.shape().rank() : axis;
  const std::int64_t outer = x.shape().count(0, axis), inner = x.shape().count(axis, x.shape().rank());
  x.backend().expand(detail::with_shape(x.array(), {outer, inner}), detail::with_shape(y.array_to_fill(), {outer, n, inner}));
  return record(std::move(y), "expand", x, [axis](const Tensor& g, const Tensor&) { return sum(g, axis); });
}

Tensor slice(const Tensor& x, int axis, std::int64_t from, std::int64_t count) {
  detail::check_floating("slice", x);
  axis = x.shape().normalise(axis);
  const std::int64_t size = x.shape()[axis];
  if (from < 0 || count < 0 || from > size - count) {
    throw Error(fmt::format("slice: entries {} to {} of axis {}, which has {}", from, from + count, axis, size));
  }
  Tensor y(resized(x.shape(), axis, count), x.options());
  copy_part(x, from, y, 0, count, axis);
  return record(std::move(y), "slice", x, [=](const Tensor& g, const Tensor&) { return place(g, axis, from, size); });
}

Tensor place(const Tensor& x, int axis, std::int64_t from, std::int64_t size) {
  detail::check_floating("place", x);
  axis = x.shape().normalise(axis);
  const std::int64_t count = x.shape()[axis];
  if (from < 0 || from > size - count) {
    throw Error(fmt::format("place: {} entries at {} do not fit into an axis of {}", count, from, size));
  }
  Tensor y = Tensor::zeros(resized(x.shape(), axis, size), x.options());
  copy_part(x, 0, y, from, count, axis);
  return record(std::move(y), "place", x, [=](const Tensor& g, const Tensor&) { return slice(g, axis, from, count); });
}

Tensor concatenate(std::span<const Tensor> parts, int axis) {
  if (parts.empty()) throw Error("concatenate: no tensors given");
  detail::check_floating("concatenate", parts[0]);
  axis = parts[0].shape().normalise(axis);
  std::int64_t size = 0;
  for (const Tensor& part : parts) {
    detail::check_together("concatenate", parts[0], part);
    if (part.shape().rank() != parts[0].shape().rank() || !(resized(part.shape(), axis, 0) == resized(parts[0].shape(), axis, 0))) {
      throw Error(fmt::format("concatenate: shapes {} and {} differ outside axis {}", parts[0].shape().to_string(),
                              part.shape().to_string(), axis));
    }
    size += part.shape()[axis];
  }
  Tensor y(resized(parts[0].shape(), axis, size), parts[0].options());
  std::int64_t from = 0;
  for (const Tensor& part : parts) {
    const std::int64_t count = part.shape()[axis];
    copy_part(part, 0, y, from, count, axis);
    y = record(std::move(y), "concatenate", part, [=](const Tensor& g, const Tensor&) { return slice(g, axis, from, count); });
    from += count;
  }
  return y;
}

Tensor concatenate(std::initializer_list<Tensor> parts, int axis) { return concatenate(std::span(parts.begin(), parts.size()), axis); }

Tensor gather_rows(const Tensor& x, const Tensor& indices) {
  detail::check_floating("gather_rows", x);
  detail::check_indices("gather_rows", indices, -1);
  detail::check_same_device("gather_rows", x, indices);
  const std::int64_t rows = x.shape()[0], columns = x.shape().count(1, x.shape().rank());
  Tensor y(resized(x.shape(), 0, indices.count()), x.options());
  x.backend().gather_rows(detail::with_shape(x.array(), {rows, columns}), indices.array(),
                          detail::with_shape(y.array_to_fill(), {indices.count(), columns}));
  return record(std::move(y), "gather_rows", x, [=](const Tensor& g, const Tensor&) { return scatter_rows(g, indices, rows); });
}

Tensor scatter_rows(const Tensor& x, const Tensor& indices, std::int64_t rows) {
  detail::check_floating("scatter_rows", x);
  detail::check_indices("scatter_rows", indices, x.shape()[0]);
  detail::check_same_device("scatter_rows", x, indices);
  const std::int64_t columns = x.shape().count(1, x.shape().rank());
  Tensor y = Tensor::zeros(resized(x.shape(), 0, rows), x.options());
  x.backend().scatter_add_rows(detail::with_shape(x.array(), {indices.count(), columns}), indices.array(),
                               detail::with_shape(y.array_to_fill(), {rows, columns}));
  return record(std::move(y), "scatter_rows", x, [=](const Tensor& g, const Tensor&) { return gather_rows(g, indices); });
}

Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype) {
  detail::check_indices("one_hot", labels, -1);
  if (classes < 1) throw Error(fmt::format("one_hot: {} classes; at least one is needed", classes));
  const std::vector<std::int32_t> host = labels.to_indices();
  std::vector<double> values(host.size() * static_cast<std::size_t>(classes), 0.0);
  for (std::size_t row = 0; row < host.size(); ++row) {
    if (host[row] < 0 || host[row] >= classes)
      throw Error(fmt::format("one_hot: label {} of row {} is not in 0..{}", host[row], row, classes - 1));
    values[row * static_cast<std::size_t>(classes) + static_cast<std::size_t>(host[row])] = 1;
  }
  return Tensor::from(values, {labels.count(), classes}, {dtype, labels.device()});
}

}  // namespace seegrad
