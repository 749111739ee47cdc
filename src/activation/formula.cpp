// Formula: what every kind of formula checks before it computes.
#include "seegrad/activation/formula.hpp"

#include "seegrad/math/error.hpp"

#include <fmt/format.h>

namespace seegrad {
namespace {

constexpr std::size_t most_parameters = 16;

template <class T>
T at_one(const Formula& formula, T x, std::span<const T> values, Derivative derivative) {
  const std::size_t needed = formula.parameters().size();
  if (values.size() != needed || needed > most_parameters)
    throw Error(fmt::format("formula {}: {} parameter values given, {} needed", formula.name(), values.size(), needed));
  std::array<const T*, most_parameters> pointers{};
  for (std::size_t p = 0; p < needed; ++p) pointers[p] = &values[p];
  T y{};
  formula.apply({&x, nullptr, &y, 1, pointers.data(), false}, derivative);
  return y;
}

}  // namespace

bool Formula::has(Derivative derivative) const {
  const auto is_direction = [&](int direction) {
    if (direction <= 0) return direction == 0;
    return direction <= int(parameters().size()) && parameters()[std::size_t(direction) - 1].learnable;
  };
  const auto [first, second] = derivative;
  if (first == Derivative::none) return second == Derivative::none;
  return is_direction(first) && (second == Derivative::none || is_direction(second));
}

void Formula::check(Derivative derivative) const {
  if (has(derivative)) return;
  throw Error(
      fmt::format("formula {}: no derivative ({}, {}); directions are 0 for x and i for its i-th learnable "
                  "parameter, and orders above the second are not available",
                  name(), derivative.first, derivative.second));
}

double Formula::at(double x, std::span<const double> parameters, Derivative derivative) const {
  return at_one(*this, x, parameters, derivative);
}
float Formula::at(float x, std::span<const float> parameters, Derivative derivative) const {
  return at_one(*this, x, parameters, derivative);
}

void Formula::apply(const ElementwiseCall<float>& call, Derivative derivative) const {
  check(derivative);
  run(call, derivative);
}
void Formula::apply(const ElementwiseCall<double>& call, Derivative derivative) const {
  check(derivative);
  run(call, derivative);
}

}  // namespace seegrad
