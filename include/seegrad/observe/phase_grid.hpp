// Where theory draws its line, and where training does: a grid of starts and depths, trained, beside the depth scale xi of each start
// (mean_field.hpp). Schoenholz et al. 2017, arXiv:1611.01232, figure 5: networks down to a depth of about 6 xi learn.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "seegrad/observe/layer_statistics.hpp"

namespace seegrad::observe {

/// What was trained: a column for each start, a row for each depth. NaN where nothing was.
struct PhaseGrid {
  std::vector<double> starts;        ///< sigma_w^2
  std::vector<std::int64_t> depths;  ///< hidden layers, ascending
  std::vector<double> accuracy;      ///< [starts, depths]

  double at(std::size_t start, std::size_t depth) const { return accuracy[start * depths.size() + depth]; }
  /// The best accuracy; NaN when nothing was trained.
  double best() const;
  /// The start with the best mean over all depths, among the columns that were trained in full; NaN when there is none.
  double best_start() const;
  /// The depth at which a column falls through the accuracy `worth`, between two depths in proportion; NaN when it does not.
  double boundary(std::size_t start, double worth) const;
  /// As text, in per cent: a line of starts, then one for each depth, the deepest first; "-" where nothing was trained.
  std::vector<std::string> lines() const;
};

/// A grid of `columns` starts from `lowest` to `highest` and at most `rows` depths up to about `deepest`, both equally far apart, of which
/// nothing is trained yet. Throws Error unless there are two columns, one row and one layer.
PhaseGrid untrained_grid(double lowest, double highest, std::size_t columns, std::int64_t deepest, std::int64_t rows);

/// How far theory and training agree.
struct PhaseAgreement {
  std::size_t compared = 0;              ///< networks that were trained and that theory speaks of
  double share = not_measured;           ///< of those, which theory is right about: that they learnt, or that they did not
  std::size_t boundaries = 0;            ///< starts that stop learning within these depths, and whose xi is finite and not 0
  double boundary_in_xi = not_measured;  ///< where they stop, in units of their xi: the middle one of these (the upper of two)
};

/// `xi`: of each start; NaN where theory has nothing to say. Theory says that a network learns where its depth is at most `reach` times xi;
/// it did where its accuracy is at least `worth`. Throws Error when `xi` or the grid's accuracies are of another number.
PhaseAgreement compare(const PhaseGrid& grid, std::span<const double> xi, double worth, double reach = 6);

}  // namespace seegrad::observe
