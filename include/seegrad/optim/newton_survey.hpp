// Newton's method from many starts: how often it finds the lowest loss, how fast, and what the curvature is made of.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "seegrad/optim/newton.hpp"

namespace seegrad::optim {

struct NewtonSearch {
  Tensor start;
  NewtonResult end;
  double from_bend = 0;  ///< of the curvature at the start, the share that Gauss and Newton's matrix G lacks: |H - G| / (|H - G| + |G|)
  bool arrived = false;  ///< converged, at the lowest loss at which any search did (to 1e-6)
};

struct NewtonSurvey {
  std::vector<NewtonSearch> searches;                    ///< one for each start, in their order
  double arrived = 0, flat = 0, negative_curvature = 0;  ///< shares of the searches: flat anywhere, negative at the start
  double steps = 0, from_bend = 0;                       ///< medians of the searches that arrived (the upper of two); NaN without any
};

/// Minimises mean(errors^2) from each start. Throws Error when there is no start, and as newton() does.
NewtonSurvey survey_newton(const FunctionOfParameters& errors, std::span<const Tensor> starts, const NewtonOptions& options = {});

/// The points of a square grid, `points` a side from `low` to `high` inclusive, as starts [2]; the second parameter runs fastest. Throws
/// Error unless there are two points a side or more.
std::vector<Tensor> grid_of_starts(double low, double high, std::int64_t points);

}  // namespace seegrad::optim
