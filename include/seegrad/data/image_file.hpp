// Picture files: PNG, JPEG and BMP of any size become grey bytes.
//
// Pictures come from the network and from users, so a reader believes nothing: the size that a file claims is held against limits before
// it is decoded, and a file that is cut off or whose checksums do not fit is refused, where a decoder would fill the rest with grey.
#pragma once

#include <cstddef>
#include <filesystem>

#include "seegrad/data/grey_image.hpp"

namespace seegrad {

inline constexpr std::size_t longest_image_side = 16384, most_image_pixels = 100'000'000, most_image_bytes = std::size_t{1} << 28;

/// True for the endings .png, .jpg, .jpeg and .bmp, in capitals or not. Says nothing about what the file holds.
bool has_image_ending(const std::filesystem::path& file);

/// Reads a picture; what it holds decides about the format, not its name. Colours become grey by their luma (ITU-R BT.601); what is
/// transparent shows white paper; of 16 bits the upper 8 count. A rotation noted by a camera (EXIF) is not carried out. Throws Error
/// with one line (file, expected, found, what to do) when it is missing, no file, empty, of another format, damaged or too large.
GreyImage read_image(const std::filesystem::path& file);

}  // namespace seegrad
