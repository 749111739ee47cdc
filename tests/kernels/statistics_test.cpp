// The kernels of the statistics, run on the host with fibers for threads, and the plan that cuts arrays into pieces: against a plain
// loop, and against what the CPU backend finds.
#include "kernels/statistics.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "backend/cuda/formula_plan.hpp"
#include "backend/random_values.hpp"
#include "kernels/chosen_formula.hpp"
#include "kernels/thread_orders.hpp"

namespace seegrad::test {
namespace {

constexpr std::size_t usual_workspace = std::size_t{1} << 20;

/// What is needed to run a formula whose type is forgotten.
struct Choice {
  void (*choose)();
  int parameters;
};
const Choice& choice_of(const Formula* formula) {
  static const auto all = [] {
    std::map<const Formula*, Choice> map;
    for_each_formula([&]<class F>() { map.insert({&formula_of<F>(), {&choose<F>, parameter_count<F>}}); });
    return map;
  }();
  return all.at(formula);
}

template <class T, class F, int parameters>
void run_pieces(const cuda::StatisticsBatch<T>& batch) {
  REQUIRE(kernels::launch(kernels::statistics_pieces_kernel<F, parameters, T>, static_cast<unsigned>(batch.pieces),
                          kernels::statistics_threads, 0, kernels::Stream{}, batch.table) == kernels::success);
}

template <class T>
void run_batch(const cuda::StatisticsBatch<T>& batch) {
  if (batch.pieces > 0 && !batch.formula) run_pieces<T, kernels::NoFormula, 0>(batch);
  if (batch.pieces > 0 && batch.formula) {
    const Choice& choice = choice_of(batch.formula);
    choice.choose();
    if (choice.parameters == 0) run_pieces<T, ChosenFormula<0>, 0>(batch);
    if (choice.parameters == 1) run_pieces<T, ChosenFormula<1>, 1>(batch);
    if (choice.parameters == 2) run_pieces<T, ChosenFormula<2>, 2>(batch);
    if (choice.parameters == 3) run_pieces<T, ChosenFormula<3>, 3>(batch);
    REQUIRE(choice.parameters <= 3);
  }
  REQUIRE(kernels::launch(kernels::statistics_totals_kernel<T>, static_cast<unsigned>(batch.table.entries), kernels::totals_threads, 0,
                          kernels::Stream{}, batch.table) == kernels::success);
}

/// As the CUDA backend does it, total_count numbers for each request.
std::vector<double> totals_of(std::span<const StatisticsRequest> requests, std::size_t workspace_bytes = usual_workspace) {
  std::vector<double> totals(requests.size() * total_count, -1), workspace(workspace_bytes / sizeof(double), -1);
  const Array to{totals.data(), DType::float64, {static_cast<std::int64_t>(requests.size()), total_count}};
  for (const StatisticsRequest& request : requests)
    if (request.histogram) std::fill_n(static_cast<std::int32_t*>(request.histogram.data), histogram_bins, 0);
  for (const auto& batch : cuda::plan_statistics<float>(requests, to, workspace.data(), workspace_bytes)) run_batch(batch);
  for (const auto& batch : cuda::plan_statistics<double>(requests, to, workspace.data(), workspace_bytes)) run_batch(batch);
  return totals;
}

double total(std::span<const double> totals, std::size_t request, Total which) {
  return totals[request * total_count + static_cast<std::size_t>(which)];
}

/// Numbers with some zeros, NaN and infinities among them.
template <class T>
std::vector<T> mixed_values(std::size_t n, std::uint64_t seed) {
  std::vector<T> values = normal_values<T>(n, seed);
  const T special[] = {0, T(-0.0), std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(),
                       -std::numeric_limits<T>::infinity()};
  for (std::size_t i = 0; i < n; i += 7) values[i] = special[i / 7 % 5];
  return values;
}

template <class T>
StatisticsRequest request_for(const T* x, Shape shape) {
  StatisticsRequest request;
  request.x = {x, dtype_of<T>(), shape};
  return request;
}

/// The plain loop; sums in long double.
template <class T>
struct Plain {
  long double sum = 0, squares = 0, size = 0;
  double min = INFINITY, max = -INFINITY;
  std::int64_t zeros = 0, nans = 0, infinities = 0;

