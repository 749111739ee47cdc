// Dual numbers: exact derivatives by arithmetic alone.
//
// Write a number as a + b e, where e is a tiny step so small that e*e = 0. Adding and multiplying such numbers with
// the usual rules gives
//
//     (a + b e) + (c + d e) = (a + c) + (b + d) e
//     (a + b e) * (c + d e) =  a c    + (a d + b c) e
//
// and the coefficient of e obeys the sum rule and the product rule of calculus, without anybody having asked for it.
// Take f(x) = x*x at x = 3 and feed it 3 + 1e ("x moves with speed 1"):
//
//     f(3 + 1e) = 9 + 6 e          value 9, slope 6 = f'(3)
//
// There is no step size to choose and no rounding from differences: the slope is as accurate as the value. A function
// that is not made of + and * needs one rule that says how it moves: exp(a + b e) = exp(a) + exp(a) b e, and so on for
// every word of scalar.hpp; this file is the list of those rules.
//
// Nothing says that a and b must be plain numbers. If they are duals themselves, Dual<Dual<double>>, there are two
// independent steps e1, e2, and the coefficient of e1*e2 is the second derivative. If they are SIMD vectors, sixteen
// derivatives are computed at once. If the speed 1 is given to a parameter instead of x, the derivative with respect
// to that parameter appears. All of it comes from the one formula f(x, parameters...), by partial<...>() below.
//
// One rule is ours: where a slope is exactly 0 it stays 0, even when it is multiplied by infinity (gate()). At
// x = -inf the slope of a saturated function is 0, not NaN, and a constant's slope of 0 says nothing about x = inf.
#pragma once

#include "seegrad/math/scalar.hpp"

#include <cstddef>
#include <utility>

namespace seegrad {

/// value + slope * e with e^2 = 0. T is a scalar of the vocabulary: float, double, a SIMD vector, or another Dual.
template <class T>
struct Dual {
  T value, slope;

  Dual() = default;
  SEEGRAD_HD Dual(T value_, T slope_) : value(value_), slope(slope_) {}
  /// A constant does not move.
  template <class U>
  requires std::is_arithmetic_v<U> SEEGRAD_HD Dual(U constant) : value(T(constant)), slope(T(0)) {}

  friend SEEGRAD_HD Dual operator-(Dual a) { return {-a.value, -a.slope}; }
  friend SEEGRAD_HD Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
  friend SEEGRAD_HD Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
  friend SEEGRAD_HD Dual operator*(Dual a, Dual b) { return {a.value * b.value, gate(b.value, a.slope) + gate(a.value, b.slope)}; }
  friend SEEGRAD_HD Dual operator/(Dual a, Dual b) {
    const T quotient = a.value / b.value;
    return {quotient, (a.slope - gate(quotient, b.slope)) / b.value};
  }

