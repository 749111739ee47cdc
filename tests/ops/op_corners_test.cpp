// What the laws over all ops do not reach: ties, empty arrays, extreme numbers, and the words of the errors.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "op_table.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/dropout.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/ops/softmax.hpp"
#include "seegrad/tensor/gradients.hpp"

namespace seegrad::testing {
namespace {

using Catch::Matchers::Contains;
using Values = std::vector<double>;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr TensorOptions f64{DType::float64};

Tensor leaf(std::initializer_list<double> values, const Shape& shape) {
  Tensor x = Tensor::from(values, shape, f64);
  return x.requires_grad(true);
}

}  // namespace

TEST_CASE("equal maxima share the gradient equally", "[ops]") {
  const Tensor x = leaf({1, 4, 4, 2, 4, 0}, {2, 3});
  CHECK(gradients(max(x), {x})[0].to_vector() == Values{0, 1.0 / 3, 1.0 / 3, 0, 1.0 / 3, 0});
  CHECK(gradients(sum(max(x, 1)), {x})[0].to_vector() == Values{0, 0.5, 0.5, 0, 1, 0});
  CHECK(gradients(sum(max(x, 0)), {x})[0].to_vector() == Values{0, 0.5, 1, 1, 0.5, 0});
}

TEST_CASE("a maximum over NaN is NaN, over infinities the infinity", "[ops]") {
  CHECK(std::isnan(max(Tensor::from({1, NAN, 3}, {3}, f64)).item()));
  CHECK(std::isnan(max(Tensor::from({NAN, 1, 3}, {3})).item()));
  CHECK(max(Tensor::from({-inf, -inf}, {2})).item() == -inf);
  CHECK(max(Tensor::from({inf, 0}, {2})).item() == inf);
}

TEST_CASE("an empty batch goes through a network and leaves zero gradients", "[ops]") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    Tensor w = numbers({4, 3}, 0, dtype), b = numbers({4}, 1, dtype);
    w.requires_grad(true);
    b.requires_grad(true);
    const Tensor x = Tensor::zeros({0, 3}, {dtype});
    const Tensor z = linear(x, w, b);
    CHECK(z.shape() == Shape{0, 4});
    const Tensor h = activate(Activation::parse("tanh"), z) + b;
    CHECK(h.shape() == Shape{0, 4});
    CHECK((b * h).shape() == Shape{0, 4});
    CHECK((h * 2.0).shape() == Shape{0, 4});
    const Tensor loss = sum(softmax(h));
    CHECK(loss.item() == 0);
    for (const Tensor& g : gradients(loss, {w, b})) CHECK(g.to_vector() == Values(static_cast<std::size_t>(g.count()), 0.0));
  }
}

TEST_CASE("ops on no elements give no elements, and sums of none are zero", "[ops]") {
  const Tensor none = Tensor::zeros({0, 3}), wide = Tensor::zeros({2, 0});
  CHECK(sum(none).item() == 0);
  CHECK(sum(none, 0).to_vector() == Values{0, 0, 0});
  CHECK(sum(none, 1).shape() == Shape{0});
  CHECK(max(none, 1).shape() == Shape{0});
  CHECK(mean(none, 1).shape() == Shape{0});
  CHECK(transpose(none).shape() == Shape{3, 0});
  CHECK(expand(none, 0, 2).shape() == Shape{2, 0, 3});
  CHECK(expand(Tensor::zeros({3}), 0, 0).shape() == Shape{0, 3});
  CHECK(slice(Tensor::zeros({2, 3}), 0, 2, 0).shape() == Shape{0, 3});
  CHECK(place(none, 0, 1, 2).to_vector() == Values(6, 0.0));
  CHECK(concatenate({none, Tensor::full({1, 3}, 2)}, 0).to_vector() == Values{2, 2, 2});
  CHECK(gather_rows(Tensor::zeros({2, 3}), row_numbers({})).shape() == Shape{0, 3});
  CHECK(scatter_rows(none, row_numbers({}), 2).to_vector() == Values(6, 0.0));
  CHECK(matmul(wide, none).to_vector() == Values(6, 0.0));
  CHECK(linear(wide, Tensor::zeros({3, 0}), Tensor::full({3}, 5)).to_vector() == Values(6, 5.0));
  CHECK(matmul(none, Tensor::zeros({3, 2})).shape() == Shape{0, 2});
  CHECK(exp(none).shape() == Shape{0, 3});
  CHECK(dropout(none, 0.5, 1, 1).shape() == Shape{0, 3});
  CHECK(one_hot(row_numbers({}), 3).shape() == Shape{0, 3});
}

