// Walks over the outer structure of a picture file, without decoding anything.
//
// PNG: W3C, "Portable Network Graphics (PNG) Specification (Second Edition)", section 5. JPEG: ITU-T T.81, annex B. BMP: the headers
// BITMAPCOREHEADER and BITMAPINFOHEADER.

#include "image_damage.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <string_view>

namespace seegrad {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::array<std::uint8_t, 8> png_signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool begins_with(Bytes file, Bytes signature) {
  return file.size() >= signature.size() && std::equal(signature.begin(), signature.end(), file.begin());
}

std::uint32_t big_endian(Bytes file, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | file[at + i];
  return value;
}

std::uint32_t little_endian(Bytes file, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = count; i > 0; --i) value = value << 8 | file[at + i - 1];
  return value;
}

std::string cut_off(Bytes file, std::string_view where) { return fmt::format("it is cut off at byte {}, {}", file.size(), where); }

/// Chunks follow each other up to IEND: length, four letters, content, checksum of letters and content.
std::string png_damage(Bytes file) {
  constexpr std::size_t frame = 12;
  for (std::size_t at = png_signature.size();;) {
    if (file.size() - at < frame) return cut_off(file, "before the last chunk");
    const std::size_t length = big_endian(file, at, 4);
    const std::string_view type(reinterpret_cast<const char*>(file.data()) + at + 4, 4);
    const bool letters = std::all_of(type.begin(), type.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    if (!letters) return fmt::format("byte {}: expected the name of a chunk", at + 4);
    if (file.size() - at - frame < length) return cut_off(file, fmt::format("inside chunk {} of {} bytes", type, length));
    const auto sum = crc32(crc32(0, nullptr, 0), file.data() + at + 4, static_cast<unsigned>(length + 4));
    if (sum != big_endian(file, at + 8 + length, 4)) return fmt::format("byte {}: the checksum of chunk {} does not fit", at, type);
    if (type == "IEND") return {};
    at += frame + length;
  }
}

/// Tables of a segment that defines Huffman codes: class and number, 16 counts of codes by their length, the values. A table has room for
/// 256 values, and the decoder trusts that they are no more and that they end with the segment.
bool is_bad_huffman_segment(Bytes segment) {
  constexpr std::size_t head = 17, most_codes = 256;
  while (!segment.empty()) {
    if (segment.size() < head) return true;
    const Bytes counts = segment.subspan(1, head - 1);
    const auto codes = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    if (codes > most_codes || head + codes > segment.size()) return true;
    segment = segment.subspan(head + codes);
  }
  return false;
}

/// Segments begin with FF and a marker; after the start of a scan (DA) come compressed bytes, in which FF is followed by 00 or, between
/// restart intervals, by D0 to D7. D9 is the end.
std::string jpeg_damage(Bytes file) {
  std::size_t at = 2;
  while (at + 1 < file.size()) {
    const std::uint8_t marker = file[at + 1];
    if (file[at] != 0xff || marker == 0xff) {  // padding is allowed
      ++at;
      continue;
    }
    if (marker == 0xd9) return {};
    if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      continue;
    }
    if (at + 4 > file.size()) break;
    const std::size_t length = std::max<std::size_t>(2, big_endian(file, at + 2, 2));
    if (file.size() - at - 2 < length) break;
    if (marker == 0xc4 && is_bad_huffman_segment(file.subspan(at + 4, length - 2)))
      return fmt::format("byte {}: the tables of Huffman codes make no sense", at);
    at += 2 + length;
  }
  return cut_off(file, "before the marker that ends a JPEG");
}

/// The header says where the pixels begin, and with their number and depth where they end. The padding of the last row may lack.
std::string bmp_damage(Bytes file) {
  constexpr std::size_t old_header = 12, headers = 34;
  if (file.size() < headers) return cut_off(file, "inside the header");
  const bool old = little_endian(file, 14, 4) == old_header;
  const auto side = [&](std::size_t at) { return std::abs(std::int64_t{static_cast<std::int32_t>(little_endian(file, at, 4))}); };
  const std::int64_t width = old ? little_endian(file, 18, 2) : side(18), height = old ? little_endian(file, 20, 2) : side(22);
  const std::int64_t depth = little_endian(file, old ? 24 : 28, 2);
  const std::int64_t row = (width * depth + 7) / 8, padded = (row + 3) / 4 * 4;
  if (height == 0 || row > INT32_MAX) return "its header makes no sense";
  const std::int64_t needed = std::int64_t{little_endian(file, 10, 4)} + padded * (height - 1) + row;
  if (static_cast<std::int64_t>(file.size()) < needed) return cut_off(file, fmt::format("the header promises {}", needed));
  return {};
}

}  // namespace

ImageFormat image_format(Bytes file) {
  if (begins_with(file, png_signature)) return ImageFormat::png;
  if (begins_with(file, std::array<std::uint8_t, 3>{0xff, 0xd8, 0xff})) return ImageFormat::jpeg;
  if (begins_with(file, std::array<std::uint8_t, 2>{'B', 'M'})) return ImageFormat::bmp;
  return ImageFormat::unknown;
}

std::string image_damage(ImageFormat format, Bytes file) {
  switch (format) {
    case ImageFormat::png: return png_damage(file);
    case ImageFormat::jpeg: return jpeg_damage(file);
    case ImageFormat::bmp: return bmp_damage(file);
    case ImageFormat::unknown: break;
  }
  return "it is of another format";
}

}  // namespace seegrad
