// Laws over all kernels: numbers, orders of threads, alignment, size of the device.
#include <catch2/catch.hpp>

#include "kernels/array_cases.hpp"
#include "kernels/row_cases.hpp"
#include "kernels/update_cases.hpp"

namespace seegrad::kernels::test {
namespace {

struct Shape2 {
  std::int64_t rows, columns;
};

template <class T>
Cases<T> all_cases() {
  Cases<T> cases = arithmetic_cases<T>();
  for (const Cases<T>& more : {moving_cases<T>(), row_cases<T>(), update_cases<T>()}) cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

/// The largest distance, in the case's measure; NaN in one of them only is infinitely far.
template <class T>
double distance(const Found& result) {
  double most = 0;
  for (std::size_t i = 0; i < result.found.size(); ++i) {
    const double found = result.found[i], expected = result.expected[i];
    if (found == expected) continue;
    const double size = std::max(std::abs(expected), result.scale) * double(std::numeric_limits<T>::epsilon());
    const double here = std::abs(found - expected) / size;
    if (!(here <= most)) most = std::isnan(here) ? INFINITY : here;
  }
  return most;
}

template <class T>
void check_case(const KernelCase<T>& one, const Site& site, Shape2 shape, int offset) {
  Room<T> room(offset);
  const Found result = one.run(site, room, shape.rows, shape.columns);
  INFO(one.name << " [" << shape.rows << ", " << shape.columns << "] offset " << offset);
  REQUIRE(result.found.size() == result.expected.size());
  CHECK(distance<T>(result) <= one.roundings);
}

}  // namespace

TEMPLATE_TEST_CASE("every kernel agrees with a reference on ragged shapes", "[kernels]", float, double) {
  const SmallDevice device;
  for (const KernelCase<TestType>& one : all_cases<TestType>())
    for (const Shape2 shape : {Shape2{1, 1}, {3, 10}, {5, 17}, {33, 4}, {7, 128}, {2, 257}, {130, 3}, {2, 2500}})
      check_case(one, device.site, shape, 0);
}

TEMPLATE_TEST_CASE("every kernel gives the same bits in every order of threads", "[kernels]", float, double) {
  const SmallDevice device(1);
  for (const KernelCase<TestType>& one : all_cases<TestType>()) {
    for (const Shape2 shape : {Shape2{3, 10}, {9, 531}}) {
      std::vector<double> first;
      for (const host::Settings& order : all_orders(2)) {
        const WithSettings now(order);
        Room<TestType> room;
        const Found result = one.run(device.site, room, shape.rows, shape.columns);
        INFO(one.name << " [" << shape.rows << ", " << shape.columns << "] " << name_of(order));
        CHECK(distance<TestType>(result) <= one.roundings);
        if (first.empty()) first = result.found;
        CHECK(result.found == first);
      }
    }
  }
}

TEMPLATE_TEST_CASE("every kernel takes arrays that begin where no packet can", "[kernels]", float, double) {
  const SmallDevice device;
  for (const KernelCase<TestType>& one : all_cases<TestType>())
    for (const int offset : {1, 3})
      for (const Shape2 shape : {Shape2{3, 12}, {5, 17}, {2, 1031}}) check_case(one, device.site, shape, offset);
}

TEMPLATE_TEST_CASE("every kernel agrees with the reference on devices of any size", "[kernels]", float, double) {
  const SmallDevice one(1, 48 * 1024, least_workspace), poor(132, 48 * 1024, least_workspace), rich(132, 227 * 1024, std::size_t{1} << 20U);
  for (const KernelCase<TestType>& each : all_cases<TestType>()) {
    check_case(each, one.site, {10, 531}, 0);
    check_case(each, poor.site, {60, 40}, 0);
    check_case(each, rich.site, {130, 40}, 0);
  }
}

}  // namespace seegrad::kernels::test
