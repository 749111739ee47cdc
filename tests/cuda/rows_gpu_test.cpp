// The doors that work on rows and axes, against the CPU in double precision: rows of one number and of 100,024, what is not finite,
// ties. What moves numbers without computing must not change a bit.
#include <catch2/catch.hpp>
#include <functional>

#include "compare.hpp"
#include "seegrad/math/random.hpp"

namespace seegrad::testing {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

Numbers normal_numbers(std::int64_t count, std::uint64_t seed, DType dtype, double deviation = 1) {
  Random random(seed);
  Numbers values;
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = random.normal(0, deviation);
    values.push_back(dtype == DType::float32 ? double{static_cast<float>(value)} : value);
  }
  return values;
}

/// A sum of n terms, each rounded: n/2 epsilons at most, about sqrt(n)/2 of them since roundings go either way.
double epsilons_of_a_sum(std::int64_t n) { return 8 + std::sqrt(static_cast<double>(n)) / 2; }

/// What `door` makes of arrays with these numbers.
using Door = std::function<void(Backend&, const std::vector<Array>& in, const std::vector<Array>& out)>;

struct Call {
  Door door;
  std::vector<Numbers> in;
  std::vector<Shape> in_shapes, out_shapes;
  std::vector<Tensor> indices = {};  // further inputs of int32, on the CPU

  std::vector<Numbers> on(Device device, DType dtype) const {
    std::vector<Tensor> from, to;
    std::vector<Array> in_arrays, out_arrays;
    for (std::size_t i = 0; i < in.size(); ++i) from.push_back(tensor_on(device, in[i], in_shapes[i], dtype));
    for (const Tensor& tensor : indices) from.push_back(tensor.to(device));
    for (const Shape& shape : out_shapes) to.push_back(Tensor::full(shape, 0, {dtype, device}));
    for (Tensor& tensor : from) in_arrays.push_back(tensor.array_for_update());
    for (Tensor& tensor : to) out_arrays.push_back(tensor.array_for_update());
    door(backend_of(device), in_arrays, out_arrays);
    std::vector<Numbers> found;
    for (const Tensor& tensor : to) found.push_back(tensor.to_vector());
    return found;
  }
  /// The CPU computes in double what the GPU computes in the type; `size` is the least number that errors are measured by.
  std::string verdict(DType dtype, double epsilons, double size = 0) const {
    return differences_in_size(on(cpu_device, DType::float64), on(gpu_device, dtype), dtype, epsilons, size);
  }
  std::string moved_verdict(DType dtype) const { return differences(on(cpu_device, dtype), on(gpu_device, dtype), dtype, {}); }
};

Call softmax_call(const Numbers& x, std::int64_t rows, std::int64_t columns, bool logarithm) {
  return {
      [=](Backend& b, const auto& in, const auto& out) { b.softmax(in[0], logarithm, out[0]); }, {x}, {{rows, columns}}, {{rows, columns}}};
}

constexpr std::int64_t lengths[] = {1, 2, 3, 10, 31, 32, 33, 64, 100, 255, 1000, 1024, 1025, 4097, 16384, 30001, 100024};

}  // namespace

TEST_CASE("softmax, its logarithm and their slopes, for rows of any length", "[gpu][rows]") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const std::int64_t columns : lengths) {
      for (const std::int64_t rows : {std::int64_t{1}, std::int64_t{3}, columns > 5000 ? 2 : std::int64_t{133}}) {
        const Numbers x = normal_numbers(rows * columns, 1, dtype, 3), g = normal_numbers(rows * columns, 2, dtype);
        for (const bool logarithm : {false, true}) {
          INFO(rows << " rows of " << columns << " " << name_of(dtype) << (logarithm ? ", logarithm" : ""));
          const Call forward = softmax_call(x, rows, columns, logarithm);
          CHECK(forward.verdict(dtype, epsilons_of_a_sum(columns)) == "");
          const Numbers y = forward.on(cpu_device, dtype).front();
          const Call back{[=](Backend& b, const auto& in, const auto& out) { b.softmax_slope(in[0], in[1], logarithm, out[0]); },
                          {y, g},
                          {{rows, columns}, {rows, columns}},
                          {{rows, columns}}};
          CHECK(back.verdict(dtype, epsilons_of_a_sum(columns)) == "");
        }
      }
    }
  }
}

