// A run folder as a whole.
#pragma once
#include <filesystem>

#include "record/report/run_data.hpp"

namespace seegrad::records::report {

/// Throws UsageError for what is not the folder of a run; Error for a file in it that is missing, cut off or corrupt. A run that goes on,
/// or was killed, has no summary.json, and its tables may end in the middle of a line.
Run read_run(const std::filesystem::path& folder);

}  // namespace seegrad::records::report
