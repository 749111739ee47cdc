// The smaller tables of a run folder. For all of them: `finished` as in CsvReader; Error with file, line and column for what is wrong.
#pragma once
#include <filesystem>

#include "record/report/run_data.hpp"

namespace seegrad::records::report {

/// A page shows so many changes of units; those after them are left out.
inline constexpr std::size_t most_unit_changes = 100000;

StepTable read_steps(const std::filesystem::path& file, bool finished);
EpochTable read_epochs(const std::filesystem::path& file, const StepTable& steps, bool finished);
/// `layers` are rows of layers.csv: what a layer and a unit may be.
UnitTable read_units(const std::filesystem::path& file, const std::vector<observe::LayerStatistics>& layers, const StepTable& steps,
                     bool finished);
/// mistakes.csv, and the PNG beside it, which is looked at no further than its size: a browser will read it.
Mistakes read_mistakes(const std::filesystem::path& file, const std::filesystem::path& picture);

}  // namespace seegrad::records::report
