// The few words of the standard library that our device headers speak, for the run-time compiler: it comes without the library, and a
// user's machine need not have one. <cmath>, <cstddef>, <cstdint>, <type_traits> and <utility> all lead here (EmbedHeaders.cmake).
// No other compiler reads this file.
#pragma once

namespace std {

// <cmath>: the device's own functions, each for float and double.
using ::asinh;
using ::atan;
using ::cos;
using ::erf;
using ::erfc;
using ::exp;
using ::expm1;
using ::fabs;
using ::ldexp;
using ::log;
using ::log1p;
using ::pow;
using ::sin;
using ::sqrt;
using ::tanh;

// <cstddef>, <cstdint>
using size_t = decltype(sizeof(0));
using ptrdiff_t = decltype(static_cast<char*>(nullptr) - static_cast<char*>(nullptr));
using int8_t = signed char;
using uint8_t = unsigned char;
using int16_t = short;
using uint16_t = unsigned short;
using int32_t = int;
using uint32_t = unsigned int;
using int64_t = long;
using uint64_t = unsigned long;
using uintptr_t = unsigned long;
static_assert(sizeof(int64_t) == 8 && sizeof(uintptr_t) == sizeof(void*));

// <type_traits>
template <class T>
inline constexpr bool is_floating_point_v = false;
template <>
inline constexpr bool is_floating_point_v<float> = true;
template <>
inline constexpr bool is_floating_point_v<double> = true;

template <class T>
inline constexpr bool is_arithmetic_v = is_floating_point_v<T>;
template <>
inline constexpr bool is_arithmetic_v<bool> = true;
template <>
inline constexpr bool is_arithmetic_v<int> = true;
template <>
inline constexpr bool is_arithmetic_v<unsigned int> = true;
template <>
inline constexpr bool is_arithmetic_v<long> = true;
template <>
inline constexpr bool is_arithmetic_v<unsigned long> = true;
template <>
inline constexpr bool is_arithmetic_v<long long> = true;
template <>
inline constexpr bool is_arithmetic_v<unsigned long long> = true;

template <class T, class U>
inline constexpr bool is_same_v = false;
template <class T>
inline constexpr bool is_same_v<T, T> = true;

template <bool Condition, class T, class U>
struct conditional {
  using type = T;
};
template <class T, class U>
struct conditional<false, T, U> {
  using type = U;
};
template <bool Condition, class T, class U>
using conditional_t = typename conditional<Condition, T, U>::type;

// <utility>
template <class T, T... I>
struct integer_sequence {};
template <size_t... I>
using index_sequence = integer_sequence<size_t, I...>;

namespace detail {
template <size_t Count, size_t... I>
struct make_indices : make_indices<Count - 1, Count - 1, I...> {};
template <size_t... I>
struct make_indices<0, I...> {
  using type = index_sequence<I...>;
};
}  // namespace detail
template <size_t Count>
using make_index_sequence = typename detail::make_indices<Count>::type;

}  // namespace std

using std::ptrdiff_t;
using std::size_t;
