#include "support/png.hpp"

#include <stdexcept>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#include <stb_image.h>

namespace seegrad::test {

Image decoded_png(std::string_view file) {
  Image image;
  unsigned char* data = stbi_load_from_memory(reinterpret_cast<const unsigned char*>(file.data()), static_cast<int>(file.size()),
                                              &image.width, &image.height, &image.channels, 3);
  if (data == nullptr) throw std::runtime_error(stbi_failure_reason());
  image.bytes.assign(data, data + 3 * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  stbi_image_free(data);
  return image;
}

}  // namespace seegrad::test
