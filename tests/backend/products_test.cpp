// Matrix products: the library's and our own against a product in double, on ragged shapes.
#include "backend/cpu/products.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "backend/cpu/kernels.hpp"
#include "random_values.hpp"

namespace seegrad::cpu {
namespace {

struct Case {
  std::size_t rows, columns, inner;
  bool transpose_a, transpose_b, bias;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const std::size_t sizes[] = {1, 3, 10, 33, 130};
  for (std::size_t rows : sizes) {
    for (std::size_t columns : sizes) {
      for (std::size_t inner : {std::size_t{1}, std::size_t{7}, std::size_t{300}}) {
        const std::size_t turn = rows + columns + inner;
        all.push_back({rows, columns, inner, turn % 2 == 0, turn % 3 == 0, turn % 5 != 0});
        all.push_back({rows, columns, inner, turn % 2 != 0, turn % 3 != 0, turn % 5 == 0});
      }
    }
  }
  all.push_back({5, 4, 0, false, false, true});
  return all;
}

/// The largest error of c, in units of what rounding every term once could cause.
template <class T, class Multiply>
double worst_error(const Case& shape, Multiply&& run) {
  const auto a = test::normal_values<T>(shape.rows * shape.inner, 1), b = test::normal_values<T>(shape.inner * shape.columns, 2);
  const auto bias = test::normal_values<T>(shape.columns, 3);
  std::vector<T> c(shape.rows * shape.columns, T(NAN));
  Product<T> product{};
  product.a = a.data();
  product.b = b.data();
  product.c = c.data();
  product.bias = shape.bias ? bias.data() : nullptr;
  product.rows = shape.rows, product.columns = shape.columns, product.inner = shape.inner;
  product.a_row = shape.transpose_a ? 1 : shape.inner, product.a_column = shape.transpose_a ? shape.rows : 1;
  product.b_row = shape.transpose_b ? 1 : shape.columns, product.b_column = shape.transpose_b ? shape.inner : 1;
  product.c_row = shape.columns;
  run(product);
  double worst = 0;
  for (std::size_t i = 0; i < shape.rows; ++i) {
    for (std::size_t j = 0; j < shape.columns; ++j) {
      double sum = shape.bias ? bias[j] : 0, size = std::abs(sum);
      for (std::size_t k = 0; k < shape.inner; ++k) {
        const double term = double(a[i * product.a_row + k * product.a_column]) * double(b[k * product.b_row + j * product.b_column]);
        sum += term;
        size += std::abs(term);
      }
      const double error = std::abs(double(c[i * shape.columns + j]) - sum);
      const double unit = std::numeric_limits<T>::epsilon() * std::max(size, 1e-30);
      worst = std::isnan(error) ? INFINITY : std::max(worst, error / unit);
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("a product in float agrees with double within rounding, whatever library computes it", "[backend]") {
  for (const Case& shape : cases()) {
    CAPTURE(shape.rows, shape.columns, shape.inner, shape.transpose_a, shape.transpose_b, shape.bias);
    CHECK(worst_error<float>(shape, [](const Product<float>& call) { multiply(call); }) < 4);
  }
}

TEST_CASE("the plain product of every instruction set agrees with double within rounding", "[backend]") {
  for (InstructionSet set : available_instruction_sets()) {
    for (const Case& shape : cases()) {
      CAPTURE(static_cast<int>(set), shape.rows, shape.columns, shape.inner, shape.transpose_a, shape.transpose_b, shape.bias);
      CHECK(worst_error<float>(shape, [&](const Product<float>& call) { array_kernels<float>(set).product(call); }) < 4);
      CHECK(worst_error<double>(shape, [&](const Product<double>& call) { array_kernels<double>(set).product(call); }) < 4);
    }
  }
}

}  // namespace seegrad::cpu
