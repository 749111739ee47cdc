// What the launch of a formula's kernel hands over: plain structs that device code and the host's side see alike. (The kernels:
// formula_kernels.hpp.)
#pragma once
#include <cstdint>

namespace seegrad::kernels {

inline constexpr int most_parameters = 8;    ///< of a formula
inline constexpr int formula_threads = 256;  ///< of a block
inline constexpr int formula_portions = 2;   ///< packets that a thread has in flight

/// Parameters that everybody knows before the launch.
template <class T>
struct ConstantParameters {
  T constant[most_parameters];
};

/// Where a parameter that is learned or drawn lies: one value, one for each column of x, or one for each element.
enum class Spread : int { one, columns, elements };

template <class T>
struct ParameterSource {
  const T* values;  ///< null: the constant counts
  T constant;
  Spread spread;
};

/// Parameters of which some lie on the device.
template <class T>
struct MixedParameters {
  ParameterSource<T> source[most_parameters];
  std::int64_t columns;  ///< length of a row where a parameter varies by column, else 0
};

template <class T, class Parameters>
struct ElementwiseArguments {
  const T* x;
  const T* scale;  ///< may be null
  T* y;            ///< may be x or scale
  std::int64_t count;
  Parameters parameters;
};

template <class T, class Parameters>
struct BiasActivationArguments {
  T* c;
  const T* bias;  ///< may be null
  T* y;           ///< may be c: then c is not needed afterwards
  std::int64_t rows, columns;
  Parameters parameters;
};

}  // namespace seegrad::kernels
