// Element types. Arithmetic and gradients are defined for the two floating types; int32 holds labels and row indices.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace seegrad {

enum class DType { float32, float64, int32 };

constexpr std::size_t size_of(DType dtype) { return dtype == DType::float64 ? 8 : 4; }

constexpr std::string_view name_of(DType dtype) {
  return dtype == DType::float32 ? "float32" : dtype == DType::float64 ? "float64" : "int32";
}

template <class T>
constexpr DType dtype_of() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, std::int32_t>);
  return std::is_same_v<T, float> ? DType::float32 : std::is_same_v<T, double> ? DType::float64 : DType::int32;
}

/// Calls `body.operator()<T>()` with T = float or double. The caller has made sure that the dtype is a floating one.
template <class Body>
auto with_floating(DType dtype, Body&& body) {
  return dtype == DType::float64 ? body.template operator()<double>() : body.template operator()<float>();
}

}  // namespace seegrad
