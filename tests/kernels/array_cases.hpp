// The launchers of arrays, random numbers and observation, for the laws.
#pragma once
#include <cmath>

#include "kernels/arrays_launch.hpp"
#include "kernels/kernel_cases.hpp"
#include "kernels/observe_launch.hpp"
#include "kernels/random_launch.hpp"

namespace seegrad::kernels::test {

template <class T>
T reference(Arithmetic op, T a, T b) {
  switch (op) {
    case Arithmetic::add: return a + b;
    case Arithmetic::subtract: return a - b;
    case Arithmetic::multiply: return a * b;
    case Arithmetic::divide: return a / b;
    default: return T(a == b);
  }
}

/// a and b with a full matrix, one row, or one element each.
enum class Extent { full, row, one };

template <class T>
KernelCase<T> binary_case(std::string name, Arithmetic op, Extent a_extent, Extent b_extent) {
  return {std::move(name), [=](const Site& site, Room<T>& room, std::int64_t rows, std::int64_t columns) {
            const std::int64_t n = rows * columns;
            const auto count = [&](Extent extent) { return extent == Extent::full ? n : extent == Extent::row ? columns : 1; };
            const auto at = [&](Extent extent, std::int64_t row, std::int64_t column) {
              return extent == Extent::full ? row * columns + column : extent == Extent::row ? column : 0;
            };
            T *a = room.normal(count(a_extent), 1), *b = room.normal(count(b_extent), 2), *y = room.output(n);
            b[0] = a[0];  // something is equal
            CHECK(launch_binary(site, op, a, count(a_extent), b, count(b_extent), y, n) == success);
            return Found{doubles(y, n), table(rows, columns, [&](auto row, auto column) {
                           return reference(op, a[at(a_extent, row, column)], b[at(b_extent, row, column)]);
                         })};
          }};
}

template <class T>
Cases<T> arithmetic_cases() {
  Cases<T> cases{{"fill", [](const Site& site, Room<T>& room, std::int64_t rows, std::int64_t columns) {
                    T* y = room.output(rows * columns);
                    CHECK(launch_fill(site, y, T(1.5), rows * columns) == success);
                    return Found{doubles(y, rows * columns), table(rows, columns, [](auto, auto) { return 1.5; })};
                  }}};
  const std::string names[] = {"add", "subtract", "multiply", "divide", "equal"};
  for (int op = 0; op < 5; ++op) {
    cases.push_back(binary_case<T>(names[op], Arithmetic(op), Extent::full, Extent::full));
    cases.push_back(binary_case<T>(names[op] + " one", Arithmetic(op), Extent::full, Extent::one));
    cases.push_back(binary_case<T>(names[op] + " a row", Arithmetic(op), Extent::full, Extent::row));
  }
  cases.push_back(binary_case<T>("one divided", Arithmetic::divide, Extent::one, Extent::full));
  cases.push_back(binary_case<T>("a row divided", Arithmetic::divide, Extent::row, Extent::full));
  cases.push_back(binary_case<T>("one and one", Arithmetic::add, Extent::one, Extent::one));
  return cases;
}

template <class T>
Found expanded(const Site& site, Room<T>& room, std::int64_t outer, std::int64_t n, std::int64_t inner) {
  T *x = room.normal(outer * inner, 3), *y = room.output(outer * n * inner);
  CHECK(launch_expand(site, x, y, outer, n, inner) == success);
  return {doubles(y, outer * n * inner), table(outer * n, inner, [&](auto row, auto column) { return x[row / n * inner + column]; })};
}

/// Columns [from, from + count) of x to y, whose rows have `extra` columns more.
template <class T>
Found copied(const Site& site, Room<T>& room, std::int64_t rows, std::int64_t columns, std::int64_t from, std::int64_t extra) {
  const std::int64_t count = columns - from, y_columns = count + extra, bytes = sizeof(T);
  T *x = room.normal(rows * columns, 4), *y = room.put(std::vector<T>(static_cast<std::size_t>(rows * y_columns), T(7)));
  CHECK(launch_copy_rows(site, x + from, columns * bytes, y + extra, y_columns * bytes, rows, count * bytes) == success);
  return {doubles(y, rows * y_columns),
          table(rows, y_columns, [&](auto row, auto column) { return column < extra ? T(7) : x[row * columns + from + column - extra]; })};
}

/// Rows in a scattered order, some of them twice.
inline std::vector<std::int32_t> some_indices(std::int64_t count, std::int64_t rows) {
  std::vector<std::int32_t> indices;
  for (std::int64_t i = 0; i < count; ++i) indices.push_back(static_cast<std::int32_t>((i * 7 + i * i) % rows));
  return indices;
}

template <class T>
Found gathered(const Site& site, Room<T>& room, std::int64_t rows, std::int64_t columns) {
  const auto indices = some_indices(2 * rows + 1, rows);
  const auto wanted = static_cast<std::int64_t>(indices.size());
  T *x = room.normal(rows * columns, 5), *y = room.output(wanted * columns);
  // NOLINTNEXTLINE(readability-suspicious-call-argument)
  CHECK(launch_gather_rows(site, x, rows, room.put(indices), y, wanted, columns * static_cast<std::int64_t>(sizeof(T))) == success);
  return {doubles(y, wanted * columns),
          table(wanted, columns, [&](auto row, auto column) { return x[indices[std::size_t(row)] * columns + column]; })};
}

/// Sums of two numbers and more in T, in the order of the rows: exactly what a loop finds.
template <class T>
Found scattered(const Site& site, Room<T>& room, std::int64_t rows, std::int64_t columns) {
  const auto indices = some_indices(3 * rows, rows);
  const auto count = static_cast<std::int64_t>(indices.size());
  T *x = room.normal(count * columns, 6), *y = room.put(std::vector<T>(std::size_t(rows * columns)));
  std::vector<T> expected(std::size_t(rows * columns));
  for (std::int64_t i = 0; i < count * columns; ++i)
    expected[std::size_t(indices[std::size_t(i / columns)] * columns + i % columns)] += x[i];
  CHECK(launch_scatter_add_rows(site, x, room.put(indices), count, y, rows, columns) == success);
  return {doubles(y, rows * columns), doubles(expected.data(), rows * columns)};
}

template <class T>
Found transposed(const Site& site, Room<T>& room, std::int64_t batch, std::int64_t rows, std::int64_t columns) {
  const std::int64_t n = batch * rows * columns;
  T *x = room.normal(n, 7), *y = room.output(n);
  CHECK(launch_transpose(site, x, y, batch, rows, columns) == success);
  return {doubles(y, n), table(batch * columns, rows, [&](auto row, auto column) {
            return x[row / columns * rows * columns + column * columns + row % columns];
          })};
}

template <class T>
Found drawn(const Site& site, Room<T>& room, std::int64_t n, bool mask) {
  constexpr std::uint64_t seed = 0x123456789ABC, stream = 0xFEDCBA987;
  T* y = room.output(n);
  CHECK((mask ? launch_dropout_mask(site, y, n, 0.7, seed, stream) : launch_fill_uniform(site, y, n, -0.3, 2.5, seed, stream)) == success);
  return {doubles(y, n), table(1, n, [&](auto, auto i) {
            const std::uint32_t word = philox(seed, stream, std::uint64_t(i) / 4).word[i % 4];
            if (mask) return word < std::uint64_t(std::llround(0.7 * 4294967296.0)) ? T(1 / 0.7) : T(0);
            return T(-0.3 + (word + 0.5) * (2.8 * 0x1p-32));
          })};
}

template <class T>
Found alive(const Site& site, Room<T>& room, std::int64_t rows, std::int64_t columns) {
  std::vector<T> values(std::size_t(rows * columns));  // -0 is zero as well
  for (std::size_t i = 0; i < values.size(); i += 2) values[i] = T(-0.0);
  for (std::int64_t column = 0; column < columns; ++column) {
    if (column % 3 == 0) values[std::size_t((rows - 1) * columns + column)] = column % 2 ? T(1e-30) : T(NAN);
  }
  auto* marks = room.put(std::vector<std::uint8_t>(std::size_t(columns), 0));
  if (columns > 1) marks[1] = 1;  // was alive before
  CHECK(launch_mark_alive(site, room.put(values), marks, rows, columns) == success);
  return {doubles(marks, columns), table(1, columns, [](auto, auto column) { return column % 3 == 0 || column == 1; })};
}

template <class T>
Cases<T> moving_cases() {
  return {
      {"expand rows", [](auto& site, auto& room, auto rows, auto columns) { return expanded<T>(site, room, 3, rows, columns); }},
      {"expand elements", [](auto& site, auto& room, auto rows, auto columns) { return expanded<T>(site, room, rows, columns, 1); }},
      {"copy", [](auto& site, auto& room, auto rows, auto columns) { return copied<T>(site, room, rows, columns, 0, 0); }},
      {"copy columns",
       [](auto& site, auto& room, auto rows, auto columns) { return copied<T>(site, room, rows, columns, columns / 2, 3); }},
      {"copy whole packets",
       [](auto& site, auto& room, auto rows, auto columns) { return copied<T>(site, room, rows, columns, columns / 8 * 4, 4); }},
      {"gather", gathered<T>},
      {"scatter", scattered<T>},
      {"transpose", [](auto& site, auto& room, auto rows, auto columns) { return transposed<T>(site, room, 1, rows, columns); }},
      {"transpose a batch", [](auto& site, auto& room, auto rows, auto columns) { return transposed<T>(site, room, 3, rows, columns); }},
      {"dropout mask", [](auto& site, auto& room, auto rows, auto columns) { return drawn<T>(site, room, rows * columns, true); }},
      {"uniform", [](auto& site, auto& room, auto rows, auto columns) { return drawn<T>(site, room, rows * columns, false); }},
      {"mark alive", alive<T>},
  };
}

}  // namespace seegrad::kernels::test
