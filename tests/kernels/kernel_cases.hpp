// Every launcher of src/kernels as the laws see it: called for a matrix [rows, columns], it says what came out and what should have.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "kernels/kernel_room.hpp"

namespace seegrad::kernels::test {

struct Found {
  std::vector<double> found, expected;
  double scale = 1;  ///< the size of the numbers that were added up to make one of them
};

template <class T>
struct KernelCase {
  std::string name;
  std::function<Found(const Site&, Room<T>&, std::int64_t rows, std::int64_t columns)> run;
  double roundings = 0;  ///< how many of T's may separate the two, in units of max(|expected|, scale)
};

template <class T>
using Cases = std::vector<KernelCase<T>>;

/// What references compute in, so that their own roundings do not count.
using Exact = long double;

/// All that a list of expected numbers is made of: f(row, column) of a matrix.
template <class F>
std::vector<double> table(std::int64_t rows, std::int64_t columns, F f) {
  std::vector<double> values;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column) values.push_back(static_cast<double>(f(row, column)));
  return values;
}

}  // namespace seegrad::kernels::test
