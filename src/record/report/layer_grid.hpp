// layers.csv as a heat map has it: layers by steps. The file of a long run has millions of rows, so it is read once, line by line, and
// thinned on the way.
//
// A thinned grid keeps the first and the last logged step as they are. The steps between them are cut into buckets of equally many, and
// each bucket becomes two columns: of each layer and metric the lowest and the highest value, in the order in which they occurred, so that
// no peak is lost. This is M4 (thinning.hpp) less first and last, which neighbouring buckets stand for. The two columns bear the first
// and the last step of their bucket.
#pragma once
#include <filesystem>
#include <span>

#include "record/report/run_data.hpp"

namespace seegrad::records::report {

/// At most so many columns, and so many layers times columns: with more layers, fewer columns.
inline constexpr std::size_t most_columns = 600, most_cells = 12000;
/// A network of more layers is refused.
inline constexpr std::int64_t most_layers = 4096;

/// `logged` are the steps in steps.csv: those of layers.csv must be the same, but for one more at its end, where a run ended in NaN. Of a
/// run that has not `finished` the table may be shorter, and what is beyond is left out, for it may grow while it is read.
LayerTable read_layers(const std::filesystem::path& file, std::span<const std::int64_t> logged, bool finished);

}  // namespace seegrad::records::report
