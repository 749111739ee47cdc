// The loops over arrays, for every instruction set of this machine, against naive loops in double.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "backend/cpu/kernels.hpp"
#include "random_values.hpp"

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

constexpr std::size_t lengths[] = {0, 1, 5, 15, 16, 17, 100, 4096, 5001};

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
      const Sums found = kernels.sums(x.data(), n);
      CAPTURE(n);
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
    CHECK(kernels.sums(tiny.data(), tiny.size()).squares == Approx(100 * double(1e-30F) * double(1e-30F)));
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

TEMPLATE_TEST_CASE("signs, small values and nonzero entries are counted as a loop would", "[backend]", float, double) {
  using T = TestType;
  for_every_set<T>([](const ArrayKernels<T>& kernels) {
    for (std::size_t n : lengths) {
      auto x = normal_values<T>(n, n);
      for (std::size_t i = 0; i < n; i += 3) x[i] = 0;
      if (n > 2) x[2] = T(NAN);
      std::size_t positive = 0, negative = 0, below = 0, found_positive = 9, found_negative = 9;
      std::vector<std::uint8_t> marks(n, 0);
      for (T value : x) {
        positive += value > 0;
        negative += value < 0;
        below += std::abs(value) < T(0.5);
      }
      kernels.count_signs(x.data(), n, found_positive, found_negative);
      CHECK(found_positive == positive);
      CHECK(found_negative == negative);
      CHECK(kernels.count_below(x.data(), n, T(0.5)) == below);
      kernels.mark_nonzero(x.data(), n, marks.data());
      for (std::size_t i = 0; i < n; ++i) REQUIRE(marks[i] == (x[i] != 0 ? 1 : 0));
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
