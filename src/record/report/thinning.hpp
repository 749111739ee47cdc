// Which points of a long curve a page shows. A chart is some hundred pixels wide; of the points that fall into one column of pixels, the
// first, the last, the lowest and the highest draw the same picture as all of them: M4, Jugel, Jerzak, Hackenbroich and Markl 2014, "M4: A
// Visualization-Oriented Time Series Data Aggregation", Proceedings of the VLDB Endowment 7(10).
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace seegrad::records::report {

/// The rows, in rising order and at most `most` of them (at least 2 + 2 curves), that keep of every bucket of equally many rows the first,
/// the last, and of each curve the lowest and the highest. All rows when there are no more than that. The curves are equally long; NaN is
/// neither low nor high.
std::vector<std::size_t> telling_rows(std::span<const std::vector<double>> curves, std::size_t most);

/// At most `most` (at least 2) of the numbers 0 ... count - 1, evenly spread, the first and the last among them.
std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most);

}  // namespace seegrad::records::report