  explicit Plain(std::span<const T> x) {
    for (const T value : x) {
      zeros += value == 0;
      nans += std::isnan(value);
      infinities += std::isinf(value);
      if (!std::isfinite(value)) continue;
      const auto wide = static_cast<double>(value);
      sum += wide, squares += wide * wide, size += std::fabs(wide);
      min = std::min(min, wide), max = std::max(max, wide);
    }
  }
};

bool near(double a, long double b, long double size) { return std::fabs(static_cast<long double>(a) - b) <= 1e-13L * size; }

}  // namespace

TEMPLATE_TEST_CASE("one pass finds what a plain loop finds, at every length and address", "[kernels]", float, double) {
  using T = TestType;
  Orders().each([&] {
    for (const std::int64_t n : {0, 1, 2, 3, 5, 31, 257, 8191, 8192, 8193, 30000})
      for (const std::int64_t offset : {0, 1, 3}) {
        const std::vector<T> all = mixed_values<T>(static_cast<std::size_t>(n + offset), 1);
        const StatisticsRequest request = request_for(all.data() + offset, {n});
        const std::vector<double> found = totals_of({&request, 1});
        const Plain<T> plain{std::span<const T>(all).subspan(static_cast<std::size_t>(offset))};
        INFO(n << " elements, offset " << offset);
        CHECK(near(total(found, 0, Total::sum), plain.sum, plain.size));
        CHECK(near(total(found, 0, Total::squares), plain.squares, plain.squares));
        CHECK(total(found, 0, Total::min) == plain.min);
        CHECK(total(found, 0, Total::max) == plain.max);
        CHECK(total(found, 0, Total::zeros) == plain.zeros);
        CHECK(total(found, 0, Total::nans) == plain.nans);
        CHECK(total(found, 0, Total::infinities) == plain.infinities);
        CHECK(total(found, 0, Total::saturated) == 0);
        CHECK(total(found, 0, Total::coherence) == 0);
        CHECK(total(found, 0, Total::coherent_rows) == 0);
      }
  });
}

TEMPLATE_TEST_CASE("for every formula, what is saturated is counted as the slope says", "[kernels]", float, double) {
  using T = TestType;
  const std::vector<T> x = mixed_values<T>(3000, 2);
  for_each_formula([&]<class F>() {
    std::vector<double> constants;
    std::vector<T> values;
    for (const Parameter& p : parameters_of<F>()) constants.push_back(p.value), values.push_back(static_cast<T>(p.value));
    StatisticsRequest request = request_for(x.data(), {30, 100});
    request.f = {&formula_of<F>(), constants, {}};
    request.saturation = 0.3;
    std::int64_t wanted = 0;
    for (const T at : x) wanted += std::fabs(formula_of<F>().at(at, std::span<const T>(values), {0})) < static_cast<T>(0.3);
    INFO(F::name);
    CHECK(total(totals_of({&request, 1}), 0, Total::saturated) == wanted);
  });
}

TEMPLATE_TEST_CASE("what is saturated follows parameters that are learned, by column and by element", "[kernels]", float, double) {
  using T = TestType;
  constexpr std::int64_t rows = 70, columns = 130;
  const std::vector<T> x = normal_values<T>(rows * columns, 3), slopes = normal_values<T>(rows * columns, 4);
  const double constant = 0.01;
  for (const Shape& shape : {Shape{1}, Shape{columns}, Shape{rows, columns}}) {
    const ConstArray learned{slopes.data(), dtype_of<T>(), shape};
    StatisticsRequest request = request_for(x.data(), {rows, columns});
    request.f = {&formula_of<LeakyRelu>(), {&constant, 1}, {&learned, 1}};
    request.saturation = 0.5;
    std::int64_t wanted = 0;
    for (std::int64_t i = 0; i < rows * columns; ++i) {
      const T slope = slopes[static_cast<std::size_t>(i % shape.count())];
      wanted += x[static_cast<std::size_t>(i)] <= 0 && std::fabs(slope) < T(0.5);
    }
    INFO(shape.to_string());
    CHECK(total(totals_of({&request, 1}), 0, Total::saturated) == wanted);
  }
}

TEMPLATE_TEST_CASE("the CPU backend finds the same: moments, signs, saturation and histograms", "[kernels]", float, double) {
  using T = TestType;
  const std::vector<std::pair<std::int64_t, std::int64_t>> shapes{{1, 1},    {7, 3},     {300, 10}, {64, 784},
                                                                  {9, 1200}, {3, 20000}, {0, 5},    {5000, 2}};
  std::vector<std::vector<T>> arrays;
  std::vector<std::vector<std::int32_t>> bins[2];
  std::vector<StatisticsRequest> requests[2];  // for the kernels, for the CPU
  for (const auto& [rows, columns] : shapes) {
    arrays.push_back(mixed_values<T>(static_cast<std::size_t>(rows * columns), 5));
    if (rows > 4 && columns > 1) std::fill_n(arrays.back().begin() + columns, columns, T(0));  // a row without signs
    StatisticsRequest request = request_for(arrays.back().data(), {rows, columns});
    request.signs = true;
    if (columns > 3) request.f = {&formula_of<Silu>(), {}, {}}, request.saturation = 0.25;
    for (int side = 0; side < 2; ++side) {
      bins[side].emplace_back(static_cast<std::size_t>(histogram_bins), 99);
      request.histogram = {bins[side].back().data(), DType::int32, {histogram_bins}};
      requests[side].push_back(request);
    }
  }
  std::vector<double> wanted(shapes.size() * total_count);
  backend_of(Device{}).statistics(requests[1], {wanted.data(), DType::float64, {static_cast<std::int64_t>(shapes.size()), total_count}});
  Orders().each([&] {
    const std::vector<double> found = totals_of(requests[0]);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      INFO(shapes[i].first << " x " << shapes[i].second);
      const Plain<T> plain{std::span<const T>(arrays[i])};
      for (const Total which : {Total::min, Total::max, Total::zeros, Total::nans, Total::infinities, Total::coherent_rows})
        CHECK(total(found, i, which) == total(wanted, i, which));
      CHECK(near(total(found, i, Total::sum), total(wanted, i, Total::sum), plain.size));
      CHECK(near(total(found, i, Total::squares), total(wanted, i, Total::squares), plain.squares));
      CHECK(near(total(found, i, Total::coherence), total(wanted, i, Total::coherence), total(wanted, i, Total::coherent_rows)));
      // The vector loops round a slope otherwise in its last bits, so one that lies on the threshold may fall to either side.
      CHECK(std::fabs(total(found, i, Total::saturated) - total(wanted, i, Total::saturated)) <= 1);
      CHECK(bins[0][i] == bins[1][i]);
    }
  });
}

