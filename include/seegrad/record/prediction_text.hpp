// What a network says of a picture, as text for a terminal: the picture that it saw, and how sure it is of each class.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "seegrad/record/layer_table.hpp"

namespace seegrad::records {

/// A grey picture ([rows, columns], 0 black, 255 white): one line for two rows, one character for each column. With colour a half block
/// shows both pixels in one of 24 greys; with Unicode alone it is there where a pixel is at least half bright; else a character as dense
/// as the two are bright. Throws Error when the sizes do not fit.
std::vector<std::string> grey_picture(std::span<const std::uint8_t> pixels, std::size_t rows, std::size_t columns, TextStyle style);

/// The `most` best classes, best first, each with a bar as long as its score (0 to 1) and the score in percent; the best is marked by '>'.
/// Names are cut to 20 columns. Throws Error when there is not a score for each class.
std::vector<std::string> score_bars(std::span<const std::string> classes, std::span<const double> scores, std::size_t most,
                                    TextStyle style);

/// Blocks of lines next to each other, the left one `width` columns wide: "LEFT  RIGHT".
std::string beside(std::span<const std::string> left, std::size_t width, std::span<const std::string> right);

}  // namespace seegrad::records