  // Comparisons look at the value and return what T's comparison returns: a bool, or a SIMD mask.
  friend SEEGRAD_HD auto operator<(Dual a, Dual b) { return a.value < b.value; }
  friend SEEGRAD_HD auto operator>(Dual a, Dual b) { return a.value > b.value; }
  friend SEEGRAD_HD auto operator<=(Dual a, Dual b) { return a.value <= b.value; }
  friend SEEGRAD_HD auto operator>=(Dual a, Dual b) { return a.value >= b.value; }
  friend SEEGRAD_HD auto operator==(Dual a, Dual b) { return a.value == b.value; }
  friend SEEGRAD_HD auto operator!=(Dual a, Dual b) { return a.value != b.value; }
};

// ---- the rules -----------------------------------------------------------------------------------------------

/// Both components follow one condition.
template <class Mask, class T>
SEEGRAD_HD Dual<T> select(Mask condition, Dual<T> a, Dual<T> b) {
  return {select(condition, a.value, b.value), select(condition, a.slope, b.slope)};
}
/// The product whose second factor wins when it is 0, in value and in slope.
template <class T>
SEEGRAD_HD Dual<T> gate(Dual<T> x, Dual<T> g) {
  return {gate(x.value, g.value), gate(x.slope, g.value) + gate(x.value, g.slope)};
}
/// The value of one, the slope of the other.
template <class T>
SEEGRAD_HD Dual<T> straight_through(Dual<T> value, Dual<T> slope) {
  return {straight_through(value.value, slope.value), slope.slope};
}

template <class T>
SEEGRAD_HD Dual<T> sign(Dual<T> x) {
  return {sign(x.value), T(0)};
}
template <class T>
SEEGRAD_HD Dual<T> abs(Dual<T> x) {
  return {abs(x.value), gate(x.slope, sign(x.value))};
}
template <class T>
SEEGRAD_HD Dual<T> exp(Dual<T> x) {
  const T y = exp(x.value);
  return {y, gate(x.slope, y)};
}
template <class T>
SEEGRAD_HD Dual<T> expm1(Dual<T> x) {
  return {expm1(x.value), gate(x.slope, exp(x.value))};
}
template <class T>
SEEGRAD_HD Dual<T> log(Dual<T> x) {
  return {log(x.value), x.slope / x.value};
}
template <class T>
SEEGRAD_HD Dual<T> log1p(Dual<T> x) {
  return {log1p(x.value), x.slope / (T(1) + x.value)};
}
template <class T>
SEEGRAD_HD Dual<T> sqrt(Dual<T> x) {
  const T y = sqrt(x.value);
  return {y, gate(x.slope, T(0.5) / y)};
}
/// x^p moves by p x^(p-1) with x and by x^p log x with p; 0^p (p > 0) does not move with p.
template <class T>
SEEGRAD_HD Dual<T> pow(Dual<T> x, Dual<T> p) {
  const T y = pow(x.value, p.value);
  const T along_x = gate(gate(pow(x.value, p.value - T(1)), p.value), x.slope);
  return {y, along_x + gate(gate(log(x.value), y), p.slope)};
}
template <class T>
SEEGRAD_HD Dual<T> sin(Dual<T> x) {
  return {sin(x.value), gate(x.slope, cos(x.value))};
}
template <class T>
SEEGRAD_HD Dual<T> cos(Dual<T> x) {
  return {cos(x.value), gate(x.slope, -sin(x.value))};
}
/// The slope 1/(1 + x^2); beyond 1 written as (1/x)^2/(1 + (1/x)^2), so that x^2 cannot overflow.
template <class T>
SEEGRAD_HD Dual<T> atan(Dual<T> x) {
  const auto far = abs(x.value) > T(1);
  const T u = select(far, T(1) / x.value, x.value), square = u * u;
  return {atan(x.value), gate(x.slope, select(far, square, T(1)) / (T(1) + square))};
}
/// The slope 1/sqrt(x^2 + 1); beyond 1 written as |1/x| / sqrt(1 + 1/x^2), so that x^2 cannot overflow.
template <class T>
SEEGRAD_HD Dual<T> asinh(Dual<T> x) {
  const auto far = abs(x.value) > T(1);
  const T u = select(far, T(1) / x.value, x.value), root = sqrt(T(1) + u * u);
  return {asinh(x.value), gate(x.slope, select(far, abs(u), T(1)) / root)};
}
template <class T>
SEEGRAD_HD Dual<T> erf(Dual<T> x) {
  return {erf(x.value), gate(x.slope, T(1.12837916709551257390) * exp(-(x.value * x.value)))};
}
template <class T>
SEEGRAD_HD Dual<T> erfc(Dual<T> x) {
  return {erfc(x.value), gate(x.slope, T(-1.12837916709551257390) * exp(-(x.value * x.value)))};
}
template <class T>
SEEGRAD_HD Dual<T> normal_pdf(Dual<T> x) {
  const T y = normal_pdf(x.value);
  return {y, gate(x.slope, -gate(x.value, y))};
}
template <class T>
SEEGRAD_HD Dual<T> normal_cdf(Dual<T> x) {
  return {normal_cdf(x.value), gate(x.slope, normal_pdf(x.value))};
}
template <class T>
SEEGRAD_HD Pair<Dual<T>> sigmoid_pair(Dual<T> x) {
  const Pair<T> s = sigmoid_pair(x.value);
  const T slope = gate(x.slope, s.first * s.second);
  return {{s.first, slope}, {s.second, -slope}};
}
template <class T>
SEEGRAD_HD Dual<T> sigmoid(Dual<T> x) {
  return sigmoid_pair(x).first;
}
template <class T>
SEEGRAD_HD Dual<T> softplus(Dual<T> x) {
  return {softplus(x.value), gate(x.slope, sigmoid(x.value))};
}
template <class T>
SEEGRAD_HD Pair<Dual<T>> tanh_pair(Dual<T> x) {
  const Pair<T> t = tanh_pair(x.value);
  return {{t.first, gate(x.slope, t.second)}, {t.second, gate(x.slope, T(-2) * t.first * t.second)}};
}
template <class T>
SEEGRAD_HD Dual<T> tanh(Dual<T> x) {
  return tanh_pair(x).first;
}

// ---- derivatives of a formula ----------------------------------------------------------------------------------

namespace detail {

// One direction at a time: give that argument the speed 1 and the others 0, and read the slope of the result.
template <int... Directions>
struct Partial {
  template <class F, std::size_t... I, class... T>
  static SEEGRAD_HD auto at(const F& f, std::index_sequence<I...>, T... arguments) {
    return f(arguments...);
  }
};
template <int Direction, int... Rest>
struct Partial<Direction, Rest...> {
  template <class F, std::size_t... I, class... T>
  static SEEGRAD_HD auto at(const F& f, std::index_sequence<I...> order, T... arguments) {
    return Partial<Rest...>::at(f, order, Dual<T>{arguments, T(int(I) == Direction)}...).slope;
  }
};

}  // namespace detail

/// The partial derivative of f(x, parameters...) in the given directions: 0 stands for x, i for the i-th parameter
/// (counted from 1). partial<>: f itself; partial<0>: df/dx; partial<0, 0>: d2f/dx2; partial<0, 1>: d2f/dx dp1.
/// NaN in x gives NaN, whatever the formula does with it.
template <int... Directions, class F, class T, class... Parameters>
SEEGRAD_HD T partial(const F& f, T x, Parameters... parameters) {
  const T y = detail::Partial<Directions...>::at(f, std::make_index_sequence<1 + sizeof...(Parameters)>{}, x, T(parameters)...);
  return select(x == x, y, x);
}

/// f, f', f'' (Order 0, 1, 2; higher orders nest further) with respect to x.
template <int Order, int... Zeros, class F, class T, class... Parameters>
SEEGRAD_HD T derivative(const F& f, T x, Parameters... parameters) {
  if constexpr (Order == 0)
    return partial<Zeros...>(f, x, parameters...);
  else
    return derivative<Order - 1, Zeros..., 0>(f, x, parameters...);
}

}  // namespace seegrad
