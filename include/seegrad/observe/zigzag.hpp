// The zig-zag of two weights: what it costs when the inputs of a neuron all have one sign.
//
// A linear neuron y = w x learns from one sample after the other. The gradient of its loss is error * x, so with inputs of one sign both
// weights get the sign of the error: they rise together or fall together. Where one should rise and the other fall they can get there only
// by a zig-zag, which is longer than the straight way and takes more steps:
//
//   Walk walk = walk_behind(Activation::parse("sigmoid"), {.goal = {2, -2}, .rate = 0.2}, Random(1));
//   walk.detour()      // 3: the path is three times as long as the way from its begin to its end
//   walk.one_sign      // 1: every update moved both weights the same way
//
// Seen from afar the zig-zag is a narrow valley. For two independent inputs of mean m and mean square s the expected loss curves by s + m^2
// where the weights move together and by s - m^2 where they move apart; contour() draws it.
// Sources: LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", section 4.3 (the signs); LeCun, Kanter and Solla 1991, "Eigenvalues of
// covariance matrices: application to neural-network learning", Physical Review Letters 66, 2396 (the valley).
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "seegrad/activation/activation.hpp"
#include "seegrad/math/random.hpp"

namespace seegrad::observe {

/// Two weights, or the two inputs that they belong to.
using Pair = std::array<double, 2>;

struct WalkOptions {
  Pair goal{2, -2};                ///< the weights that the samples come from; the walk begins at (0, 0)
  double rate = 0.1;               ///< learning rate
  std::int64_t most_steps = 5000;  ///< then it ends, wherever it is
  double near = 0.01;              ///< it has arrived this close to the goal, beside the distance at the start
};

/// What was met on the way.
struct Walk {
  std::vector<Pair> path{{0, 0}};  ///< the weights before the first step and after each
  double length = 0;               ///< of the path
  double one_sign = 0;             ///< of the updates that moved both weights, the share that moved both the same way; NaN: none did
  bool arrived = false;

  std::int64_t steps() const { return static_cast<std::int64_t>(path.size()) - 1; }
  /// The length of the path over the distance of its end from its begin: 1 for a straight way; NaN when nothing moved.
  double detour() const;
};

/// Gradient descent on (w x - goal x)^2 / 2, one sample a step, each of which `input` gives. Ends at the goal, after most_steps, or before
/// a step that would lead further than 1e6 from (0, 0) or to no number: those steps are too long.
Walk walk(const WalkOptions& how, const std::function<Pair()>& input);

/// The walk of a neuron behind units with the activation f: its inputs are f of independent standard normal numbers. The rate is divided by
/// 2 E f(z)^2, the mean square length of the input, so that an activation with small outputs takes no smaller steps.
Walk walk_behind(const Activation& f, const WalkOptions& how, Random random);

/// Means over many walks.
struct WalkMeans {
  double steps = 0, detour = 0, one_sign = 0;
  double arrived = 0;  ///< share of the walks
};
/// Of `count` walks with the generators random.split(0), random.split(1), ... Throws Error when count is not positive.
WalkMeans walks_behind(const Activation& f, const WalkOptions& how, std::int64_t count, const Random& random);

/// The line of one expected loss around the goal, for independent inputs of this mean and mean square: an ellipse, closed, whose axis along
/// (1, -1) is `apart` long (half of it) and along (1, 1) apart * sqrt((s - m^2) / (s + m^2)). `points` corners and the first one again.
/// No points when the loss has no such lines: for a mean square that is 0 or not finite. Throws Error for one that is less than the mean's
/// square, and for fewer than three points.
std::vector<Pair> contour(const Pair& goal, double mean, double mean_square, double apart, std::int64_t points = 120);

}  // namespace seegrad::observe
