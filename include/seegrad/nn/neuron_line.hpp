// The loss of one neuron f(w x) along a straight line of its weights: the smallest network whose error surface one can walk over.
//
// Along w + t v the pre-activation of a sample x is z + t (v x), so a line is two numbers a sample: where z starts and how fast it goes.
// Two losses are followed, both as means over the samples:
//
//   squared error     (f(z) - y)^2
//   matching loss     the one with dL/dz = f(z) - y, whatever f is: L = integral of (f(s) - y) ds. For f = identity it is half the
//                     squared error, for sigmoid the cross-entropy; d2L/dz2 = f'(z), so it is convex for every increasing f.
//
// Sources: Auer, Herbster and Warmuth 1996, "Exponentially many local minima for single neurons", NIPS 8, section 2;
// Helmbold, Kivinen and Warmuth 1995, "Worst-case loss bounds for single neurons", which defines the matching loss.
#pragma once
#include <vector>

#include "seegrad/activation/activation.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad::nn {

struct NeuronLine {
  Tensor z;          ///< [samples]: pre-activations at t = 0
  Tensor direction;  ///< [samples]: dz/dt
  Tensor t;          ///< [points]: ways along the line, rising and equally far apart

  /// Pre-activations of all samples at all points: [points, samples].
  Tensor path() const;
};

/// A line through weights w ~ N(0, 1/inputs) in a direction v of the same kind, so that for samples [samples, inputs] of mean square 1 a
/// way of 1 changes z by about 1. It goes from -reach to reach; `points` is 2 or more, else Error. Draws w, then v.
NeuronLine random_neuron_line(const Tensor& samples, double reach, std::int64_t points, Random& random);

/// The mean of (f(z) - y)^2 at each point, for targets y [samples]. Throws Error for targets of another shape.
std::vector<double> squared_errors(const Activation& f, const NeuronLine& line, const Tensor& targets);

/// The matching loss at each point, 0 at the first one: the mean of its slope (f(z) - y) dz/dt, added up by the trapezoidal rule, whose
/// error falls with the square of the distance between points. Where the slope never falls from point to point, these losses are convex
/// exactly. Throws Error for targets of another shape.
std::vector<double> matching_losses(const Activation& f, const NeuronLine& line, const Tensor& targets);

}  // namespace seegrad::nn
