#include "seegrad/tensor/tensor.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/tensor/gradients.hpp"

namespace seegrad {
namespace {

using Catch::Matchers::Contains;

}  // namespace

TEST_CASE("a shape knows its rank, its sizes from both ends and its number of elements", "[tensor]") {
  const Shape shape{2, 3, 4};
  CHECK(shape.rank() == 3);
  CHECK(shape[0] == 2);
  CHECK(shape[-1] == 4);
  CHECK(shape.count() == 24);
  CHECK(shape.count(1, 3) == 12);
  CHECK(shape.without(-2) == Shape{2, 4});
  CHECK(shape.with(0, 5) == Shape{5, 2, 3, 4});
  CHECK(shape.with(-1, 5) == Shape{2, 3, 4, 5});
  CHECK(shape.to_string() == "[2, 3, 4]");
  CHECK(Shape{}.count() == 1);
  CHECK(Shape{}.to_string() == "[]");
  CHECK(Shape{3, 0}.count() == 0);
  CHECK(Shape{3, 4}.is_suffix_of(shape));
  CHECK(Shape{}.is_suffix_of(Shape{}));
  CHECK_FALSE(shape.is_suffix_of({3, 4}));
  CHECK_FALSE(Shape{2, 3} == Shape{2, 3, 1});
}

TEST_CASE("an impossible shape or axis is an error that names it", "[tensor]") {
  CHECK_THROWS_WITH((Shape{2, -1}), Contains("-1"));
  CHECK_THROWS_WITH((Shape{1, 1, 1, 1, 1, 1, 1}), Contains("7 dimensions"));
  CHECK_THROWS_WITH((Shape{std::int64_t{1} << 40, std::int64_t{1} << 40}), Contains("memory"));
  CHECK_THROWS_WITH((Shape{0, std::int64_t{1} << 40, std::int64_t{1} << 40}), Contains("memory"));
  CHECK_THROWS_WITH((Shape{2, 3}[2]), Contains("axis 2") && Contains("[2, 3]"));
  CHECK_THROWS_WITH((Shape{2, 3}.without(-3)), Contains("axis -3"));
  CHECK_THROWS_WITH((Shape{2, 3}.with(3, 1)), Contains("axis 3"));
  CHECK_THROWS_AS(Shape{}.normalise(0), Error);
}

TEST_CASE("numbers go into a tensor and come back in every dtype", "[tensor]") {
  const std::vector<double> values{-2, 0, 7, 1};
  for (const DType dtype : {DType::float32, DType::float64, DType::int32}) {
    Tensor x = Tensor::from(values, {2, 2}, {dtype});
    CHECK(x.to_vector() == values);
    for (const DType other : {DType::float32, DType::float64, DType::int32}) CHECK(x.to(other).to_vector() == values);
    x.assign(std::vector<double>{1, 2, 3, 4});
    CHECK(x.to_vector() == std::vector<double>{1, 2, 3, 4});
    CHECK(Tensor::full({3}, 5, {dtype}).to_vector() == std::vector<double>(3, 5.0));
    CHECK(Tensor::zeros({0, 2}, {dtype}).to_vector().empty());
  }
  CHECK(Tensor::indices(std::vector<std::int32_t>{3, -1}).to_indices() == std::vector<std::int32_t>{3, -1});
  CHECK(std::isnan(Tensor::scalar(std::nan("")).item()));
}

TEST_CASE("values that do not fit are errors", "[tensor]") {
  CHECK_THROWS_WITH(Tensor::from({1, 2, 3}, {2}), Contains("3 values given, 2 needed"));
  CHECK_THROWS_WITH(Tensor::zeros({2}).assign(std::vector<double>{1}), Contains("1 values given, 2 needed"));
  CHECK_THROWS_WITH(Tensor::from({3e9}, {1}, {DType::int32}), Contains("is not an int32"));
  CHECK_THROWS_WITH(Tensor::scalar(std::nan("")).to(DType::int32), Contains("is not an int32"));
  CHECK(Tensor::from({2147483647.0, -2147483648.0}, {2}, {DType::int32}).to_vector() == std::vector<double>{2147483647.0, -2147483648.0});
}

TEST_CASE("a tensor is read in the way its dtype and size allow, or an error says what it is", "[tensor]") {
  const Tensor x = Tensor::zeros({2, 3});
  CHECK(x.values<float>().size() == 6);
  CHECK_THROWS_WITH(x.values<double>(), Contains("float32, not float64"));
  CHECK_THROWS_WITH(x.item(), Contains("[2, 3]"));
  CHECK_THROWS_WITH(x.to_indices(), Contains("float32"));
  CHECK(reshape(Tensor::scalar(4), {1, 1, 1}).item() == 4);
}

TEST_CASE("an empty tensor says so instead of crashing", "[tensor]") {
  Tensor none;
  CHECK_FALSE(none);
  CHECK_FALSE(none.requires_grad());
  CHECK_FALSE(none.watched());
  CHECK_THROWS_WITH(none.shape(), Contains("empty"));
  CHECK_THROWS_WITH(none.item(), Contains("empty"));
  CHECK_THROWS_WITH(none.device(), Contains("empty"));
  CHECK_THROWS_WITH(none.array_for_update(), Contains("empty"));
  CHECK_THROWS_WITH(none.requires_grad(true), Contains("empty"));
  CHECK_THROWS_WITH(none.to(DType::float64), Contains("empty"));
  CHECK_THROWS_WITH(none.detach(), Contains("empty"));
  CHECK_THROWS_WITH(none.watch(), Contains("empty"));
}

TEST_CASE("only leaves of floating dtype can be told to require a gradient", "[tensor]") {
  Tensor x = Tensor::scalar(2);
  x.requires_grad(true);
  Tensor y = x * 3.0;
  CHECK_THROWS_WITH(y.requires_grad(false), Contains("multiply") && Contains("detach()"));
  CHECK_THROWS_WITH(Tensor::zeros({1}, {DType::int32}).requires_grad(true), Contains("int32"));
  CHECK_FALSE(Tensor::zeros({1}, {DType::int32}).requires_grad(false).requires_grad());
  x.requires_grad(false);
  CHECK_FALSE((x * 3.0).requires_grad());
}

TEST_CASE("views share memory with what they are views of, copies do not", "[tensor]") {
  Tensor x = Tensor::from({1, 2}, {2});
  const Tensor view = reshape(x, {1, 2}), cut = x.detach(), copy = x.to(DType::float64), handle = x;
  x.assign(std::vector<double>{5, 6});
  CHECK(view.to_vector() == std::vector<double>{5, 6});
  CHECK(cut.to_vector() == std::vector<double>{5, 6});
  CHECK(copy.to_vector() == std::vector<double>{1, 2});
  CHECK(handle.same_as(x));
  CHECK_FALSE(cut.same_as(x));
}

TEST_CASE("device names are parsed and printed; unknown ones are refused with what is known", "[tensor]") {
  CHECK(Device::parse("cpu").to_string() == "cpu");
  CHECK_NOTHROW(backend_of(Device::parse("auto")));
  CHECK_THROWS_AS(Device::parse("gpu"), UsageError);
  CHECK_THROWS_WITH(Device::parse("cdua"), Contains("cdua") && Contains("auto"));
  CHECK_THROWS_AS(Device::parse("cuda:x"), UsageError);
  CHECK_THROWS_AS(Device::parse(""), UsageError);
}

TEST_CASE("a GPU that is not there is refused in one line that says what is missing", "[tensor][cuda]") {
  const Device beyond = Device::parse("cuda:999");
  CHECK(beyond.to_string() == "cuda:999");
  try {
    static_cast<void>(backend_of(beyond));
    FAIL("there cannot be a thousand GPUs");
  } catch (const Error& error) {
    const std::string message = error.what();
    INFO(message);
    CHECK(message.starts_with("cuda:999: "));
    CHECK(message.find('\n') == std::string::npos);
    CHECK((message.find("use --device cpu") != std::string::npos || message.find("the last one is cuda:") != std::string::npos));
  }
}

TEST_CASE("numbers that are read later are those of the moment in which they were asked for", "[tensor]") {
  Tensor x = Tensor::from({1, 2, 3}, {3}, {DType::float64, {}});
  const std::unique_ptr<Transfer> transfer = x.read_later();
  x.assign(std::vector<double>{7, 8, 9});
  CHECK(transfer->arrived());
  const auto bytes = transfer->wait();
  REQUIRE(bytes.size() == 3 * sizeof(double));
  std::vector<double> values(3);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  CHECK(values == std::vector<double>{1, 2, 3});
}

}  // namespace seegrad
