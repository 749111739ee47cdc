// The loops over arrays, for every instruction set of this machine, against naive loops in double.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "backend/cpu/kernels.hpp"
#include "random_values.hpp"
#include "seegrad/math/histogram_bin.hpp"

namespace seegrad::cpu {
namespace {

using test::normal_values;

template <class T, class Body>
void for_every_set(Body body) {
  for (InstructionSet set : available_instruction_sets()) {
    CAPTURE(static_cast<int>(set));
    body(array_kernels<T>(set));
  }
}

constexpr std::size_t lengths[] = {0, 1, 5, 15, 16, 17, 100, 2048, 4096, 5001};

}  // namespace

TEMPLATE_TEST_CASE("sums count what is not finite and take moments of the rest", "[backend]", float, double) {
  using T = TestType;
  for_every_set<T>([](const ArrayKernels<T>& kernels) {
    for (std::size_t n : lengths) {
      auto x = normal_values<T>(n, n + 1, 3, 1e-3);
      if (n > 4) {
        x[0] = T(NAN);
        x[n / 2] = std::numeric_limits<T>::infinity();
        x[n - 1] = 0;
      }
      double sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
      std::int64_t zeros = 0, nans = 0, infinities = 0;
      for (T value : x) {
        zeros += value == 0;
        nans += std::isnan(value);
        infinities += std::isinf(value);
        if (!std::isfinite(value)) continue;
        sum += value;
        squares += double(value) * double(value);
        low = std::min(low, double(value));
        high = std::max(high, double(value));
      }
      const Sums found = kernels.sums(x.data(), n, false);
      CAPTURE(n);
      const Sums alone = kernels.sums(x.data(), n, true);
      CHECK(alone.squares == Approx(squares).epsilon(1e-12));
      CHECK(alone.nans == nans);
      CHECK(alone.infinities == infinities);
      CHECK(found.sum == Approx(sum).epsilon(1e-12));
      CHECK(found.squares == Approx(squares).epsilon(1e-12));
      CHECK(found.zeros == zeros);
      CHECK(found.nans == nans);
      CHECK(found.infinities == infinities);
      if (n > 0) {
        CHECK(found.min == low);
        CHECK(found.max == high);
      }
    }
  });
}

TEST_CASE("squares of vanishing gradients do not underflow in float", "[backend]") {
  for_every_set<float>([](const ArrayKernels<float>& kernels) {
    const std::vector<float> tiny(100, 1e-30F);
    for (const bool alone : {false, true})
      CHECK(kernels.sums(tiny.data(), tiny.size(), alone).squares == Approx(100 * double(1e-30F) * double(1e-30F)).margin(0));
    SignAgreement signs;
    CHECK(kernels.sums_of_rows(tiny.data(), 1, 96, signs, true).squares == Approx(96 * double(1e-30F) * double(1e-30F)).margin(0));
  });
}

TEMPLATE_TEST_CASE("row and column reductions agree with naive ones", "[backend]", float, double) {
  using T = TestType;
  for_every_set<T>([](const ArrayKernels<T>& kernels) {
    for (std::size_t rows : {std::size_t{1}, std::size_t{7}, std::size_t{300}}) {
      for (std::size_t columns : {std::size_t{1}, std::size_t{10}, std::size_t{17}, std::size_t{600}}) {
        const auto x = normal_values<T>(rows * columns, rows + columns);
        std::vector<T> sums(columns), maxima(columns);
        kernels.column_sums(x.data(), rows, columns, sums.data(), columns);
        kernels.column_max(x.data(), rows, columns, maxima.data(), columns);
        for (std::size_t c = 0; c < columns; ++c) {
          double sum = 0, high = -INFINITY;
          for (std::size_t r = 0; r < rows; ++r) {
            sum += double(x[r * columns + c]);
            high = std::max(high, double(x[r * columns + c]));
          }
          REQUIRE(double(sums[c]) == Approx(sum).margin(20 * double(rows) * std::numeric_limits<T>::epsilon()));
          REQUIRE(double(maxima[c]) == high);
        }
        double sum = 0;
        for (std::size_t c = 0; c < columns; ++c) sum += double(x[c]);
        REQUIRE(double(kernels.row_sum(x.data(), columns)) == Approx(sum).margin(20 * double(columns) * std::numeric_limits<T>::epsilon()));
        REQUIRE(kernels.row_max(x.data(), columns) == *std::max_element(x.begin(), x.begin() + std::ptrdiff_t(columns)));
      }
    }
  });
}

TEMPLATE_TEST_CASE("a maximum does not hide a NaN, wherever it stands", "[backend]", float, double) {
  using T = TestType;
  for_every_set<T>([](const ArrayKernels<T>& kernels) {
    for (std::size_t n : {std::size_t{3}, std::size_t{16}, std::size_t{50}}) {
      for (std::size_t place = 0; place < n; ++place) {
        auto x = normal_values<T>(n, n);
        x[place] = T(NAN);
        REQUIRE(std::isnan(kernels.row_max(x.data(), n)));
        std::vector<T> y(1);
        kernels.column_max(x.data(), n, 1, y.data(), 1);
        REQUIRE(std::isnan(y[0]));
      }
    }
  });
}

TEMPLATE_TEST_CASE("small values and nonzero entries are counted as a loop would", "[backend]", float, double) {
  using T = TestType;
  for_every_set<T>([](const ArrayKernels<T>& kernels) {
    for (std::size_t n : lengths) {
      auto x = normal_values<T>(n, n);
      for (std::size_t i = 0; i < n; i += 3) x[i] = 0;
      if (n > 2) x[2] = T(NAN);
      std::size_t below = 0;
      std::vector<std::uint8_t> marks(n, 0);
      for (T value : x) below += std::abs(value) < T(0.5);
      CHECK(kernels.count_below(x.data(), n, T(0.5)) == below);
      kernels.mark_nonzero(x.data(), n, marks.data());
      for (std::size_t i = 0; i < n; ++i) REQUIRE(marks[i] == (x[i] != 0 ? 1 : 0));
    }
  });
}

TEMPLATE_TEST_CASE("rows have the sums of their elements, and signs that agree as a loop would find", "[backend]", float, double) {
  using T = TestType;
  const T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity();
  for_every_set<T>([=](const ArrayKernels<T>& kernels) {
    for (const T special : {T(0), T(-0.0), nan, -infinity})
      for (std::size_t columns : {1, 10, 16, 48, 256, 257, 784})
        for (std::size_t rows : {0, 1, 3, 16}) {
          const std::size_t n = rows * columns;
          auto x = normal_values<T>(n, columns + rows, 0.2);
          for (std::size_t i = 1; i < n; i += 5) x[i] = special;
          if (rows > 2) std::fill_n(x.begin() + std::ptrdiff_t(columns), columns, T(-0.0));  // a row without signs
          double coherence = 0;
          std::int64_t rows_with_sign = 0;
          for (std::size_t row = 0; row < rows; ++row) {
            double positive = 0, negative = 0;
            for (std::size_t c = 0; c < columns; ++c) {
              positive += x[row * columns + c] > 0;
              negative += x[row * columns + c] < 0;
            }
            if (positive + negative == 0) continue;
            coherence += std::abs(positive - negative) / (positive + negative);
            ++rows_with_sign;
          }
          SignAgreement signs{7, 7}, signs_alone{7, 7};
          const Sums alone = kernels.sums_of_rows(x.data(), rows, columns, signs_alone, true);
          const Sums found = kernels.sums_of_rows(x.data(), rows, columns, signs, false), plain = kernels.sums(x.data(), n, false);
          CAPTURE(columns, rows, special);
          CHECK(signs.coherence == Approx(coherence).epsilon(1e-14));
          CHECK(signs.rows == rows_with_sign);
          CHECK((signs_alone.coherence == signs.coherence && signs_alone.rows == signs.rows));
          CHECK(alone.squares == Approx(plain.squares).epsilon(1e-13));
          CHECK((alone.nans == plain.nans && alone.infinities == plain.infinities));
          CHECK(found.sum == Approx(plain.sum).epsilon(1e-12).margin(1e-12 * plain.squares));
          CHECK(found.squares == Approx(plain.squares).epsilon(1e-13));
          CHECK(found.min == plain.min);
          CHECK(found.max == plain.max);
          CHECK(found.zeros == plain.zeros);
          CHECK(found.nans == plain.nans);
          CHECK(found.infinities == plain.infinities);
        }
  });
}

TEMPLATE_TEST_CASE("a histogram has every number in the bin that histogram_bin() names", "[backend]", float, double) {
  using T = TestType;
  using limits = std::numeric_limits<T>;
  // Every edge of a bin with its neighbours, on both sides of zero, and what is special.
  std::vector<T> x{
      0, T(-0.0), limits::quiet_NaN(), -limits::quiet_NaN(), limits::infinity(), limits::max(), limits::min(), limits::denorm_min()};
  for (int distance = 1; distance <= histogram_side; ++distance) {
    const T edge = static_cast<T>(histogram_edge(distance));
    x.insert(x.end(), {std::nextafter(edge, T(0)), edge, std::nextafter(edge, limits::max())});
  }
  for (std::size_t i = 0, n = x.size(); i < n; ++i) x.push_back(-x[i]);
  for_every_set<T>([&](const ArrayKernels<T>& kernels) {
    for (const T value : x) {  // alone, so that each is seen to be in its own
      std::vector<std::int32_t> wanted(histogram_bins), found(histogram_bins);
      if (const int bin = histogram_bin(static_cast<double>(value)); bin >= 0) ++wanted[static_cast<std::size_t>(bin)];
      kernels.add_to_histogram(&value, 1, found.data());
      CAPTURE(value);
      REQUIRE(found == wanted);
    }
    for (std::size_t n : lengths) {
      auto many = normal_values<T>(n, n);
      for (std::size_t i = 0; i < n; i += 2) many[i] = x[i % x.size()];
      std::vector<std::int32_t> wanted(histogram_bins, 3), found(histogram_bins, 3);  // what was there is added to
      for (const T value : many)
        if (const int bin = histogram_bin(static_cast<double>(value)); bin >= 0) ++wanted[static_cast<std::size_t>(bin)];
      kernels.add_to_histogram(many.data(), n, found.data());
      CHECK(found == wanted);
    }
  });
}

TEMPLATE_TEST_CASE("an update measures the parameter before it and its own size, over any part", "[backend]", float, double) {
  using T = TestType;
  for_every_set<T>([](const ArrayKernels<T>& kernels) {
    for (std::size_t n : lengths) {
      const double sizes_of_numbers[] = {1, 1e-25, 1e25};  // float cannot hold the squares of the last two
      const double size = sizes_of_numbers[n % 3];
      const auto start = normal_values<T>(n, 1, 0, size), gradient = normal_values<T>(n, 2, 0, size);
      std::vector<T> parameter = start;
      const Shape shape{static_cast<std::int64_t>(n)};
      Update call;
      call.parameter = {parameter.data(), dtype_of<T>(), shape};
      call.gradient = {gradient.data(), dtype_of<T>(), shape};
      const std::size_t begin = n / 3;
      const UpdateSizes sizes = kernels.update(call, {.learning_rate = 0.1}, begin, n, true);
      double before = 0, change = 0;
      for (std::size_t i = begin; i < n; ++i) {
        before += double(start[i]) * double(start[i]);
        const double step = double(start[i] - parameter[i]);
        change += step * step;
      }
      CAPTURE(n);
      CHECK(sizes.before == Approx(before).epsilon(1e-13).margin(0));
      CHECK(sizes.change == Approx(change).epsilon(1e-13).margin(0));
      CHECK((change > 0) == (n > 0));
    }
  });
}

TEMPLATE_TEST_CASE("a transposed matrix has its rows as columns", "[backend]", float, double) {
  using T = TestType;
  for_every_set<T>([](const ArrayKernels<T>& kernels) {
    const std::size_t rows = 45, columns = 70;
    const auto x = normal_values<T>(rows * columns, 4);
    std::vector<T> y(x.size());
    kernels.transpose(x.data(), rows, columns, 0, 20, y.data());
    kernels.transpose(x.data(), rows, columns, 20, rows, y.data());
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) REQUIRE(y[c * rows + r] == x[r * columns + c]);
    }
  });
}

}  // namespace seegrad::cpu
