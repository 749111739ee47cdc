#include "seegrad/math/error.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace seegrad {

TEST_CASE("the nearest word to a typo is found, and nothing when nothing is near", "[error]") {
  const std::vector<std::string> words{"relu", "leaky_relu", "sigmoid", "gelu", "softplus"};
  CHECK(nearest("rleu", words) == "relu");  // swapped neighbours count once
  CHECK(nearest("sigmod", words) == "sigmoid");
  CHECK(nearest("leakyrelu", words) == "leaky_relu");
  CHECK(nearest("banana", words).empty());
  CHECK(nearest("", words).empty());
  CHECK(nearest(std::string(100000, 'a'), words).empty());
  CHECK(suggestion("gelo", words) == " (did you mean 'gelu'?)");
  CHECK(suggestion("xyz", words).empty());
}

}  // namespace seegrad
