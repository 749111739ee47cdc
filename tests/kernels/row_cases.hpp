// The launchers of reductions, softmax and the loss, for the laws.
#pragma once
#include <algorithm>
#include <cmath>

#include "kernels/kernel_cases.hpp"
#include "kernels/reduce_launch.hpp"
#include "kernels/softmax_launch.hpp"

namespace seegrad::kernels::test {

template <class T>
Found reduced(const Site& site, Room<T>& room, bool sum, std::int64_t outer, std::int64_t n, std::int64_t inner) {
  T *x = room.normal(outer * n * inner, 8, 0.3), *y = room.output(outer * inner);
  CHECK((sum ? launch_sum(site, x, y, outer, n, inner) : launch_max(site, x, y, outer, n, inner)) == success);
  double sizes = 0;
  const auto expected = table(outer, inner, [&](auto o, auto i) {
    Exact total = 0, largest = -INFINITY, size = 0;
    for (std::int64_t k = 0; k < n; ++k) {
      const Exact value = x[(o * n + k) * inner + i];
      total += value, size += std::abs(value), largest = std::max(largest, value);
    }
    sizes = std::max(sizes, double(size));
    return sum ? total : largest;
  });
  return {doubles(y, outer * inner), expected, sum ? sizes : 0};
}

/// Softmax of a row, and its logarithm.
template <class T>
struct ReferenceRow {
  std::vector<Exact> power, logarithm;
  explicit ReferenceRow(const T* row, std::int64_t columns) {
    const Exact largest = *std::max_element(row, row + columns);
    Exact total = 0;
    for (std::int64_t i = 0; i < columns; ++i) total += std::exp(Exact(row[i]) - largest);
    for (std::int64_t i = 0; i < columns; ++i) {
      logarithm.push_back(Exact(row[i]) - largest - std::log(total));
      power.push_back(std::exp(Exact(row[i]) - largest) / total);
    }
  }
};

template <class T>
Found softmaxed(const Site& site, Room<T>& room, bool logarithm, std::int64_t rows, std::int64_t columns) {
  T *x = room.normal(rows * columns, 9, 5, 4), *y = room.output(rows * columns);
  CHECK(launch_softmax(site, x, logarithm, y, rows, columns) == success);
  Found found{doubles(y, rows * columns), {}, logarithm ? 1.0 : 0.0};
  for (std::int64_t row = 0; row < rows; ++row) {
    const ReferenceRow<T> reference(x + row * columns, columns);
    for (const Exact value : logarithm ? reference.logarithm : reference.power) found.expected.push_back(double(value));
  }
  return found;
}

template <class T>
Found softmax_slopes(const Site& site, Room<T>& room, bool logarithm, std::int64_t rows, std::int64_t columns) {
  T *x = room.normal(rows * columns, 9, 5, 4), *g = room.normal(rows * columns, 10), *dx = room.output(rows * columns);
  for (std::int64_t row = 0; row < rows; ++row) {
    const ReferenceRow<T> reference(x + row * columns, columns);
    for (std::int64_t i = 0; i < columns; ++i)
      x[row * columns + i] = T(logarithm ? reference.logarithm[std::size_t(i)] : reference.power[std::size_t(i)]);
  }
  CHECK(launch_softmax_slope(site, x, g, logarithm, dx, rows, columns) == success);
  Found found{doubles(dx, rows * columns), {}, 1};
  for (std::int64_t row = 0; row < rows; ++row) {
    Exact sum = 0;
    for (std::int64_t i = row * columns; i < (row + 1) * columns; ++i) sum += logarithm ? Exact(g[i]) : Exact(x[i]) * Exact(g[i]);
    for (std::int64_t i = row * columns; i < (row + 1) * columns; ++i)
      found.expected.push_back(double(logarithm ? Exact(g[i]) - std::exp(Exact(x[i])) * sum : Exact(x[i]) * (Exact(g[i]) - sum)));
  }
  return found;
}

inline std::vector<std::int32_t> some_labels(std::int64_t rows, std::int64_t classes) {
  std::vector<std::int32_t> labels;
  for (std::int64_t row = 0; row < rows; ++row) labels.push_back(static_cast<std::int32_t>((row * 5 + classes - 1) % classes));
  return labels;
}

/// The slope, and the loss behind it.
template <class T>
Found cross_entropies(const Site& site, Room<T>& room, std::int64_t rows, std::int64_t columns) {
  T *x = room.normal(rows * columns, 11, 0, 3), *slope = room.output(rows * columns), *loss = room.output(1);
  const auto labels = some_labels(rows, columns);
  CHECK(launch_cross_entropy(site, x, room.put(labels), loss, slope, rows, columns) == success);
  Found found{doubles(slope, rows * columns), {}, 1 / double(rows)};
  found.found.push_back(double(*loss));
  Exact total = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const ReferenceRow<T> reference(x + row * columns, columns);
    const auto label = std::size_t(labels[std::size_t(row)]);
    for (std::size_t i = 0; i < reference.power.size(); ++i) found.expected.push_back(double((reference.power[i] - (i == label)) / rows));
    total -= reference.logarithm[label];
  }
  found.expected.push_back(double(total / rows));
  return found;
}