TEST_CASE("totals depend neither on company nor on the order of threads", "[kernels]") {
  // More arrays than a table holds, of both types, with and without formulas, in a workspace for few pieces.
  constexpr std::size_t workspace = 30 * total_count * sizeof(double);
  const double acon[] = {1.2, 0.3, 1.5}, leak = 0.1;
  std::vector<std::vector<float>> floats;
  std::vector<std::vector<double>> doubles;
  std::vector<StatisticsRequest> requests;
  for (std::size_t i = 0; i < 110; ++i) {
    const std::size_t n = i % 11 == 0 ? 0 : 500 * (i % 7) + (i % 23 == 5 ? 260000 : i);
    const auto length = static_cast<std::int64_t>(n);
    if (i % 5 == 0)
      requests.push_back(request_for(doubles.emplace_back(mixed_values<double>(n, i)).data(), {length}));
    else
      requests.push_back(request_for(floats.emplace_back(mixed_values<float>(n, i)).data(), {length}));
    if (i % 3 == 1) requests.back().f = {&formula_of<AconC>(), acon, {}}, requests.back().saturation = 0.5;
    if (i % 4 == 2) requests.back().f = {&formula_of<LeakyRelu>(), {&leak, 1}, {}}, requests.back().saturation = 0.5;
  }
  std::vector<double> alone;
  for (const StatisticsRequest& request : requests) {
    const std::vector<double> totals = totals_of({&request, 1}, workspace);
    alone.insert(alone.end(), totals.begin(), totals.end());
  }
  Orders().each([&] { CHECK(totals_of(requests, workspace) == alone); });
}

TEST_CASE("the plan stays within tables, workspace and grid", "[kernels]") {
  const std::vector<float> x(1);  // never read
  std::vector<StatisticsRequest> requests;
  const double acon[] = {1, 0, 1};
  for (const std::int64_t rows : {0, 1, 3, 1000, 100000})
    for (const std::int64_t columns : {1, 5, 1000, 10000000})
      for (const bool signs : {false, true})
        for (const bool formula : {false, true}) {
          requests.push_back(request_for(x.data(), {rows, columns}));
          requests.back().signs = signs;
          if (formula) requests.back().f = {&formula_of<AconC>(), acon, {}};
        }
  for (const std::size_t room : {1, 7, 1000, 100000}) {
    std::vector<int> seen(requests.size());
    for (const auto& batch : cuda::plan_statistics<float>(requests, {}, nullptr, room * total_count * sizeof(double))) {
      CHECK(batch.table.entries > 0);
      CHECK(batch.table.entries <= kernels::most_statistics);
      CHECK(batch.pieces <= static_cast<int>(room));
      int next = 0, parameters = 0;
      for (const auto& entry : std::span(batch.table.entry, static_cast<std::size_t>(batch.table.entries))) {
        ++seen[static_cast<std::size_t>(entry.place)];
        CHECK(entry.first_piece == next);
        next += entry.pieces;
        if (entry.formula) CHECK(entry.first_parameter == std::exchange(parameters, parameters + 3));
        CHECK(entry.pieces * entry.piece >= entry.count);
        if (entry.count > 0) CHECK((entry.pieces - 1) * entry.piece < entry.count);
        if (entry.signs && entry.count > 0) CHECK(entry.piece % entry.columns == 0);
      }
      CHECK(next == batch.pieces);
      CHECK(parameters <= kernels::most_statistics_parameters);
    }
    CHECK(seen == std::vector<int>(requests.size(), 1));
  }
}

}  // namespace seegrad::test
