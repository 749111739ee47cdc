// What the network gets wrong: the pictures of the test set that it is surest about and should not be.
#pragma once
#include <filesystem>
#include <string>

#include "seegrad/nn/module.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

/// Writes mistakes.csv (sample, label, predicted, score_0, ...: class probabilities; at most 64 rows, the surest first) and mistakes.png,
/// a sheet of the same pictures, eight a row, which it also returns. Writes the table alone when nothing is wrong. Throws Error when it
/// cannot.
std::string write_mistakes(const std::filesystem::path& folder, const Samples& samples, nn::Module& network);

}  // namespace seegrad::train
