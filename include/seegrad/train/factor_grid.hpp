// A full factorial design: some choices, every combination of their levels, each measured several times. How much does each choice matter,
// beside the others and beside chance?
//
// The answer is the analysis of variance (Fisher 1925, "Statistical Methods for Research Workers", chapter VII). In a full grid the sum
// of squares around the mean of everything falls apart exactly:
//
//   sum (v - mean)^2  =  for each factor: sum (mean of v's level - mean)^2   what goes with this choice, whatever the others are
//                      + sum (v - mean of v's cell)^2                        what goes with chance, the repetitions of a cell
//                      + a rest                                              what choices do together and none does alone
//
// Shares of it say where to look first; they are those of the levels that were compared, and of no others.
#pragma once
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::train {

/// A choice, and what it may be.
struct Factor {
  std::string name;
  std::vector<std::string> levels;
};

class FactorGrid {
 public:
  using Setting = std::vector<std::size_t>;  ///< the place of its level, for each factor

  /// One setting over its repetitions.
  struct Cell {
    Setting setting;
    double mean = NAN, deviation = NAN;  ///< the sample's standard deviation; NaN of fewer than two values
    std::size_t first = 0;               ///< of the values that are there, the place of the first
  };

  struct Share {
    std::string name;
    double share = NAN;
  };

  /// All values are NaN at first: not measured. Throws Error for no factor, a factor without levels and less than one repetition.
  FactorGrid(std::vector<Factor> factors, std::size_t repeats);

  const std::vector<Factor>& factors() const { return factors_; }
  std::size_t repeats() const { return repeats_; }
  std::size_t size() const { return values_.size(); }  ///< settings times repetitions
  /// Repetitions of a setting lie one behind the other; of the factors the last varies fastest.
  Setting setting(std::size_t place) const;
  const std::string& level(const Setting& setting, std::size_t factor) const { return factors_[factor].levels[setting[factor]]; }

  double& operator[](std::size_t place) { return values_[place]; }
  double operator[](std::size_t place) const { return values_[place]; }
  std::size_t missing() const;

  /// Of the values that are there and have this level.
  double mean(std::size_t factor, std::size_t level) const;
  /// The settings of which a value is there, the highest mean first.
  std::vector<Cell> cells() const;
  /// Which part of the variance goes with each factor, then with "seed" (the repetitions), then with what factors do "together". NaN while
  /// a value is missing, and when all are equal.
  std::vector<Share> shares() const;

  /// A row for each of cells(): its levels, the mean under `value`, the deviation under "sd".
  std::string csv(std::string_view value) const;

 private:
  template <class Chosen>
  double mean_where(Chosen chosen) const;
  Cell cell(std::size_t begin) const;

  std::vector<Factor> factors_;
  std::size_t repeats_;
  std::vector<double> values_;
};

/// How many of the others have a mean that less than two standard errors (of the difference) part from the first's.
std::size_t as_good_as_first(const std::vector<FactorGrid::Cell>& cells, std::size_t repeats);

}  // namespace seegrad::train
