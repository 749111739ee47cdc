// Writes picture files by somebody else's encoder.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>

#include "seegrad/data/dataset.hpp"
#include "seegrad/data/grey_image.hpp"

namespace seegrad::test {

/// As PNG, JPEG (quality 95) or BMP, by the ending of the name; `pixels` is [height, width, channels]. Throws std::runtime_error.
void write_picture(const std::filesystem::path& file, std::span<const std::uint8_t> pixels, int width, int height, int channels);
void write_picture(const std::filesystem::path& file, const GreyImage& image);

/// Image number i of a data set.
GreyImage image_of(const Images& images, std::size_t i);

}  // namespace seegrad::test