/// Ties on both sides of the label, and NaN in some rows.
template <class T>
Found counted(const Site& site, Room<T>& room, std::int64_t rows, std::int64_t columns) {
  T* x = room.normal(rows * columns, 12);
  const auto labels = some_labels(rows, columns);
  double expected = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    T* here = x + row * columns;
    const std::int64_t label = labels[std::size_t(row)];
    if (row % 4 != 3) here[label] = T(9);
    if (row % 4 == 1) here[columns - 1] = T(9);
    if (row % 4 == 2) here[0] = T(9);
    if (row % 7 == 5) here[columns / 2] = T(NAN);
    const bool has_nan = std::any_of(here, here + columns, [](T value) { return std::isnan(value); });
    expected += !has_nan && std::max_element(here, here + columns) - here == label;
  }
  double* count = room.put(std::vector<double>{NAN});
  CHECK(launch_count_correct(site, x, room.put(labels), count, rows, columns) == success);
  return {{*count}, {expected}};
}

template <class T>
Cases<T> row_cases() {
  return {
      {"sum of rows", [](auto& site, auto& room, auto rows, auto columns) { return reduced<T>(site, room, true, rows, columns, 1); }, 1},
      {"sum of columns", [](auto& site, auto& room, auto rows, auto columns) { return reduced<T>(site, room, true, 1, rows, columns); }, 1},
      {"sum in the middle", [](auto& site, auto& room, auto rows, auto columns) { return reduced<T>(site, room, true, 3, rows, columns); },
       1},
      {"largest of rows", [](auto& site, auto& room, auto rows, auto columns) { return reduced<T>(site, room, false, rows, columns, 1); }},
      {"largest of columns",
       [](auto& site, auto& room, auto rows, auto columns) { return reduced<T>(site, room, false, 3, rows, columns); }},
      // x - largest is rounded once; up to 36 from the largest that is half of 32 roundings of 1, and exp hands them on.
      {"softmax", [](auto& site, auto& room, auto rows, auto columns) { return softmaxed<T>(site, room, false, rows, columns); }, 20},
      {"log_softmax", [](auto& site, auto& room, auto rows, auto columns) { return softmaxed<T>(site, room, true, rows, columns); }, 4},
      {"slope of softmax",
       [](auto& site, auto& room, auto rows, auto columns) { return softmax_slopes<T>(site, room, false, rows, columns); }, 4},
      // The sum, some 50 for the longest rows, is rounded to T: half of 32 roundings of 1.
      {"slope of log_softmax",
       [](auto& site, auto& room, auto rows, auto columns) { return softmax_slopes<T>(site, room, true, rows, columns); }, 18},
      {"cross_entropy", cross_entropies<T>, 4},
      {"count_correct", counted<T>},
  };
}

}  // namespace seegrad::kernels::test
