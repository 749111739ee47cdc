// How a formula's kernel gets at the formula's parameters, and the formula itself.
#pragma once
#include "kernels/formula_arguments.hpp"
#include "kernels/kernel_language.hpp"
#include "seegrad/math/dual.hpp"

namespace seegrad::kernels {

/// The column of element i in rows of this length; 64-bit division is slow, and hardly ever needed.
__device__ __forceinline__ std::int64_t column_of(std::int64_t i, std::int64_t columns) {
  constexpr std::int64_t short_end = std::int64_t{1} << 32;
  if (i < short_end && columns < short_end) return static_cast<std::uint32_t>(i) % static_cast<std::uint32_t>(columns);
  return i % columns;
}

/// The parameters at one element of x, counted from 0; step() goes on to the next element.
template <class T>
class ConstantValues {
 public:
  __device__ __forceinline__ explicit ConstantValues(const ConstantParameters<T>& parameters) : parameters_(parameters) {}
  __device__ __forceinline__ T operator[](int p) const { return parameters_.constant[p]; }
  __device__ __forceinline__ void step() {}

 private:
  const ConstantParameters<T>& parameters_;
};

template <class T>
class MixedValues {
 public:
  __device__ __forceinline__ MixedValues(const ParameterSource<T>* sources, std::int64_t columns, std::int64_t element, std::int64_t column)
      : sources_(sources), columns_(columns), element_(element), column_(column) {}
  __device__ __forceinline__ T operator[](int p) const {
    const ParameterSource<T>& source = sources_[p];
    if (!source.values) return source.constant;
    return source.values[source.spread == Spread::elements ? element_ : source.spread == Spread::columns ? column_ : 0];
  }
  __device__ __forceinline__ void step() {
    ++element_;
    if (++column_ == columns_) column_ = 0;
  }

 private:
  const ParameterSource<T>* sources_;
  std::int64_t columns_, element_, column_;
};

/// The values for element i; where its column is known, it need not be computed.
template <class T>
__device__ __forceinline__ ConstantValues<T> values_from(const ConstantParameters<T>& parameters, std::int64_t) {
  return ConstantValues<T>(parameters);
}
template <class T>
__device__ __forceinline__ ConstantValues<T> values_from(const ConstantParameters<T>& parameters, std::int64_t, std::int64_t) {
  return ConstantValues<T>(parameters);
}
template <class T>
__device__ __forceinline__ MixedValues<T> values_from(const MixedParameters<T>& parameters, std::int64_t i, std::int64_t column) {
  return {parameters.source, parameters.columns, i, column};
}
template <class T>
__device__ __forceinline__ MixedValues<T> values_from(const MixedParameters<T>& parameters, std::int64_t i) {
  return values_from(parameters, i, parameters.columns > 0 ? column_of(i, parameters.columns) : 0);
}

namespace detail {

template <class F, int... Directions, class Values, class T, std::size_t... P>
__device__ __forceinline__ T evaluate_at(const Values& values, T x, std::index_sequence<P...>) {
  return partial<Directions...>(F{}, x, values[static_cast<int>(P)]...);
}

}  // namespace detail

/// D F(x; values): the directions are those of partial<>() in math/dual.hpp.
template <class F, int parameters, int... Directions, class Values, class T>
__device__ __forceinline__ T evaluate_at(const Values& values, T x) {
  static_assert(parameters <= most_parameters);
  return detail::evaluate_at<F, Directions...>(values, x, std::make_index_sequence<static_cast<std::size_t>(parameters)>{});
}

}  // namespace seegrad::kernels
