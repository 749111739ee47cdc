// Arrays of random numbers for the backend's tests.
#pragma once
#include <vector>

#include "seegrad/math/random.hpp"

namespace seegrad::test {

template <class T>
std::vector<T> normal_values(std::size_t n, std::uint64_t seed, double mean = 0, double deviation = 1) {
  Random random(seed);
  std::vector<T> values(n);
  for (T& value : values) value = static_cast<T>(random.normal(mean, deviation));
  return values;
}

}  // namespace seegrad::test
