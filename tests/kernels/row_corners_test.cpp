// Corners of the row kernels: infinities and NaN, rows longer than shared memory, labels that are no classes, axes of length 0.
#include <catch2/catch.hpp>

#include "kernels/row_cases.hpp"

namespace seegrad::kernels::test {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// Row lengths for each way to work: few lanes, a warp, a block that keeps the row, one that keeps only some of it.
constexpr std::int64_t lengths[] = {1, 7, 300, 700, 2003};
constexpr int little_shared = 2048 + 1024 * 4;

template <class T>
std::vector<T> softmax_of(std::vector<T> x, bool logarithm) {
  const SmallDevice device(1, little_shared);
  const auto columns = static_cast<std::int64_t>(x.size());
  std::vector<T> y(x.size());
  CHECK(launch_softmax(device.site, x.data(), logarithm, y.data(), 1, columns) == success);
  return y;
}

template <class T>
bool all_nan(const std::vector<T>& values) {
  return std::all_of(values.begin(), values.end(), [](T value) { return std::isnan(value); });
}

}  // namespace

TEMPLATE_TEST_CASE("a row with NaN or +inf, or of nothing but -inf, has no softmax", "[kernels]", float, double) {
  using T = TestType;
  for (const std::int64_t n : lengths) {
    for (const bool logarithm : {false, true}) {
      CAPTURE(n, logarithm);
      for (const std::int64_t where : {std::int64_t{0}, n / 2, n - 1}) {
        auto x = seegrad::test::normal_values<T>(std::size_t(n), 5);
        x[std::size_t(where)] = T(NAN);
        CHECK(all_nan(softmax_of(x, logarithm)));
        x[std::size_t(where)] = T(inf);
        CHECK(all_nan(softmax_of(x, logarithm)));
      }
      CHECK(all_nan(softmax_of(std::vector<T>(std::size_t(n), T(-inf)), logarithm)));
    }
  }
}

TEMPLATE_TEST_CASE("-inf has no share in a softmax, however many there are of it", "[kernels]", float, double) {
  using T = TestType;
  for (const std::int64_t n : lengths) {
    std::vector<T> x(std::size_t(n), T(-inf));
    x.back() = T(3);
    const auto y = softmax_of(x, false), logarithm = softmax_of(x, true);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(y[i] == (i + 1 == x.size() ? T(1) : T(0)));
      CHECK(logarithm[i] == (i + 1 == x.size() ? T(0) : T(-inf)));
    }
  }
}

TEMPLATE_TEST_CASE("rows whose largest element comes late, or early, are as exact as others", "[kernels]", float, double) {
  using T = TestType;
  for (const std::int64_t n : lengths) {
    for (const bool rising : {true, false}) {
      std::vector<T> x;
      for (std::int64_t i = 0; i < n; ++i) x.push_back(T(0.125 * double(rising ? i : n - i)));
      const auto y = softmax_of(x, false);
      const ReferenceRow<T> reference(x.data(), n);
      for (std::size_t i = 0; i < x.size(); ++i)
        CHECK(double(y[i]) == Approx(double(reference.power[i])).epsilon(4 * std::numeric_limits<T>::epsilon()).margin(1e-37));
    }
  }
}

TEMPLATE_TEST_CASE("rows of any length agree with the reference, whatever part of them shared memory holds", "[kernels]", float, double) {
  using T = TestType;
  for (const int shared : {little_shared, 48 * 1024}) {
    for (const int offset : {0, 1}) {
      const SmallDevice device(1, shared);
      for (const KernelCase<T>& one : row_cases<T>()) {
        if (one.name.find("softmax") == std::string::npos && one.name != "cross_entropy") continue;
        INFO(one.name << " shared " << shared << " offset " << offset);
        Room<T> room(offset);
        const Found result = one.run(device.site, room, 9, 2003);
        for (std::size_t i = 0; i < result.found.size(); ++i) {
          const double size = std::max(std::abs(result.expected[i]), result.scale) * double(std::numeric_limits<T>::epsilon());
          if (!(std::abs(result.found[i] - result.expected[i]) <= one.roundings * size)) FAIL_CHECK(i << ": " << result.found[i]);
        }
      }
    }
  }
}

