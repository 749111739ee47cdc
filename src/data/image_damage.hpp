// Finds what a decoder lets pass: files that are cut off, and PNG files whose checksums do not fit. Only for read_image.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace seegrad {

enum class ImageFormat { png, jpeg, bmp, unknown };

/// By the first bytes.
ImageFormat image_format(std::span<const std::uint8_t> file);

/// What is wrong with the file as a whole and at which byte, or an empty text.
std::string image_damage(ImageFormat format, std::span<const std::uint8_t> file);

}  // namespace seegrad
