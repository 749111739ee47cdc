#include "backend/cuda/array_launches.hpp"

#include "backend/cuda/check.hpp"
#include "backend/cuda/site_of.hpp"
#include "kernels/arrays_launch.hpp"
#include "kernels/observe_launch.hpp"
#include "kernels/random_launch.hpp"

namespace seegrad::cuda {
namespace {

std::int64_t bytes_of(DType dtype) { return static_cast<std::int64_t>(size_of(dtype)); }

}  // namespace

void fill(const Launch& launch, Array y, double value) {
  with_floating(y.dtype, [&]<class T>() {
    check(kernels::launch_fill(site_of(launch), y.as<T>(), static_cast<T>(value), y.shape.count()), "launch of fill");
  });
}

void binary(const Launch& launch, BinaryOp op, ConstArray a, ConstArray b, Array y) {
  with_floating(y.dtype, [&]<class T>() {
    check(kernels::launch_binary(site_of(launch), static_cast<kernels::Arithmetic>(op), a.as<T>(), a.shape.count(), b.as<T>(),
                                 b.shape.count(), y.as<T>(), y.shape.count()),
          "launch of binary");
  });
}

void expand(const Launch& launch, ConstArray x, Array y) {
  with_floating(y.dtype, [&]<class T>() {
    check(kernels::launch_expand(site_of(launch), x.as<T>(), y.as<T>(), y.shape[0], y.shape[1], y.shape[2]), "launch of expand");
  });
}

void transpose(const Launch& launch, ConstArray x, Array y) {
  with_floating(y.dtype, [&]<class T>() {
    check(kernels::launch_transpose(site_of(launch), x.as<T>(), y.as<T>(), x.shape[0], x.shape[1], x.shape[2]), "launch of transpose");
  });
}

void copy_columns(const Launch& launch, ConstArray x, std::int64_t from, Array y, std::int64_t to, std::int64_t count) {
  const std::int64_t bytes = bytes_of(x.dtype);
  check(kernels::launch_copy_rows(site_of(launch), x.as<char>() + from * bytes, x.shape[1] * bytes, y.as<char>() + to * bytes,
                                  y.shape[1] * bytes, x.shape[0], count * bytes),
        "launch of copy_columns");
}

void gather_rows(const Launch& launch, ConstArray x, ConstArray indices, Array y) {
  check(kernels::launch_gather_rows(site_of(launch), x.data, x.shape[0], indices.as<std::int32_t>(), y.data, indices.shape.count(),
                                    x.shape[1] * bytes_of(x.dtype)),
        "launch of gather_rows");
}

void scatter_add_rows(const Launch& launch, ConstArray x, ConstArray indices, Array y) {
  with_floating(y.dtype, [&]<class T>() {
    check(kernels::launch_scatter_add_rows(site_of(launch), x.as<T>(), indices.as<std::int32_t>(), indices.shape.count(), y.as<T>(),
                                           y.shape[0], x.shape[1]),
          "launch of scatter_add_rows");
  });
}

void dropout_mask(const Launch& launch, Array y, double keep, std::uint64_t seed, std::uint64_t stream) {
  with_floating(y.dtype, [&]<class T>() {
    check(kernels::launch_dropout_mask(site_of(launch), y.as<T>(), y.shape.count(), keep, seed, stream), "launch of dropout_mask");
  });
}

void fill_uniform(const Launch& launch, Array y, double lower, double upper, std::uint64_t seed, std::uint64_t stream) {
  with_floating(y.dtype, [&]<class T>() {
    check(kernels::launch_fill_uniform(site_of(launch), y.as<T>(), y.shape.count(), lower, upper, seed, stream), "launch of fill_uniform");
  });
}

void mark_alive(const Launch& launch, ConstArray x, std::uint8_t* alive, std::int64_t columns) {
  with_floating(x.dtype, [&]<class T>() {
    check(kernels::launch_mark_alive(site_of(launch), x.as<T>(), alive, columns == 0 ? 0 : x.shape.count() / columns, columns),
          "launch of mark_alive");
  });
}

}  // namespace seegrad::cuda
