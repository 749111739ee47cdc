// Textbook formulas with their derivatives written out by hand, in long double: the independent opinion against which
// dual numbers and kernels are tested. An activation of the catalogue without an entry here fails the tests.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace seegrad::test {

using Values = std::vector<long double>;
using Curve = std::function<long double(long double x, const Values& parameters)>;

struct Reference {
  Curve f, df, d2f;
  // For learnable parameters: df/dp, d2f/dx dp, d2f/dp2 of the first one.
  Curve dp = {}, dxdp = {}, d2p = {};
};

const std::map<std::string, Reference>& references();

}  // namespace seegrad::test