TEST_CASE("rows with numbers that are not finite, or far apart, have the CPU's softmax", "[gpu][rows]") {
  for (const std::int64_t columns : {4, 40, 5000}) {
    for (const std::int64_t place : {std::int64_t{0}, columns / 2, columns - 1}) {
      for (const double value : {nan, infinity, -infinity, 1e30, -1e30, 88.0, 800.0}) {
        Numbers x = normal_numbers(3 * columns, 3, DType::float32);
        x[static_cast<std::size_t>(columns + place)] = value;
        for (const bool logarithm : {false, true}) {
          INFO(value << " at " << place << " of " << columns << (logarithm ? ", logarithm" : ""));
          CHECK(softmax_call(x, 3, columns, logarithm).verdict(DType::float32, epsilons_of_a_sum(columns)) == "");
        }
      }
    }
    CHECK(softmax_call(Numbers(static_cast<std::size_t>(columns), -infinity), 1, columns, false).verdict(DType::float32, 0) == "");
  }
}

TEST_CASE("the loss, its slope and the count of correct rows", "[gpu][rows]") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const std::int64_t classes : {1, 2, 10, 33, 1000, 5000}) {
      for (const std::int64_t rows : {1, 2, 32, 129, 512, 1000}) {
        if (rows * classes > 1'000'000) continue;
        INFO(rows << " rows, " << classes << " classes, " << name_of(dtype));
        Random random(static_cast<std::uint64_t>(rows + classes));
        std::vector<std::int32_t> labels;
        for (std::int64_t row = 0; row < rows; ++row)
          labels.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(classes))));
        const Numbers logits = normal_numbers(rows * classes, 7, dtype, 4);
        const Call loss{[](Backend& b, const auto& in, const auto& out) { b.cross_entropy(in[0], in[1], out[0], out[1]); },
                        {logits},
                        {{rows, classes}},
                        {{}, {rows, classes}},
                        {Tensor::indices(labels)}};
        // With one class the loss is 0: then its size is that of what cancelled.
        CHECK(loss.verdict(dtype, epsilons_of_a_sum(classes), classes == 1 ? 1 : 0) == "");
        CHECK(bit_difference(loss.on(gpu_device, dtype)[1], loss.on(gpu_device, dtype)[1]) == "");
      }
    }
  }
}

TEST_CASE("of equal logits the first counts, and a row with NaN is wrong", "[gpu][rows]") {
  for (const std::int64_t classes : {2, 10, 100, 1000}) {
    const std::int64_t rows = 64;
    Numbers logits = normal_numbers(rows * classes, 4, DType::float32);
    std::vector<std::int32_t> labels;
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto at = static_cast<std::size_t>(row * classes);
      const auto last = static_cast<std::int32_t>(classes - 1), first = static_cast<std::int32_t>(row % classes);
      logits[at + static_cast<std::size_t>(first)] = logits[at + static_cast<std::size_t>(last)] = 9;
      if (row % 5 == 0) logits[at + static_cast<std::size_t>((row + 1) % classes)] = nan;
      labels.push_back(row % 3 == 0 ? last : first);
    }
    const auto count = [&](Device device) {
      Tensor result = Tensor::full({}, -1, {DType::float64, device});
      const Tensor x = tensor_on(device, logits, {rows, classes}, DType::float32), y = Tensor::indices(labels, device);
      backend_of(device).count_correct(x.array(), y.array(), result.array_to_fill());
      return result.item();
    };
    CHECK(count(gpu_device) == count(cpu_device));
    CHECK(count(cpu_device) > 0);
  }
}

