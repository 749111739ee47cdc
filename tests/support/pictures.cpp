#include "support/pictures.hpp"

#include <stdexcept>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb_image_write.h>

namespace seegrad::test {

void write_picture(const std::filesystem::path& file, std::span<const std::uint8_t> pixels, int width, int height, int channels) {
  constexpr int jpeg_quality = 95;
  const std::filesystem::path ending = file.extension();
  const std::string name = file.string();
  const int written = ending == ".png"   ? stbi_write_png(name.c_str(), width, height, channels, pixels.data(), width * channels)
                      : ending == ".bmp" ? stbi_write_bmp(name.c_str(), width, height, channels, pixels.data())
                      : ending == ".jpg" ? stbi_write_jpg(name.c_str(), width, height, channels, pixels.data(), jpeg_quality)
                                         : 0;
  if (written == 0) throw std::runtime_error(name + ": the picture could not be written");
}

void write_picture(const std::filesystem::path& file, const GreyImage& image) {
  write_picture(file, image.pixels, static_cast<int>(image.columns), static_cast<int>(image.rows), 1);
}

GreyImage image_of(const Images& images, std::size_t i) {
  const auto pixels = images.image(i);
  return {images.rows, images.columns, {pixels.begin(), pixels.end()}};
}

}  // namespace seegrad::test
