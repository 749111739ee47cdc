// What the parts of the property card share: f, f', f'' as one object with its samples, and the searches along them.
#pragma once

#include "seegrad/activation/properties.hpp"

#include <functional>
#include <span>
#include <vector>

namespace seegrad::card {

/// f, f', f'' of an activation in double precision, and their values on one grid: symmetric about 0, 1/128 apart for |x| <= dense,
/// geometric beyond and towards 0, up to the largest double.
class Curve {
 public:
  static constexpr double dense = 32;      ///< the grid is 1/128 apart up to here
  static constexpr double resolved = 1e4;  ///< beyond, an oscillating f is finer than any grid

  explicit Curve(const Activation& activation);

  const Activation& activation() const { return activation_; }
  /// f, f' or f''.
  double operator()(int order, double x) const;
  std::vector<double> values(int order, std::span<const double> x) const;

  const std::vector<double>& x() const { return x_; }
  const std::vector<double>& samples(int order) const { return samples_[std::size_t(order)]; }
  /// The largest finite |f|, |f'|, |f''| among the samples with |x| <= limit.
  double largest(int order, double limit) const;

 private:
  const Activation& activation_;
  std::vector<double> x_;
  std::array<std::vector<double>, 3> samples_;
};

/// The probability that a standard normal lies between low and high, without cancellation in either tail.
double normal_mass(double low, double high);

/// Two neighbouring doubles between which g changes its answer, found by bisection: answer(low) holds, answer(high) does not (or the
/// other way round). Both must be finite.
struct Bracket {
  double low = 0, high = 0;
};
Bracket bisect(Bracket between, const std::function<bool(double)>& answer);

/// Of the two ends, or 0 if it lies between, the one with the shorter decimal form: an exact 0.5 rather than its neighbour.
double simplest(Bracket bracket);

/// The intervals on which a property of y holds, their ends found to the last bit; y is known at the points x in rising order and
/// computed between them by `value`. Those not wider than `narrowest` are left out.
std::vector<Region> regions(std::span<const double> x, std::span<const double> y, const std::function<bool(double)>& holds,
                            const std::function<double(double)>& value, double narrowest);

/// A kink with the neighbouring doubles that enclose it.
struct Jump {
  Kink kink;
  Bracket bracket;
};

// The parts of the card; each fills its own members.
std::vector<Jump> find_jumps(const Curve& f);                                        // jumps.cpp
void describe_range(const Curve& f, std::span<const Jump> jumps, Properties& card);  // range.cpp: bounds, limits, slopes
void describe_shape(const Curve& f, Properties& card);                               // shape.cpp: direction, curvature, symmetry
void describe_regions(const Curve& f, Properties& card);                             // shape.cpp: NaN, zeros, saturation
void describe_signal(const Curve& f, Properties& card);                              // signal.cpp: moments, variance maps
void describe_float32(const Curve& f, Properties& card);                             // float32.cpp
Cost value_cost(const Activation& activation);                                       // cost.cpp
Cost slope_cost(const Activation& activation);

}  // namespace seegrad::card
