// The property card: what can be said of an activation by computing, not by looking it up.
//
// Everything here comes from f, f' and f'' alone, for any formula: a catalogue entry, a struct of the user's own, a text from the
// command line. The search samples the whole double range (densely for |x| <= 32, geometrically beyond), follows what it finds to the
// last bit, and never throws for an ugly f. Its limits, so that nobody takes it for a proof: features narrower than 1/128, and
// jumps of less than about 1/200 of the slope beside them, can be missed; "smooth" means no jump up to f''. What cannot be decided
// is left empty and `remarks` says why.
#pragma once

#include "seegrad/activation/activation.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace seegrad {

/// An interval and the probability that a standard normal falls into it.
struct Region {
  double low = 0, high = 0, mass = 0;
};

/// The least upper (greatest lower) bound of f or |f'| over all finite x. `attained` at `where`, or approached there: +-inf, or a
/// point next to which f runs away. The value is +-inf when there is no bound.
struct Bound {
  double value = 0, where = 0;
  bool attained = false;
};

/// The longest way down (up): from one x to another, and how far.
struct Slide {
  double from = 0, to = 0, by = 0;
};

/// A point where f, f' or f'' jumps; jumps are right minus left, 0 where there is none, infinite at a pole.
struct Kink {
  double x = 0;
  std::array<double, 3> jump{};  ///< of f, f', f''
  /// Which of them is the first to jump.
  int order() const { return jump[0] != 0 ? 0 : jump[1] != 0 ? 1 : 2; }
};

enum class Smoothness : std::uint8_t { discontinuous, continuous, once, twice };    ///< class C^0, C^1, C^2 or better
enum class Direction : std::uint8_t { constant, increasing, decreasing, neither };  ///< in the wide sense: plateaus allowed
enum class Curvature : std::uint8_t { affine, convex, concave, neither };
enum class Symmetry : std::uint8_t { none, odd, even };

/// A point that the variance map leaves where it is. `slope` is chi_1 = s E f'(sqrt(q) z)^2, the factor by which the squared gradient
/// changes a layer there: below 1 it vanishes, above 1 it explodes (Schoenholz et al. 2017, arXiv:1611.01232, eq. 5).
struct FixedPoint {
  double q = 0, slope = 0;
  bool stable = false;  ///< nearby q come closer
};

/// V(q) = s E f(sqrt(q) z)^2: the mean square of a wide layer's pre-activations from that of the layer before, for weights
/// N(0, s/fan_in) and no bias (Poole et al. 2016, arXiv:1606.05340, eq. 3). Searched for 1e-6 <= q <= 1e6, and at 0.
struct VarianceMap {
  double weight_scale = 1;  ///< s
  std::vector<FixedPoint> fixed_points;
  bool every_q = false;    ///< V(q) = q throughout, as relu has it with s = 2; then `fixed_points` holds q = 1
  bool runs_away = false;  ///< V(q) > q at the upper end: large signals grow
};

/// Fixed point of the map v -> Var f(sqrt(v) z), and the mean that goes with it: where a layer of normalised weights (fan_in
/// of them, sum 0, squares summing to 1) keeps mean and variance (Klambauer et al. 2017, arXiv:1706.02515, eq. 3-5).
struct SignalFixedPoint {
  double mean = 0, variance = 0;
};

/// How far from 0 float32 errors are looked for.
inline constexpr double float32_reach = 100;

/// Float code beside the same formula in double, at the same float x. An ulp is the spacing of floats at the true value (at least that of
/// the smallest normal number); the errors are the worst of some 30,000 points with |x| <= float32_reach. Next to a zero of f or f' no
/// code keeps its relative precision: a large number there is the zero's, not the code's.
struct Float32 {
  double worst_ulp = 0, worst_ulp_at = 0;              ///< of f
  double slope_worst_ulp = 0, slope_worst_ulp_at = 0;  ///< of f'
  /// The x nearest to 0, left and right of it, from which f' is exactly 0 in float32 though it is not 0.
  std::optional<double> slope_zero_left, slope_zero_right;
  /// The x nearest to 0 from which f equals its limit at -inf, +inf in float32 though it has not reached it.
  std::optional<double> limit_left, limit_right;
  /// The x nearest to 0 at which f or f' is Inf or NaN in float32 and finite in double.
  std::optional<double> not_finite;
};

/// How many steps the formula takes as a program (program.hpp), and how many of them are transcendental functions.
struct Cost {
  int operations = 0, transcendentals = 0;
};

struct Properties {
  // shape
  std::optional<Bound> lower, upper;              ///< of f
  std::optional<double> limit_left, limit_right;  ///< of f at -inf, +inf; +-inf when it has no bound there
  Direction direction = Direction::neither;
  std::optional<Slide> falls, rises;  ///< the longest, when there is one; sought on |x| <= 32, infinite where the limits say so
  Curvature curvature = Curvature::neither;
  Symmetry symmetry = Symmetry::none;
  Smoothness smoothness = Smoothness::twice;
  std::vector<Kink> kinks;           ///< in the order of x; at most 64
  std::vector<Region> not_a_number;  ///< where f is NaN
  bool surrogate_slope = false;      ///< f' is a straight-through estimator, not the derivative of f

  // slopes
  std::optional<Bound> slope;       ///< sup |f'|
  std::optional<double> lipschitz;  ///< sup |f'| where f is continuous, else infinite
  /// Beside what a slope counts as small: sup |f'|, or where that is infinite the largest |f'| on |x| <= 30.
  double typical_slope = 0;
  std::vector<Region> saturated;  ///< |f'| < 1 % of typical_slope, or f' = 0 everywhere
  double saturated_mass = 0;
  std::vector<Region> zeros;  ///< f is exactly 0
  double zero_share = 0;      ///< their probability

  // a standard normal goes in
  std::optional<double> mean, second_moment, derivative_second_moment, gain;
  /// |mean| beside the standard deviation of f: 0 is centred; empty when f is constant.
  std::optional<double> mean_to_deviation;
  /// The share of the variance of f(z) that no straight line in z explains: 1 - Cov(f, z)^2/Var f; empty when f is constant.
  std::optional<double> nonlinearity;
  std::optional<VarianceMap> unit_map, gain_map;  ///< s = 1, and s = gain^2
  std::optional<SignalFixedPoint> signal_fixed_point;

  // cost and arithmetic
  Cost value_cost, slope_cost;  ///< of f; of f' (which shares steps with f)
  int learnable_parameters = 0;
  Float32 float32;

  std::vector<std::string> remarks;
};

/// The whole card; some ten milliseconds for a formula of the catalogue.
Properties properties_of(const Activation& activation);

/// Where |f'| is below this share of the typical slope, an activation is saturated.
inline constexpr double saturated_share_of_slope = 0.01;

}  // namespace seegrad
