// Textbook formulas with their derivatives written out by hand, in long double: the independent opinion against which
// dual numbers and kernels are tested. An activation without an entry here is held to its own double-precision formula instead,
// whose derivatives the laws compare with central differences.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "seegrad/activation/formula.hpp"

namespace seegrad::test {

using Values = std::vector<long double>;
using Curve = std::function<long double(long double x, const Values& parameters)>;

struct Reference {
  Curve f, df, d2f;
  // For learnable parameters: df/dp, d2f/dx dp, d2f/dp2 of the first one.
  Curve dp = {}, dxdp = {}, d2p = {};
};

/// The textbook's entries by the activation's name.
const std::map<std::string, Reference>& references();

/// Adds the entries that are made without exponentials (support/reference_algebra.cpp).
void add_algebra(std::map<std::string, Reference>& table);

/// Whether the formula is made of sines or cosines of x. Such a curve has no limit at infinity, and far out the last bit of
/// x (or of omega*x) decides its value: whoever compares there must allow what one rounding of x changes.
bool oscillates(const Formula& formula);

/// The textbook's entry, or the formula in double precision where the textbook has none.
Reference reference_of(const Formula& formula);

}  // namespace seegrad::test