TEST_CASE("a mean or a maximum over nothing is an error", "[ops]") {
  CHECK_THROWS_WITH(mean(Tensor::zeros({0})), Contains("mean"));
  CHECK_THROWS_WITH(mean(Tensor::zeros({2, 0}), 1), Contains("mean"));
  CHECK_THROWS_WITH(max(Tensor::zeros({0, 3}), 0), Contains("max"));
  CHECK_THROWS_WITH(mse(Tensor::zeros({0}), Tensor::zeros({0})), Contains("mean"));
  CHECK_THROWS_WITH(softmax(Tensor::zeros({2, 0})), Contains("softmax") && Contains("[2, 0]"));
  CHECK_THROWS_WITH(softmax(Tensor::scalar(1)), Contains("softmax"));
  CHECK_THROWS_WITH(cross_entropy(Tensor::zeros({0, 3}), row_numbers({})), Contains("cross_entropy"));
}

TEST_CASE("softmax and cross-entropy stay finite for logits far apart", "[ops]") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    Tensor x = Tensor::from({1000, -1000, 0, 1000}, {2, 2}, {dtype});
    x.requires_grad(true);
    CHECK(softmax(x).to_vector() == Values{1, 0, 0, 1});
    CHECK(log_softmax(x).to_vector() == Values{0, -2000, -1000, 0});
    const Tensor loss = cross_entropy(x, row_numbers({1, 1}));
    CHECK(loss.item() == 1000);
    CHECK(gradients(loss, {x})[0].to_vector() == Values{0.5, -0.5, 0, 0});
    CHECK(bce_with_logits(x, Tensor::zeros({2, 2}, {dtype})).item() == Approx(500).epsilon(1e-3));
  }
}

TEST_CASE("cross-entropy agrees with its definition by log-softmax", "[ops]") {
  const Tensor x = numbers({3, 4});
  const std::vector<double> logs = log_softmax(x).to_vector();
  CHECK(cross_entropy(x, row_numbers({3, 0, 2})).item() == Approx(-(logs[3] + logs[4] + logs[10]) / 3));
}

TEST_CASE("dropout keeps the mean, repeats exactly and differs from stream to stream", "[ops]") {
  const Tensor x = Tensor::full({200, 100}, 1);
  const Values a = dropout(x, 0.25, 3, 1).to_vector(), b = dropout(x, 0.25, 3, 1).to_vector(), c = dropout(x, 0.25, 3, 2).to_vector();
  CHECK(a == b);
  CHECK(a != c);
  CHECK(mean(dropout(x, 0.25, 3, 1)).item() == Approx(1).margin(0.02));
  for (double value : a) REQUIRE((value == 0 || value == Approx(1 / 0.75)));
  for (double p : {-0.1, 1.0, static_cast<double>(NAN)}) CHECK_THROWS_WITH(dropout(x, p, 1, 1), Contains("[0, 1)"));
}

