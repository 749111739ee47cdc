#include "seegrad/activation/name_list.hpp"

#include <catch2/catch.hpp>

namespace seegrad::test {

using Names = std::vector<std::string>;

TEST_CASE("names are parted by commas, but not by those inside brackets", "[activation][names]") {
  CHECK(names_in("relu") == Names{"relu"});
  CHECK(names_in("relu,elu(alpha=0.5),max(x,min(0,x))") == Names{"relu", "elu(alpha=0.5)", "max(x,min(0,x))"});
}

TEST_CASE("a list that is wrong keeps its faults, for the reader of the names to see", "[activation][names]") {
  CHECK(names_in("") == Names{""});
  CHECK(names_in("relu,,tanh,") == Names{"relu", "", "tanh", ""});
  CHECK(names_in("elu(1,relu") == Names{"elu(1,relu"});
  CHECK(names_in("elu),relu") == Names{"elu)", "relu"});
}

}  // namespace seegrad::test
