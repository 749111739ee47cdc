// What the units of the first layer look for: their incoming weights, drawn as pictures.
#pragma once
#include <optional>
#include <span>

#include "record/report/run_data.hpp"
#include "seegrad/record/safetensors.hpp"

namespace seegrad::records::report {

/// `weights` is [units, side x side], row-major: nothing for inputs that are not the pixels of a square. The (at most 64) units with the
/// largest norms, largest first, 16 in a row, with a grey line of one pixel to the right of each and below it; white is 0, full red and
/// full blue are plus and minus the 99th percentile of |w| among them, NaN is grey.
std::optional<WeightPicture> weight_picture(std::span<const float> weights, std::int64_t units, std::int64_t inputs);

/// The same for a matrix of a model file, of any type that holds fractions.
std::optional<WeightPicture> weight_picture(const SafeTensor& weights);

}  // namespace seegrad::records::report
