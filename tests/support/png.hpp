// Reads the PNG files that we write, by somebody else's decoder.
#pragma once
#include <array>
#include <string_view>
#include <vector>

namespace seegrad::test {

struct Image {
  int width = 0, height = 0, channels = 0;
  std::vector<unsigned char> bytes;
  std::array<int, 3> at(int x, int y) const {
    const std::size_t i = 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
    return {bytes[i], bytes[i + 1], bytes[i + 2]};
  }
};

/// Throws std::runtime_error when it is no PNG.
Image decoded_png(std::string_view file);

}  // namespace seegrad::test
