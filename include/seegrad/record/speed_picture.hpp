// What a speed measurement found, as a picture: who is fast, who is slow, and who is as fast as the memory allows.
#pragma once
#include "seegrad/record/picture.hpp"
#include "seegrad/record/speed_report.hpp"

namespace seegrad::records {

/// A bar for each function in the report's order: its forward time, behind it its backward time, and at which share of copying's rate each
/// ran. The longest bar fills the width. Throws Error when nothing was measured.
Canvas speed_picture(const SpeedReport& report);

}  // namespace seegrad::records