TEST_CASE("shapes that do not go together are errors that show them", "[ops]") {
  const Tensor a = Tensor::zeros({2, 3}), b = Tensor::zeros({2});
  CHECK_THROWS_WITH(a + b, Contains("add") && Contains("[2, 3]") && Contains("[2]"));
  CHECK_THROWS_WITH(matmul(a, a), Contains("matmul") && Contains("3 and 2"));
  CHECK_THROWS_WITH(matmul(a, b), Contains("matmul") && Contains("[2]"));
  CHECK_THROWS_WITH(matmul(Tensor::scalar(1), a), Contains("scalar"));
  CHECK_THROWS_WITH(matmul(Tensor::zeros({2, 2, 3}), a, {true, false}), Contains("[2, 2, 3]"));
  CHECK_THROWS_WITH(linear(a, Tensor::zeros({4, 2})), Contains("[2, 3]") && Contains("[4, 2]"));
  CHECK_THROWS_WITH(linear(a, Tensor::zeros({4, 3}), b), Contains("bias [2]"));
  CHECK_THROWS_WITH(sum_to(a, {2}), Contains("[2, 3]") && Contains("[2]"));
  CHECK_THROWS_WITH(reshape(a, {5}), Contains("6 elements"));
  CHECK_THROWS_WITH(sum(a, 2), Contains("axis 2"));
  CHECK_THROWS_WITH(slice(a, 1, 2, 2), Contains("slice"));
  CHECK_THROWS_WITH(slice(a, 1, -1, 2), Contains("slice"));
  CHECK_THROWS_WITH(place(a, 0, 1, 2), Contains("place"));
  CHECK_THROWS_WITH(transpose(b), Contains("two dimensions"));
  CHECK_THROWS_WITH(concatenate({a, b}, 0), Contains("concatenate"));
  CHECK_THROWS_WITH(concatenate(std::span<const Tensor>{}, 0), Contains("no tensors"));
  CHECK_THROWS_WITH(mse(a, b), Contains("mse"));
  CHECK_THROWS_WITH(l2_penalty({}, 1), Contains("l2_penalty"));
}

TEST_CASE("a row number or label outside its range is an error that names it", "[ops]") {
  const Tensor x = Tensor::zeros({3, 2});
  CHECK_THROWS_WITH(gather_rows(x, row_numbers({0, 3})), Contains("3"));
  CHECK_THROWS_WITH(gather_rows(x, row_numbers({-1})), Contains("-1"));
  CHECK_THROWS_WITH(scatter_rows(x, row_numbers({0, 1, 7}), 5), Contains("7"));
  CHECK_THROWS_WITH(cross_entropy(x, row_numbers({0, 2, 1})), Contains("2") && Contains("row 1"));
  CHECK_THROWS_WITH(cross_entropy(x, row_numbers({0, 1})), Contains("2 labels given for 3 rows"));
  CHECK_THROWS_WITH(cross_entropy(x, Tensor::zeros({3})), Contains("int32"));
  CHECK_THROWS_WITH(one_hot(row_numbers({5}), 3), Contains("label 5"));
  CHECK_THROWS_WITH(one_hot(row_numbers({0}), 0), Contains("0 classes"));
}

TEST_CASE("parameters of a formula must fit it", "[ops]") {
  const Activation prelu = Activation::parse("prelu"), leaky = Activation::parse("leaky_relu");
  const Tensor x = Tensor::zeros({2, 3});
  CHECK_THROWS_WITH(activate(prelu, x, std::vector<Tensor>{x, x}), Contains("prelu") && Contains("2 parameters"));
  CHECK_THROWS_WITH(activate(prelu, x, std::vector<Tensor>{Tensor::zeros({2})}), Contains("prelu") && Contains("[2]"));
  Tensor slope = Tensor::scalar(0.1);
  CHECK_NOTHROW(activate(leaky, x, std::vector<Tensor>{slope}));
  slope.requires_grad(true);
  CHECK_THROWS_WITH(activate(leaky, x, std::vector<Tensor>{slope}), Contains("slope") && Contains("cannot be learned"));
}

TEST_CASE("correct rows are counted; a row with NaN is wrong", "[ops]") {
  const Tensor x = Tensor::from({1, 2, 3, 0, 5, NAN}, {3, 2});
  CHECK(count_correct(x, row_numbers({1, 0, 0})).item() == 2);
  CHECK(count_correct(x, row_numbers({0, 1, 1})).item() == 0);
}

}  // namespace seegrad::testing
