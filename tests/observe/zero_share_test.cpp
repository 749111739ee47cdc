// The share of exact zeros.
#include "seegrad/observe/zero_share.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "seegrad/math/error.hpp"

using namespace seegrad;
using observe::zero_share;

TEMPLATE_TEST_CASE("zeros are counted over all tensors together, and nothing else is", "[observe]", float, double) {
  const TensorOptions options{dtype_of<TestType>(), {}};
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const std::vector<Tensor> tensors{Tensor::from({0, -0.0, 1, nan}, {2, 2}, options), Tensor::from({infinity, 1e-30}, {2}, options),
                                    Tensor::scalar(0, options), Tensor::zeros({0}, options), Tensor::full({3}, -2, options)};
  CHECK(zero_share(tensors) == 0.3);
  CHECK(zero_share(std::span(tensors).first(1)) == 0.5);
  CHECK(zero_share(std::vector<Tensor>{Tensor::zeros({100, 30}, options)}) == 1);
}

TEST_CASE("of no elements there is no share of zeros", "[observe][errors]") {
  CHECK_THROWS_AS(zero_share({}), Error);
  CHECK_THROWS_AS(zero_share(std::vector<Tensor>{Tensor::zeros({0, 4})}), Error);
}
