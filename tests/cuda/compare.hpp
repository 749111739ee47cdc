// How near the numbers of two devices have to be, and what to say when they are not. Every comparison returns a text: empty when all is
// well, so that a law reads CHECK(difference(...) == "") and its failure tells where the first and the worst number went wrong.
// compare_test.cpp plants faults to show that it would notice.
#pragma once
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad::testing {

inline constexpr Device cpu_device{}, gpu_device{Device::Kind::cuda, 0};

using Numbers = std::vector<double>;

inline double epsilon_of(DType dtype) {
  return dtype == DType::float64 ? std::numeric_limits<double>::epsilon() : double{std::numeric_limits<float>::epsilon()};
}

/// The step between neighbours where numbers have no more digits to give: below, an epsilon is less than that.
inline double least_of(DType dtype) {
  return dtype == DType::float64 ? std::numeric_limits<double>::denorm_min() : double{std::numeric_limits<float>::denorm_min()};
}

/// What is allowed: |expected - found| <= epsilons * epsilon of the type * max(|expected|, |found|, floor).
struct Nearness {
  double epsilons = 0;
  double floor = 0;  ///< numbers below it are held to the absolute error that it may have
};

/// Equal values of any kind: the same infinity, or both NaN, whatever is in them. 0 and -0 are equal.
inline bool same_value(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

inline std::string difference(std::span<const double> expected, std::span<const double> found, DType dtype, Nearness allowed) {
  if (expected.size() != found.size())
    return std::to_string(expected.size()) + " numbers expected, " + std::to_string(found.size()) + " found";
  std::size_t wrong = 0, first = 0, worst = 0;
  double most = -1;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (same_value(expected[i], found[i])) continue;
    const double size = std::fmax(std::fmax(std::fabs(expected[i]), std::fabs(found[i])), allowed.floor);
    double off = std::fabs(expected[i] - found[i]) / std::fmax(epsilon_of(dtype) * size, least_of(dtype));
    if (!std::isfinite(expected[i]) || !std::isfinite(found[i])) off = std::numeric_limits<double>::infinity();
    if (off <= allowed.epsilons) continue;
    if (wrong++ == 0) first = i;
    if (!(off <= most)) most = off, worst = i;
  }
  if (wrong == 0) return "";
  const auto place = [&](std::size_t i) {
    char text[160];
    std::snprintf(text, sizeof text, "[%zu] %.9g expected, %.9g found", i, expected[i], found[i]);
    return std::string(text);
  };
  char scale[120];
  std::snprintf(scale, sizeof scale, "; worst, by %.3g epsilons where %.3g are allowed: ", most, allowed.epsilons);
  return std::to_string(wrong) + " of " + std::to_string(expected.size()) + " differ, first " + place(first) + scale + place(worst);
}

/// Bit for bit: 0 and -0 differ. (Any NaN is any other: which bits it has is the hardware's affair.)
inline std::string bit_difference(std::span<const double> expected, std::span<const double> found) {
  if (const std::string text = difference(expected, found, DType::float64, {}); !text.empty()) return text;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i]) || std::memcmp(&expected[i], &found[i], sizeof(double)) == 0) continue;
    return "[" + std::to_string(i) + "] has another sign of zero";
  }
  return "";
}

/// Of several arrays at once, such as a result and its gradients; the text names the array.
inline std::string differences(const std::vector<Numbers>& expected, const std::vector<Numbers>& found, DType dtype, Nearness allowed) {
  if (expected.size() != found.size())
    return std::to_string(expected.size()) + " arrays expected, " + std::to_string(found.size()) + " found";
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string text = difference(expected[i], found[i], dtype, allowed);
    if (!text.empty()) return "array " + std::to_string(i) + ": " + text;
  }
  return "";
}

inline double largest_finite(std::span<const double> values) {
  double largest = 0;
  for (const double value : values)
    if (std::isfinite(value)) largest = std::fmax(largest, std::fabs(value));
  return largest;
}

/// Sums in another order differ by their terms' size and not by their own: the floor is the array's largest number.
inline std::string differences_in_size(const std::vector<Numbers>& expected, const std::vector<Numbers>& found, DType dtype,
                                       double epsilons, double least_floor = 0) {
  if (expected.size() != found.size()) return differences(expected, found, dtype, {});
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double floor = std::fmax(largest_finite(expected[i]), least_floor);
    const std::string text = difference(expected[i], found[i], dtype, {epsilons, floor});
    if (!text.empty()) return "array " + std::to_string(i) + ": " + text;
  }
  return "";
}

/// Values given in double, as a tensor of any type and place.
inline Tensor tensor_on(Device device, std::span<const double> values, const Shape& shape, DType dtype) {
  return Tensor::from(values, shape, {dtype, device});
}

}  // namespace seegrad::testing
