// The files of a run folder that are JSON, read strictly: a key may be missing (older versions did not write it), but what is there
// must be of the right kind. Error names the file, the key or line, what was expected and what was found.
#pragma once
#include <filesystem>

#include "record/report/run_data.hpp"

namespace seegrad::records::report {

/// A page shows the histograms of so many steps.
inline constexpr std::size_t most_histogram_steps = 64;
/// A JSON file of a run folder is not larger.
inline constexpr std::uintmax_t largest_json = 16 << 20;

Settings read_config(const std::filesystem::path& file);
Result read_summary(const std::filesystem::path& file);
/// histograms.jsonl, of at most 64 steps, evenly spread, the first and the last among them. A last line that is cut off is an Error only of
/// a run that has `finished`.
Histograms read_histograms(const std::filesystem::path& file, std::size_t layers, bool finished);

}  // namespace seegrad::records::report
