// Is a formula fit for training? For whoever writes one of their own, as a struct or as a text.
#pragma once

#include "seegrad/activation/activation.hpp"

#include <string>
#include <vector>

namespace seegrad {

/// What is wrong with an activation, one line each ("f' at 0 is 0, but to its left it is 0.4999, to its right 0.5001: ..."), with
/// the first place where each fault was seen; empty when every law held:
///   - f' and f'' agree with differences of f and f', also with respect to what the formula learns (jumps are passed over);
///   - f' has no seam: on exact binary numbers, where pieces of a formula meet, it lies between its neighbours;
///   - NaN comes out where NaN went in, and nowhere else: not for any power of two, not at infinity, where f and f' should
///     have their limits (oscillating formulas have none, and are excused beyond 2^20);
///   - float does not overflow on the way to a result that float can hold.
/// A surrogate gradient (straight_through) is no fault: it is meant to disagree with f.
std::vector<std::string> check(const Activation& activation);

}  // namespace seegrad
