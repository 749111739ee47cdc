// The only source that holds the code of stb_image_write.
#include "seegrad/record/png.hpp"

#include <fmt/format.h>

#include "seegrad/math/error.hpp"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

namespace seegrad::records {

std::string png_of(std::span<const std::uint8_t> pixels, int width, int height, int channels) {
  const auto wanted = static_cast<std::int64_t>(width) * height * channels;
  if (width < 1 || height < 1 || (channels != 1 && channels != 3) || wanted != static_cast<std::int64_t>(pixels.size()))
    throw Error(fmt::format("PNG of {} x {} pixels with {} channels: {} bytes were given", width, height, channels, pixels.size()));
  std::string file;
  const auto append = [](void* context, void* data, int size) {
    static_cast<std::string*>(context)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  if (stbi_write_png_to_func(append, &file, width, height, channels, pixels.data(), width * channels) == 0)
    throw Error(fmt::format("PNG of {} x {} pixels: does not fit into memory", width, height));
  return file;
}

}  // namespace seegrad::records
