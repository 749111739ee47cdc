// Statistics on the GPU: counts are the CPU's exactly, sums are in double on both sides and differ by the order of adding alone.
#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>

#include "compare.hpp"
#include "seegrad/activation/activation.hpp"
#include "seegrad/math/histogram_bin.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/observe/saturation.hpp"

namespace seegrad::testing {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

/// An array to look at, as both devices are given it.
struct Subject {
  Numbers x;
  Shape shape;
  DType dtype = DType::float32;
  std::optional<Activation> f = {};
  Numbers learned = {};  // values of its first parameter
  double saturation = 0;
  bool signs = false;
};

struct Found {
  std::vector<Numbers> totals;  // of each subject
  std::vector<std::vector<std::int32_t>> histograms;
};

Found look(Device device, const std::vector<Subject>& subjects) {
  std::vector<Tensor> arrays, learned, histograms;
  std::vector<std::vector<ConstArray>> places(subjects.size());
  std::vector<StatisticsRequest> requests;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const Subject& s = subjects[i];
    arrays.push_back(tensor_on(device, s.x, s.shape, s.dtype));
    histograms.push_back(Tensor::indices(std::vector<std::int32_t>(histogram_bins, 99), device));
    StatisticsRequest request{.x = arrays.back().array(), .saturation = s.saturation, .signs = s.signs};
    if (s.f) {
      request.f = {&s.f->formula(), s.f->parameters(), {}};
      if (!s.learned.empty()) {
        learned.push_back(tensor_on(device, s.learned, {static_cast<std::int64_t>(s.learned.size())}, s.dtype));
        places[i].assign(s.f->parameters().size(), ConstArray{});
        places[i][0] = learned.back().array();
        request.f.learned = places[i];
      }
    }
    request.histogram = histograms.back().array_for_update();
    requests.push_back(request);
  }
  Tensor totals = Tensor::full({static_cast<std::int64_t>(subjects.size()), total_count}, -77, {DType::float64, device});
  backend_of(device).statistics(requests, totals.array_for_update());
  const Numbers all = totals.to_vector();
  Found found;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    found.totals.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(i * total_count),
                              all.begin() + static_cast<std::ptrdiff_t>((i + 1) * total_count));
    found.histograms.push_back(histograms[i].to_indices());
  }
  return found;
}

/// How many elements are saturated if the threshold were so much lower or higher: f' may be rounded to its other side.
double saturated_at(const Subject& s, double factor) {
  const double threshold = s.saturation * factor;
  const std::size_t columns = s.learned.empty() ? 1 : s.learned.size();
  double count = 0;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    Numbers parameters = s.f->parameters();
    if (!s.learned.empty()) parameters[0] = s.learned[i % columns];
    count += std::fabs(s.f->formula().at(s.x[i], parameters, {0})) < threshold;
  }
  return count;
}

void check_totals(const Subject& s, const Numbers& expected, const Numbers& found) {
  const auto both = [&](Total which) {
    const auto place = static_cast<std::size_t>(which);
    return std::pair(expected[place], found[place]);
  };
  for (const Total which : {Total::zeros, Total::nans, Total::infinities, Total::coherent_rows, Total::min, Total::max}) {
    INFO("total " << static_cast<int>(which));
    CHECK(same_value(both(which).first, both(which).second));
  }
  // n terms added in another order, in double: n times half an epsilon of the sum of their sizes, at most.
  double sizes = 0;
  for (const double x : s.x) sizes += std::isfinite(x) ? std::fabs(x) : 0;
  const double share = std::fmax(16, static_cast<double>(s.x.size())) * epsilon_of(DType::float64);
  CHECK(std::fabs(both(Total::sum).first - both(Total::sum).second) <= share * sizes);
  CHECK(std::fabs(both(Total::squares).first - both(Total::squares).second) <= share * both(Total::squares).first);
  CHECK(std::fabs(both(Total::coherence).first - both(Total::coherence).second) <= share * both(Total::coherence).first);
  const double saturated = both(Total::saturated).second;
  CHECK(saturated >= (s.f ? saturated_at(s, 1 - 1e-5) : 0));
  CHECK(saturated <= (s.f ? saturated_at(s, 1 + 1e-5) : 0));
}

void check_same(const std::vector<Subject>& subjects) {
  const Found expected = look(cpu_device, subjects), found = look(gpu_device, subjects), again = look(gpu_device, subjects);
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const Subject& s = subjects[i];
    INFO("array " << i << ": " << name_of(s.dtype) << " " << s.shape.to_string() << " " << (s.f ? s.f->to_string() : "no formula"));
    check_totals(s, expected.totals[i], found.totals[i]);
    CHECK(expected.histograms[i] == found.histograms[i]);
    CHECK(bit_difference(found.totals[i], again.totals[i]) == "");  // the same order of adding every time
  }
}

