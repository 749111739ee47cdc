// The decoder is stb_image, which no other source of the library includes.

#include "seegrad/data/image_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "byte_reader.hpp"
#include "image_damage.hpp"
#include "seegrad/math/error.hpp"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
// Zeros: a damaged file may use a table that it never defined, or leave out a part of the picture.
#define STBI_MALLOC(bytes) std::calloc(1, bytes)
#define STBI_REALLOC(memory, bytes) std::realloc(memory, bytes)
#define STBI_FREE(memory) std::free(memory)
#include <stb_image.h>

namespace seegrad {
namespace {

namespace fs = std::filesystem;

std::vector<std::uint8_t> bytes_of(const fs::path& file) {
  ByteReader reader(file);
  if (reader.compressed()) throw Error(fmt::format("{}: is a gzip file, a picture was expected; unpack it", file.string()));
  if (reader.file_size() > most_image_bytes)
    throw Error(fmt::format("{}: has {} bytes, a picture may have {}; scale it down", file.string(), reader.file_size(), most_image_bytes));
  std::vector<std::uint8_t> bytes(reader.file_size());
  bytes.resize(reader.read(bytes));
  return bytes;
}

void check_format(const std::string& name, std::span<const std::uint8_t> bytes) {
  const ImageFormat format = image_format(bytes);
  if (format == ImageFormat::unknown)
    throw Error(fmt::format("{}: is no PNG, JPEG or BMP picture: it begins with the bytes {:02x}; convert it", name,
                            fmt::join(bytes.first(std::min<std::size_t>(8, bytes.size())), " ")));
  const std::string damage = image_damage(format, bytes);
  if (!damage.empty()) throw Error(fmt::format("{}: the picture is damaged: {}; get it anew", name, damage));
}

[[noreturn]] void refuse_undecodable(const std::string& name) {
  const char* reason = stbi_failure_reason();
  throw Error(fmt::format("{}: cannot be decoded: {}; save it anew as PNG", name, reason ? reason : "the decoder says no reason"));
}

/// Before anything is decoded: a small file can claim to be a huge picture.
void check_size(const std::string& name, std::span<const std::uint8_t> bytes) {
  int width = 0, height = 0, channels = 0;
  if (stbi_info_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width, &height, &channels) == 0) refuse_undecodable(name);
  const std::int64_t columns = std::abs(std::int64_t{width}), rows = std::abs(std::int64_t{height});  // BMP: negative from top to bottom
  const auto longest = static_cast<std::int64_t>(longest_image_side), most = static_cast<std::int64_t>(most_image_pixels);
  if (columns < 1 || rows < 1) throw Error(fmt::format("{}: has {} x {} pixels", name, columns, rows));
  if (columns > longest || rows > longest || columns * rows > most)
    throw Error(fmt::format("{}: has {} x {} pixels; at most {} a side and {} million in all are read; scale it down", name, columns, rows,
                            longest, most / 1000000));
}

/// Red, green and blue weigh 0.299, 0.587 and 0.114, in 256ths as the decoder has them.
std::uint8_t luma(const std::uint8_t* colour) {
  return static_cast<std::uint8_t>((77 * colour[0] + 150 * colour[1] + 29 * colour[2]) >> 8);
}

std::uint8_t on_white(int grey, int alpha) { return static_cast<std::uint8_t>((grey * alpha + 255 * (255 - alpha) + 127) / 255); }

/// One byte (grey), two (with alpha), three (red, green, blue) or four (with alpha) a pixel.
std::uint8_t grey_of(const std::uint8_t* pixel, int channels) {
  switch (channels) {
    case 1: return pixel[0];
    case 2: return on_white(pixel[0], pixel[1]);
    case 3: return luma(pixel);
    default: return on_white(luma(pixel), pixel[3]);
  }
}

}  // namespace

bool has_image_ending(const fs::path& file) {
  static constexpr std::array endings{".png", ".jpg", ".jpeg", ".bmp"};
  std::string ending = file.extension().string();
  for (char& c : ending)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

GreyImage read_image(const fs::path& file) {
  const std::string name = file.string();
  const std::vector<std::uint8_t> bytes = bytes_of(file);
  check_format(name, bytes);
  check_size(name, bytes);
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<std::uint8_t, decltype(&stbi_image_free)> decoded(
      stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width, &height, &channels, 0), &stbi_image_free);
  if (!decoded) refuse_undecodable(name);
  GreyImage image{static_cast<std::size_t>(height), static_cast<std::size_t>(width), {}};
  image.pixels.resize(image.rows * image.columns);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = grey_of(decoded.get() + i * static_cast<std::size_t>(channels), channels);
  return image;
}

}  // namespace seegrad
