// Formula: the type-erased calls.
#include "seegrad/activation/formula.hpp"

#include "seegrad/math/error.hpp"

#include <fmt/format.h>

namespace seegrad {
namespace {

template <class T>
T at_one(bool (*apply)(const ElementwiseCall<T>&, Derivative), T x, std::span<const T> values, std::span<const Parameter> parameters,
         Derivative derivative, bool& available) {
  std::array<const T*, 16> pointers{};
  if (values.size() != parameters.size() || values.size() > pointers.size())
    throw Error(fmt::format("formula: {} parameter values given, {} needed", values.size(), parameters.size()));
  for (std::size_t p = 0; p < parameters.size(); ++p) pointers[p] = &values[p];
  T y{};
  available = apply({&x, nullptr, &y, 1, pointers.data(), false}, derivative);
  return y;
}

}  // namespace

bool Formula::has(Derivative derivative) const { return has_(derivative); }

void Formula::check(bool available, Derivative derivative) const {
  if (available) return;
  throw Error(
      fmt::format("formula {}: no derivative ({}, {}); directions are 0 for x and i for its i-th learnable "
                  "parameter, and orders above the second are not available",
                  name_, derivative.first, derivative.second));
}

double Formula::at(double x, std::span<const double> parameters, Derivative derivative) const {
  bool available = false;
  const double y = at_one<double>(f64_, x, parameters, parameters_, derivative, available);
  check(available, derivative);
  return y;
}

float Formula::at(float x, std::span<const float> parameters, Derivative derivative) const {
  bool available = false;
  const float y = at_one<float>(f32_, x, parameters, parameters_, derivative, available);
  check(available, derivative);
  return y;
}

void Formula::apply(const ElementwiseCall<float>& call, Derivative derivative) const { check(f32_(call, derivative), derivative); }

void Formula::apply(const ElementwiseCall<double>& call, Derivative derivative) const { check(f64_(call, derivative), derivative); }

}  // namespace seegrad
