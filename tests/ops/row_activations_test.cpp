// What the activations of whole rows do at their corners: layout, ties, NaN and infinity.
#include "seegrad/ops/row_activations.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/softmax.hpp"
#include "seegrad/tensor/gradients.hpp"

using namespace seegrad;
using Values = std::vector<double>;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

Tensor rows_of(std::initializer_list<double> values, const Shape& shape) { return Tensor::from(values, shape, {DType::float64, {}}); }

/// The gradient of sum(weights * f(x)) by x.
template <class F>
Values gradient_of(F f, Tensor x, const Tensor& weights) {
  x.requires_grad(true);
  return gradients(sum(weights * f(x)), {x})[0].to_vector();
}

}  // namespace

TEST_CASE("a gated row is its first half times the activation of its second", "[ops]") {
  const Tensor x = rows_of({1, 2, 3, -4, 5, 6, 7, -8}, {2, 4});
  CHECK(gated(Activation::parse("relu"), x).to_vector() == Values{3, 0, 35, 0});
  CHECK(gated(Activation::parse("identity"), x).to_vector() == Values{3, -8, 35, -48});
  CHECK_THROWS_AS(gated(Activation::parse("relu"), rows_of({1, 2, 3}, {3})), Error);
}

TEST_CASE("maxout takes the pieces of a unit from blocks of columns", "[ops]") {
  const Tensor x = rows_of({1, 2, 30, 4, 5, 60, 7, 80, 9, 10, -11, 12}, {2, 6});
  CHECK(maxout(x, 3).to_vector() == Values{30, 60, 9, 80});
  CHECK(maxout(x, 2).to_vector() == Values{4, 5, 60, 10, 80, 12});
  CHECK(maxout(x, 1).to_vector() == x.to_vector());
  CHECK(maxout(x, 6).to_vector() == Values{60, 80});
  for (const std::int64_t k : {0, -1, 4, 7}) CHECK_THROWS_AS(maxout(x, k), Error);
}

TEST_CASE("of equal maxima the first gets all of the gradient, however many there are", "[ops]") {
  const Tensor x = rows_of({1, 5, 2, 5, 2, 5}, {1, 6});  // units of pieces {1, 2, 2} and {5, 5, 5}
  CHECK(gradient_of([](const Tensor& t) { return maxout(t, 3); }, x, rows_of({10, 20}, {1, 2})) == Values{0, 20, 10, 0, 0, 0});
}

TEST_CASE("NaN wins in maxout, and infinity is a number like others", "[ops]") {
  const Values y = maxout(rows_of({NAN, 1, inf, 0, NAN, -inf}, {1, 6}), 2).to_vector();
  CHECK(std::isnan(y[0]));
  CHECK(std::isnan(y[1]));
  CHECK(y[2] == inf);
  CHECK(gradient_of([](const Tensor& t) { return maxout(t, 2); }, rows_of({-inf, 1, -inf, 0}, {4}), rows_of({3, 4}, {2})) ==
        Values{3, 4, 0, 0});
}

TEST_CASE("crelu keeps both sides, and has slope 0 at 0 as relu does", "[ops]") {
  const Tensor x = rows_of({-2, 0, 3}, {1, 3});
  CHECK(crelu(x).to_vector() == Values{0, 0, 3, 2, 0, 0});
  CHECK(crelu(x).shape() == Shape{1, 6});
  CHECK(gradient_of(crelu, x, rows_of({1, 2, 3, 4, 5, 6}, {1, 6})) == Values{-4, 0, 3});
}

TEST_CASE("softmin is softmax upside down", "[ops]") {
  const Tensor x = rows_of({0, 1, 3}, {1, 3});
  CHECK(softmin(x).to_vector() == softmax(-x).to_vector());
  CHECK(softmin(x).to_vector()[0] > softmin(x).to_vector()[2]);
}

TEST_CASE("a row without a softmax is NaN, and the rows beside it are not touched", "[ops]") {
  const Tensor x = rows_of({-inf, -inf, inf, 0, NAN, 1, -inf, 2}, {4, 2});
  for (const auto& f : {softmax, log_softmax}) {
    const Values y = f(x).to_vector();
    for (std::size_t i = 0; i < 6; ++i) CHECK(std::isnan(y[i]));
    CHECK(y[6] == (f == softmax ? 0 : -inf));
    CHECK(y[7] == (f == softmax ? 1 : 0));
  }
}
