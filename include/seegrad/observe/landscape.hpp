// What somebody meets who walks over a loss in a straight line: valleys, hills, and where the ground is bent down.
//
//   observe::Landscape seen = observe::survey(losses);     // at equally spaced points of the line
//   seen.minima        how many valleys a descent along this line could end in
//   seen.concave       the share of the way on which the slope falls, so that Newton's step goes uphill
//   seen.convex()      a bowl: the slope never falls
//
// A function is convex if and only if it is so along every line, so one line that is not convex is a proof; many lines that are, are no
// proof (Boyd and Vandenberghe 2004, "Convex Optimization", section 3.1.1). Losses seen along lines: Goodfellow, Vinyals and Saxe 2015,
// "Qualitatively characterizing neural network optimization problems", arXiv:1412.6544, section 3.
#pragma once
#include <cstdint>
#include <span>

namespace seegrad::observe {

struct Landscape {
  std::int64_t minima = 0;      ///< slopes from down to up; the ends of the walk are none
  std::int64_t turns = 0;       ///< all changes of the slope's sign: minima and maxima
  double concave = 0;           ///< share of the inner points at which the slope falls
  std::int64_t not_finite = 0;  ///< losses that are NaN or infinite
  bool convex() const { return concave == 0 && not_finite == 0; }
  bool operator==(const Landscape&) const = default;
};

/// Follows the losses from first to last. A level piece belongs to the slope before it: a flat floor is one minimum, a step on the way
/// down is none. What is not finite is counted and left out: the pieces to both sides of it are surveyed by themselves.
///
/// Rounding makes a level loss go up and down in its last digits. So a step counts as level, and a bend as straight, below
/// 1e-10 of (highest - lowest loss), or below 1e-13 of the largest |loss| where that is more: a mean over some hundred samples in
/// float64 is right to about that. Losses in float32 are right to 1e-6 only, so this would take their noise for hills.
Landscape survey(std::span<const double> losses);

/// Of many walks.
struct LandscapeMeans {
  double minima = 0, turns = 0, concave = 0;  ///< the means of these
  double several = 0;                         ///< share of the walks with more than one minimum
  double not_convex = 0;                      ///< share of the walks that are not convex
};
/// Throws Error when there are none.
LandscapeMeans means_of(std::span<const Landscape> walks);

}  // namespace seegrad::observe
