// The training loss of a run, read from its folder, for a chart.
#pragma once
#include <cstddef>
#include <filesystem>
#include <vector>

#include "seegrad/record/picture.hpp"

namespace seegrad::records {

/// Step and training loss of each logged step of the run (steps.csv), in the order of the steps. A logged loss is of one batch only, so
/// each point is the mean of it and of those before it, `together` of them or as many as there are; NaN and infinite losses spread as in
/// any mean. Throws Error when the file is missing or corrupt, naming file, line and column, and UsageError when `together` is 0.
std::vector<Point> loss_curve(const std::filesystem::path& run, std::size_t together = 1);

}  // namespace seegrad::records