TEST_CASE("a block may go from row to row, though rows begin differently far from where packets can", "[kernels]") {
  constexpr std::int64_t rows = 5, columns = 603, capacity = 608;
  const SmallDevice device;
  Room<float> room;
  float *x = room.normal(rows * columns, 1), *g = room.normal(rows * columns, 2);
  std::vector<float> y(rows * columns), dx(rows * columns);
  CHECK(launch_softmax(device.site, x, false, y.data(), rows, columns) == success);
  CHECK(launch_softmax_slope(device.site, x, g, false, dx.data(), rows, columns) == success);
  for (const host::Settings& order : all_orders()) {
    const WithSettings now(order);
    std::vector<float> one_y(y.size()), one_dx(y.size());
    CHECK(launch(softmax_long<float, 4>, dim3(1), dim3(256), capacity * 4, nullptr, x, false, one_y.data(), rows, columns, capacity) ==
          success);
    CHECK(launch(softmax_slope_long<float, 4>, dim3(1), dim3(256), 2 * capacity * 4, nullptr, x, g, false, one_dx.data(), rows, columns,
                 capacity) == success);
    CHECK(one_y == y);
    CHECK(one_dx == dx);
  }
}

TEST_CASE("a hundred thousand classes: loss and slope agree with the reference", "[kernels]") {
  const SmallDevice device;
  Room<float> room;
  const Found result = cross_entropies<float>(device.site, room, 2, 100024);
  for (std::size_t i = 0; i < result.found.size(); ++i) {
    // The sum of a hundred thousand exponentials: each thread adds packets in double, the packet's own four in float.
    if (std::abs(result.found[i] - result.expected[i]) > 2e-6 * std::max(std::abs(result.expected[i]), 1e-6)) FAIL_CHECK(i);
  }
}

TEMPLATE_TEST_CASE("a label that is no class leaves a note and makes the loss NaN", "[kernels]", float, double) {
  using T = TestType;
  for (const std::int64_t classes : {3, 200, 700}) {
    for (const std::int32_t wrong : {-1, static_cast<std::int32_t>(classes), 1 << 30}) {
      for (const host::Settings& order : all_orders()) {
        const WithSettings now(order);
        SmallDevice device;
        Room<T> room;
        constexpr std::int64_t rows = 30;
        auto labels = some_labels(rows, classes);
        labels[17] = wrong;
        T *x = room.normal(rows * classes, 1), *loss = room.output(1), *slope = room.output(rows * classes);
        CHECK(launch_cross_entropy(device.site, x, room.put(labels), loss, slope, rows, classes) == success);
        CHECK(std::isnan(*loss));
        CHECK(FaultKind(device.fault.kind) == FaultKind::label);
        CHECK(device.fault.index == wrong);
        CHECK(device.fault.place == 17);
        CHECK(device.fault.count == classes);
        device.fault = {};
        double count = NAN;
        std::vector<T> same(std::size_t(rows * classes), T(1));  // the first class is the largest of every row
        std::fill(labels.begin(), labels.end(), 0);
        labels[17] = wrong;
        CHECK(launch_count_correct(device.site, same.data(), labels.data(), &count, rows, classes) == success);
        CHECK(count == rows - 1);
        CHECK(device.fault.index == wrong);
      }
    }
  }
}

TEMPLATE_TEST_CASE("an axis of length 0 adds up to 0 and has no largest element", "[kernels]", float, double) {
  const SmallDevice device;
  for (const std::int64_t inner : {1, 5}) {
    std::vector<TestType> y(std::size_t(3 * inner), TestType(7));
    CHECK(launch_sum<TestType>(device.site, nullptr, y.data(), 3, 0, inner) == success);
    CHECK(y == std::vector<TestType>(y.size(), TestType(0)));
    CHECK(launch_max<TestType>(device.site, nullptr, y.data(), 3, 0, inner) == success);
    CHECK(y == std::vector<TestType>(y.size(), TestType(-inf)));
  }
}

TEMPLATE_TEST_CASE("the largest element of an axis is NaN where there is one", "[kernels]", float, double) {
  using T = TestType;
  const SmallDevice device(16);
  for (const std::int64_t inner : {1, 3, 200}) {
    for (const std::int64_t n : {2, 40, 9001}) {
      if (inner * n > 100000) continue;
      std::vector<T> x(std::size_t(n * inner), T(-inf)), y(std::size_t(inner), T(0));
      x[std::size_t((n - 1) * inner)] = T(NAN);
      CHECK(launch_max(device.site, x.data(), y.data(), 1, n, inner) == success);
      CHECK(std::isnan(y[0]));
      for (std::size_t i = 1; i < y.size(); ++i) CHECK(y[i] == T(-inf));
    }
  }
}

TEST_CASE("float sums do not lose what small numbers add up to", "[kernels]") {
  const SmallDevice device(16);
  for (const std::int64_t inner : {1, 2}) {
    constexpr std::int64_t n = 100000;
    std::vector<float> x(std::size_t(n * inner), 1e-4F), y(std::size_t(inner), 0);
    std::fill_n(x.begin(), inner, 1e4F);
    CHECK(launch_sum(device.site, x.data(), y.data(), 1, n, inner) == success);
    CHECK(double(y[0]) == Approx(1e4 + 1e-4 * double(n - 1)).epsilon(1e-7));
  }
}

}  // namespace seegrad::kernels::test
