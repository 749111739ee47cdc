// Kernels that are made for one formula: the elementwise loop with any derivative, and the end of a matrix product that could not be
// fused into it. F is a struct with a templated operator() (one of the catalogue, or text that the backend wrote from a Program), the
// directions are those of partial<>() in math/dual.hpp, and Parameters is one of formula_arguments.hpp.
//
// Both are bound by memory. A thread has two portions in flight before it computes the first; `width` is a whole packet of 16 bytes
// where all addresses allow it, else 1.
#pragma once
#include "kernels/formula_parameters.hpp"
#include "kernels/packet.hpp"

namespace seegrad::kernels {

/// y[i] = scale[i] * D f(x[i]; parameters).
template <class F, int parameters, int width, class T, class Parameters, int... Directions>
__device__ __forceinline__ void elementwise(const ElementwiseArguments<T, Parameters>& a, std::integer_sequence<int, Directions...>) {
  struct Read {
    T x, scale;
  };
  const auto read = [&]<class W>(W, std::int64_t i) {
    Portion<Read, W::value> both;
    const auto x = load<W::value>(a.x + i);
    const auto scale = a.scale ? load<W::value>(a.scale + i) : repeat<W::value>(T(1));
    SEEGRAD_UNROLL
    for (int k = 0; k < W::value; ++k) both.value[k] = {x.value[k], scale.value[k]};
    return both;
  };
  const auto write = [&]<class W>(W, std::int64_t i, const Portion<Read, W::value>& both) {
    Portion<T, W::value> y;
    auto values = values_from(a.parameters, i);
    SEEGRAD_UNROLL
    for (int k = 0; k < W::value; ++k, values.step()) {
      const T slope = evaluate_at<F, parameters, Directions...>(values, both.value[k].x);
      y.value[k] = a.scale ? both.value[k].scale * slope : slope;
    }
    store(a.y + i, y);
  };
  stride_over<width, formula_portions>(a.count, read, write);
}

/// c[row, column] = c[row, column] + bias[column], y = f(c; parameters). A row is a whole number of portions.
template <class F, int parameters, int width, class T, class Parameters>
__device__ __forceinline__ void bias_activation(const BiasActivationArguments<T, Parameters>& a) {
  const auto read = [&]<class W>(W, std::int64_t row, std::int64_t column) {
    auto c = load<W::value>(a.c + row * a.columns + column);
    if (!a.bias) return c;
    const auto bias = load<W::value>(a.bias + column);
    SEEGRAD_UNROLL
    for (int k = 0; k < W::value; ++k) c.value[k] += bias.value[k];
    return c;
  };
  const auto write = [&]<class W>(W, std::int64_t row, std::int64_t column, const Portion<T, W::value>& c) {
    const std::int64_t i = row * a.columns + column;
    Portion<T, W::value> y;
    auto values = values_from(a.parameters, i, column);
    SEEGRAD_UNROLL
    for (int k = 0; k < W::value; ++k, values.step()) y.value[k] = evaluate_at<F, parameters>(values, c.value[k]);
    if (a.bias && a.y != a.c) store(a.c + i, c);
    store(a.y + i, y);
  };
  stride_over_rows<width, formula_portions>(a.rows, a.columns, read, write);
}

template <class F, int parameters, int width, class T, class Parameters, int... Directions>
__global__ void __launch_bounds__(formula_threads) elementwise_kernel(const __grid_constant__ ElementwiseArguments<T, Parameters> a) {
  elementwise<F, parameters, width>(a, std::integer_sequence<int, Directions...>{});
}

template <class F, int parameters, int width, class T, class Parameters>
__global__ void __launch_bounds__(formula_threads)
    bias_activation_kernel(const __grid_constant__ BiasActivationArguments<T, Parameters> a) {
  bias_activation<F, parameters, width>(a);
}

}  // namespace seegrad::kernels
