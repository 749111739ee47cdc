// Pixels as the bytes of a PNG file.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace seegrad::records {

/// `pixels` is [height, width, channels], rows from top to bottom; 1 channel is grey, 3 are red, green and blue. Throws Error when the
/// sizes do not fit or memory is short.
std::string png_of(std::span<const std::uint8_t> pixels, int width, int height, int channels);

}  // namespace seegrad::records
