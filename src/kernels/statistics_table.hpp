// What the launch of the statistics' kernels hands over: a table of arrays, small enough to be the kernel's argument. Plain structs that
// device code and the host's side see alike. (The kernels: statistics.hpp.)
#pragma once
#include <cstdint>

#include "kernels/formula_arguments.hpp"

namespace seegrad::kernels {

inline constexpr int statistics_threads = 256;  ///< of a block
/// As in the enum Total of tensor/backend.hpp, which device code cannot include; formula_plan.cpp checks that they agree.
enum class PieceTotal : int { sum, squares, min, max, zeros, nans, infinities, saturated, coherence, coherent_rows };
inline constexpr int totals_of_piece = 10;
inline constexpr int totals_threads = totals_of_piece * 32;  ///< of a block: a warp for each total

inline constexpr int most_statistics = 40, most_statistics_parameters = 48;  ///< in one launch

template <class T>
struct StatisticsEntry {
  const T* x;
  std::int64_t count;
  std::int64_t columns;     ///< of a row
  std::int64_t piece;       ///< elements of each piece but the last; whole rows when `signs`
  std::int32_t* histogram;  ///< zeroed; may be null
  int first_piece, pieces;
  int place;  ///< the row of the totals that belongs to this array
  int first_parameter;
  T saturation;
  bool formula, by_column, signs;
};

template <class T>
struct StatisticsTable {
  int entries;
  double* partial;  ///< totals_of_piece for each piece
  double* totals;   ///< totals_of_piece for each place
  StatisticsEntry<T> entry[most_statistics];
  ParameterSource<T> parameter[most_statistics_parameters];
};
static_assert(sizeof(StatisticsTable<double>) <= 4096, "what a kernel's arguments may be on every device");

}  // namespace seegrad::kernels
