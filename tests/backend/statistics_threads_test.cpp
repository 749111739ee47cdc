// Statistics, histograms and the sizes of updates by one thread and by several: the same digits.
#include <catch2/catch.hpp>
#include <vector>

#include "random_values.hpp"
#include "seegrad/activation/activation.hpp"
#include "seegrad/math/histogram_bin.hpp"
#include "seegrad/tensor/backend.hpp"
#include "seegrad/tensor/threads.hpp"

namespace seegrad::test {
namespace {

/// Runs the body with so many threads, then with as many as before.
template <class Body>
void with_threads(int count, Body body) {
  const int before = thread_count();
  set_thread_count(count);
  body();
  set_thread_count(before);
}

}  // namespace

TEMPLATE_TEST_CASE("the thread count changes no digit of statistics, histograms and update sizes", "[backend]", float, double) {
  using T = TestType;
  const Activation silu = Activation::parse("silu");
  Backend& backend = backend_of(Device{});
  const std::vector<Shape> shapes{{100000}, {150, 784}, {300, 100}, {3, 20000}, {7}};
  std::vector<std::vector<T>> arrays, gradients;
  std::vector<std::vector<std::int32_t>> bins(shapes.size(), std::vector<std::int32_t>(histogram_bins));
  std::vector<StatisticsRequest> requests;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    arrays.push_back(normal_values<T>(static_cast<std::size_t>(shapes[i].count()), i));
    gradients.push_back(normal_values<T>(arrays.back().size(), i + 10));
    requests.push_back({{arrays.back().data(), dtype_of<T>(), shapes[i]}});
    requests.back().f = {&silu.formula(), silu.parameters(), {}};
    requests.back().saturation = 0.1;
    requests.back().signs = shapes[i].rank() == 2;
    requests.back().histogram = {bins[i].data(), DType::int32, {histogram_bins}};
  }

  const auto look = [&] {
    std::vector<double> totals(requests.size() * total_count), sizes(2 * requests.size());
    const auto count = static_cast<std::int64_t>(requests.size());
    backend.statistics(requests, {totals.data(), DType::float64, {count, total_count}});
    for (const auto& of_one : bins) totals.insert(totals.end(), of_one.begin(), of_one.end());
    std::vector<std::vector<T>> parameters = arrays;
    std::vector<Update> updates(parameters.size());
    for (std::size_t i = 0; i < updates.size(); ++i) {
      updates[i].parameter = {parameters[i].data(), dtype_of<T>(), shapes[i]};
      updates[i].gradient = {gradients[i].data(), dtype_of<T>(), shapes[i]};
    }
    UpdateStep step{.updates = updates, .numbers = {.learning_rate = 0.1}};
    step.sizes = {sizes.data(), DType::float64, {count, 2}};
    std::vector<double> of_gradients(requests.size() * total_count), of_passes(of_gradients.size());
    backend.statistics(step.gradient_requests(), {of_passes.data(), DType::float64, {count, total_count}});
    step.gradient_totals = {of_gradients.data(), DType::float64, {count, total_count}};
    backend.update(step);
    for (std::size_t i = 0; i < of_passes.size(); ++i) CHECK(of_gradients[i] == Approx(of_passes[i]).epsilon(1e-12));
    totals.insert(totals.end(), sizes.begin(), sizes.end());
    totals.insert(totals.end(), of_gradients.begin(), of_gradients.end());
    for (const auto& parameter : parameters) totals.insert(totals.end(), parameter.begin(), parameter.end());
    return totals;
  };
  std::vector<double> alone;
  with_threads(1, [&] { alone = look(); });
  for (const int count : {2, 3, 8}) with_threads(count, [&] { CHECK(look() == alone); });
}

}  // namespace seegrad::test
