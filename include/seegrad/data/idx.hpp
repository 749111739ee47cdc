// IDX, the format of MNIST and its relatives: a magic number, the sizes, then the bytes. Plain or compressed by gzip.
//
// Files come from the network and from users, so a reader believes nothing: memory is only asked for after the header's
// promise was held against the size of the file, and everything that does not fit is named with its file and byte.
//
//   byte 0-1  0, 0
//   byte 2    element type: 0x08 for unsigned bytes, the only one read here
//   byte 3    number of dimensions, d
//   4 bytes each, most significant first: d sizes
//   the elements, the last dimension running fastest
//
// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section on file formats.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace seegrad {

/// What an IDX file holds.
struct IdxFile {
  std::vector<std::uint32_t> sizes;  ///< one for each dimension
  std::vector<std::uint8_t> bytes;   ///< the product of the sizes many
  std::string md5;                   ///< of the whole decompressed file, header included
};

/// No IDX file may unpack to more than this unless the caller allows it: a gigabyte, twice the largest of the MNIST family.
inline constexpr std::uint64_t idx_max_bytes = std::uint64_t{1} << 30;

/// Reads a plain or gzip-compressed IDX file of unsigned bytes with the given number of dimensions. Throws Error with one
/// line (file, byte, expected, found) when it is missing, not a file, empty, truncated, too long, corrupt or not IDX.
IdxFile read_idx(const std::filesystem::path& file, std::size_t dimensions, std::uint64_t max_bytes = idx_max_bytes);

/// Writes an IDX file of unsigned bytes, compressed when the name ends in ".gz". The file appears under its name only when
/// it is complete. Throws Error when it cannot be written or when `bytes` does not fit `sizes`.
void write_idx(const std::filesystem::path& file, std::span<const std::uint32_t> sizes, std::span<const std::uint8_t> bytes);

/// The MD5 that `write_idx` of the same arguments would give its decompressed file.
std::string idx_md5(std::span<const std::uint32_t> sizes, std::span<const std::uint8_t> bytes);

}  // namespace seegrad
