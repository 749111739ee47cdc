#include "seegrad/observe/phase_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "seegrad/math/error.hpp"

namespace seegrad::observe {

double PhaseGrid::best() const {
  double best = not_measured;
  for (const double value : accuracy) best = std::fmax(best, value);
  return best;
}

double PhaseGrid::best_start() const {
  double best = not_measured, most = -1;
  for (std::size_t s = 0; s < starts.size(); ++s) {
    double sum = 0;
    for (std::size_t d = 0; d < depths.size(); ++d) sum += at(s, d);
    if (!(sum > most)) continue;
    most = sum;
    best = starts[s];
  }
  return best;
}

double PhaseGrid::boundary(std::size_t start, double worth) const {
  for (std::size_t d = 1; d < depths.size(); ++d) {
    const double above = at(start, d - 1), below = at(start, d);
    if (!(above >= worth && below < worth)) continue;
    return std::lerp(static_cast<double>(depths[d - 1]), static_cast<double>(depths[d]), (above - worth) / (above - below));
  }
  return not_measured;
}

std::vector<std::string> PhaseGrid::lines() const {
  std::vector<std::string> lines{"depth |"};
  for (const double start : starts) lines[0] += fmt::format("{:6.4g}", start);
  for (std::size_t d = depths.size(); d-- > 0;) {
    lines.push_back(fmt::format("{:5} |", depths[d]));
    for (std::size_t s = 0; s < starts.size(); ++s)
      lines.back() += std::isnan(at(s, d)) ? "     -" : fmt::format("{:6.0f}", 100 * at(s, d));
  }
  return lines;
}

PhaseGrid untrained_grid(double lowest, double highest, std::size_t columns, std::int64_t deepest, std::int64_t rows) {
  if (columns < 2 || rows < 1 || deepest < 1)
    throw Error(fmt::format("untrained_grid: {} columns, {} rows and {} layers are too few for a grid", columns, rows, deepest));
  PhaseGrid grid;
  rows = std::min(rows, deepest);
  for (std::size_t i = 0; i < columns; ++i)
    grid.starts.push_back(std::lerp(lowest, highest, static_cast<double>(i) / static_cast<double>(columns - 1)));
  for (std::int64_t i = 1; i <= rows; ++i) grid.depths.push_back(deepest / rows * i);
  grid.accuracy.assign(grid.starts.size() * grid.depths.size(), not_measured);
  return grid;
}

PhaseAgreement compare(const PhaseGrid& grid, std::span<const double> xi, double worth, double reach) {
  if (xi.size() != grid.starts.size() || grid.accuracy.size() != grid.starts.size() * grid.depths.size())
    throw Error(fmt::format("compare: {} starts and {} depths, but {} accuracies and {} depth scales", grid.starts.size(),
                            grid.depths.size(), grid.accuracy.size(), xi.size()));
  PhaseAgreement found;
  std::size_t right = 0;
  std::vector<double> multiples;
  for (std::size_t s = 0; s < xi.size(); ++s) {
    if (std::isnan(xi[s])) continue;
    const double boundary = grid.boundary(s, worth);
    if (xi[s] > 0 && std::isfinite(xi[s]) && std::isfinite(boundary)) multiples.push_back(boundary / xi[s]);
    for (std::size_t d = 0; d < grid.depths.size(); ++d) {
      if (std::isnan(grid.at(s, d))) continue;
      const bool learnt = grid.at(s, d) >= worth, said = static_cast<double>(grid.depths[d]) <= reach * xi[s];
      ++found.compared;
      right += learnt == said;
    }
  }
  if (found.compared > 0) found.share = static_cast<double>(right) / static_cast<double>(found.compared);
  found.boundaries = multiples.size();
  std::sort(multiples.begin(), multiples.end());
  if (!multiples.empty()) found.boundary_in_xi = multiples[multiples.size() / 2];
  return found;
}

}  // namespace seegrad::observe