TEST_CASE("sums and maxima along any axis", "[gpu][rows]") {
  const Shape shapes[] = {{1, 1, 1},     {1, 7, 1},    {5, 3, 1},     {1, 3, 5},      {1, 1000, 1},  {300, 40, 1},
                          {1, 128, 256}, {1, 513, 10}, {4, 33, 17},   {1, 100024, 1}, {3, 20000, 1}, {1, 1, 4097},
                          {2000, 2, 3},  {1, 5000, 2}, {1, 2, 70001}, {1, 1048577, 1}};
  for (const Shape& shape : shapes) {
    for (const DType dtype : {DType::float32, DType::float64}) {
      for (const ReduceOp op : {ReduceOp::sum, ReduceOp::max}) {
        INFO(shape.to_string() << " " << name_of(dtype) << (op == ReduceOp::sum ? " sum" : " max"));
        Numbers x = normal_numbers(shape.count(), 5, dtype);
        const Shape to{shape[0], shape[2]};
        const Door door = [=](Backend& b, const auto& in, const auto& out) { b.reduce(op, in[0], out[0]); };
        const Call call{door, {x}, {shape}, {to}};
        // A sum of normal numbers is as large as sqrt(n), and so are its parts.
        const double size = std::sqrt(static_cast<double>(shape[1]));
        CHECK(call.verdict(dtype, op == ReduceOp::sum ? epsilons_of_a_sum(shape[1]) : 0, size) == "");
        CHECK(differences(call.on(gpu_device, dtype), call.on(gpu_device, dtype), dtype, {}) == "");  // the same order every time
        x[x.size() / 2] = nan;
        if (op == ReduceOp::max) CHECK(Call{door, {x}, {shape}, {to}}.verdict(dtype, 0) == "");
      }
    }
  }
}

TEST_CASE("what only moves numbers moves them as the CPU does", "[gpu][rows]") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const std::int64_t rows : {1, 3, 32, 45, 1000}) {
      for (const std::int64_t columns : {1, 2, 31, 64, 784}) {
        INFO(rows << " x " << columns << " " << name_of(dtype));
        const Numbers x = normal_numbers(2 * rows * columns, 6, dtype);
        const Shape two{2, rows, columns};
        const Call transpose{
            [](Backend& b, const auto& in, const auto& out) { b.transpose(in[0], out[0]); }, {x}, {two}, {{2, columns, rows}}};
        CHECK(transpose.moved_verdict(dtype) == "");
        const Call expand{[](Backend& b, const auto& in, const auto& out) { b.expand(in[0], out[0]); },
                          {x},
                          {{2 * rows, columns}},
                          {{2 * rows, 3, columns}}};
        CHECK(expand.moved_verdict(dtype) == "");
        const std::int64_t part = (columns + 1) / 2;
        const Call copy{[=](Backend& b, const auto& in, const auto& out) { b.copy_columns(in[0], columns - part, out[0], 2, part); },
                        {x},
                        {{2 * rows, columns}},
                        {{2 * rows, part + 3}}};
        CHECK(copy.moved_verdict(dtype) == "");
        std::vector<std::int32_t> places;
        for (std::int64_t i = 0; i < rows + 5; ++i) places.push_back(static_cast<std::int32_t>(i * 7 % (2 * rows)));
        const auto count = static_cast<std::int64_t>(places.size());
        const Call gather{[](Backend& b, const auto& in, const auto& out) { b.gather_rows(in[0], in[1], out[0]); },
                          {x},
                          {{2 * rows, columns}},
                          {{count, columns}},
                          {Tensor::indices(places)}};
        CHECK(gather.moved_verdict(dtype) == "");
        // Several rows may go to one place, in any order.
        const Call scatter{[](Backend& b, const auto& in, const auto& out) { b.scatter_add_rows(in[0], in[1], out[0]); },
                           {Numbers(x.begin(), x.begin() + std::min(count, 2 * rows) * columns)},
                           {{std::min(count, 2 * rows), columns}},
                           {{2 * rows, columns}},
                           {Tensor::indices(std::span(places).first(static_cast<std::size_t>(std::min(count, 2 * rows))))}};
        CHECK(scatter.verdict(dtype, 8) == "");
      }
    }
  }
}

TEST_CASE("whole numbers are gathered too, as labels are", "[gpu][rows]") {
  std::vector<std::int32_t> labels, places;
  for (std::int32_t i = 0; i < 1000; ++i) labels.push_back(i * i - 7), places.push_back((i * 37) % 1000);
  const auto run = [&](Device device) {
    const Tensor x = Tensor::indices(labels, device), at = Tensor::indices(places, device);
    Tensor y({1000}, {DType::int32, device});
    ConstArray rows = x.array();
    Array to = y.array_to_fill();
    rows.shape = to.shape = {1000, 1};
    backend_of(device).gather_rows(rows, at.array(), to);
    return y.to_indices();
  };
  CHECK(run(cpu_device) == run(gpu_device));
}

}  // namespace seegrad::testing