Numbers some_numbers(std::int64_t count, std::uint64_t seed, DType dtype, bool ugly) {
  Random random(seed);
  Numbers values;
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = i % 11 == 3 ? 0 : std::ldexp(random.normal(), static_cast<int>(random.below(30)) - 25);
    values.push_back(dtype == DType::float32 ? double{static_cast<float>(value)} : value);
  }
  if (ugly && count > 3) {
    values[1] = nan, values[static_cast<std::size_t>(count) / 2] = infinity;
    values[static_cast<std::size_t>(count) - 1] = -infinity;
  }
  return values;
}

const Shape& any_of(const std::vector<Shape>& shapes, std::size_t i) { return shapes[i % shapes.size()]; }

const std::vector<Shape> shapes{{1}, {3}, {1, 7}, {33, 17}, {128, 256}, {512, 10}, {5, 4097}, {100003}, {1000, 1000}, {4096, 2}};

}  // namespace

TEST_CASE("one pass over an array finds what the CPU finds", "[gpu][observe]") {
  for (const Shape& shape : shapes) {
    for (const DType dtype : {DType::float32, DType::float64}) {
      for (const bool ugly : {false, true}) {
        const Numbers x = some_numbers(shape.count(), 3, dtype, ugly);
        check_same({{.x = x, .shape = shape, .dtype = dtype}});
        check_same({{.x = x, .shape = shape, .dtype = dtype, .signs = true}});
      }
    }
  }
}

TEST_CASE("saturated elements are counted for every activation", "[gpu][observe]") {
  for (const Activation& f : Activation::all()) {
    for (const DType dtype : {DType::float32, DType::float64}) {
      Random random(9);
      Numbers x;
      for (int i = 0; i < 30 * 67; ++i) x.push_back(double{static_cast<float>(random.normal(0, 3))});
      const double threshold = observe::saturation_threshold(f);
      Subject subject{.x = x, .shape = {30, 67}, .dtype = dtype, .f = f, .saturation = threshold};
      check_same({subject});
      if (f.parameters().empty()) continue;
      subject.learned = {f.parameters()[0] * 1.25};
      check_same({subject});
      subject.learned = Numbers(67, f.parameters()[0] * 1.5);
      check_same({subject});
    }
  }
}

TEST_CASE("many arrays of all kinds in one call are looked at as if each were alone", "[gpu][observe]") {
  const std::vector<Activation> formulas{Activation::parse("tanh"), Activation::parse("swish"), Activation::parse("gelu")};
  std::vector<Subject> many;
  for (std::size_t i = 0; i < 75; ++i) {
    const Shape& shape = any_of(shapes, i);
    const DType dtype = i % 4 == 3 ? DType::float64 : DType::float32;
    Subject subject{.x = some_numbers(shape.count(), i, dtype, i % 7 == 2), .shape = shape, .dtype = dtype, .signs = i % 3 == 1};
    if (i % 2 == 0) subject.f = formulas[i % 3], subject.saturation = 0.01;
    if (i % 12 == 4) subject.learned = Numbers(static_cast<std::size_t>(shape[-1]), 1.5);  // of swish: 4 % 3 == 1
    many.push_back(std::move(subject));
  }
  check_same(many);
  const Found together = look(gpu_device, many);
  for (std::size_t i = 0; i < many.size(); i += 9) CHECK(bit_difference(look(gpu_device, {many[i]}).totals[0], together.totals[i]) == "");
}

TEST_CASE("an empty array has no numbers, and no call at all is no error", "[gpu][observe]") {
  check_same({{.x = {}, .shape = {0, 5}}});
  Tensor totals = Tensor::zeros({0, total_count}, {DType::float64, gpu_device});
  CHECK_NOTHROW(backend_of(gpu_device).statistics({}, totals.array_for_update()));
}

TEST_CASE("units that are not zero somewhere are marked, and the others are left alone", "[gpu][observe]") {
  for (const std::int64_t columns : {1, 5, 64, 1000}) {
    for (const std::int64_t rows : {1, 3, 512}) {
      Numbers x(static_cast<std::size_t>(rows * columns), 0);
      for (std::int64_t c = 0; c < columns; ++c)
        if (c % 3 != 1) x[static_cast<std::size_t>((c * 7 % rows) * columns + c)] = c % 5 == 0 ? nan : -1e-30;
      const auto run = [&](Device device) {
        std::vector<std::uint8_t> alive(static_cast<std::size_t>(columns), 0);
        alive[0] = 1, alive.back() = 7;  // known before
        const Tensor tensor = tensor_on(device, x, {rows, columns}, DType::float32);
        backend_of(device).mark_alive(tensor.array(), alive);
        return alive;
      };
      INFO(rows << " x " << columns);
      CHECK(run(cpu_device) == run(gpu_device));
    }
  }
}

}  // namespace seegrad::testing
