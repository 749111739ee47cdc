// report.html: one or several run folders as one page that needs nothing else, no network and no server.
//
//     const std::array runs{std::filesystem::path("runs/relu"), std::filesystem::path("runs/sigmoid")};
//     records::write_report(runs, "report.html");
//
// A folder is read as RunFolder leaves it, finished or not: a run that was killed, or goes on, has a page too. Long runs are thinned so
// that no peak is lost: the losses as src/record/report/thinning.hpp says, the statistics of layers as layer_grid.hpp beside it says. Files
// are not believed: what is missing, cut off or corrupt is an error that names file, line and column.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace seegrad::records {

inline constexpr std::size_t most_runs_on_a_page = 12;

/// The page as HTML. Throws UsageError for no or too many runs and for a path that is not the folder of a run, Error for a corrupt file.
std::string report_page(std::span<const std::filesystem::path> runs);
/// Writes it as a whole or not at all. Throws, besides, Error when the file cannot be written.
void write_report(std::span<const std::filesystem::path> runs, const std::filesystem::path& file);

}  // namespace seegrad::records
