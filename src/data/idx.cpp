// Reads and writes IDX files. The order of the checks matters: header, promise against file size, payload, end of file.

#include "seegrad/data/idx.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>

#include "byte_reader.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad {
namespace {

namespace fs = std::filesystem;

constexpr std::uint8_t unsigned_byte = 0x08;

std::string type_name(std::uint8_t type) {
  switch (type) {
    case 0x08: return "unsigned bytes";
    case 0x09: return "signed bytes";
    case 0x0B: return "16-bit integers";
    case 0x0C: return "32-bit integers";
    case 0x0D: return "32-bit floats";
    case 0x0E: return "64-bit floats";
    default: return "an unknown type";
  }
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

// The product of the sizes, or the largest number there is when it does not fit.
std::uint64_t product(std::span<const std::uint32_t> sizes) {
  std::uint64_t result = 1;
  for (const std::uint32_t size : sizes) {
    if (size != 0 && result > std::numeric_limits<std::uint64_t>::max() / size) return std::numeric_limits<std::uint64_t>::max();
    result *= size;
  }
  return result;
}

void check_magic(const std::string& name, const std::array<std::uint8_t, 4>& magic, std::size_t dimensions) {
  if (magic[0] != 0 || magic[1] != 0)
    throw Error(fmt::format("{}: is not an IDX file: byte 0: expected 00 00 {:02x} {:02x}, found {:02x}", name, unsigned_byte, dimensions,
                            fmt::join(magic, " ")));
  if (magic[2] != unsigned_byte)
    throw Error(fmt::format("{}: byte 2: element type {:#04x} ({}); expected {:#04x} (unsigned bytes)", name, magic[2], type_name(magic[2]),
                            unsigned_byte));
  if (magic[3] != dimensions)
    throw Error(fmt::format("{}: byte 3: {} dimensions, expected {} ({})", name, magic[3], dimensions,
                            dimensions == 3   ? "images: count, rows, columns"
                            : dimensions == 1 ? "labels: count"
                                              : "as asked for"));
}

std::vector<std::uint32_t> read_header(ByteReader& reader, const std::string& name, std::size_t dimensions) {
  const auto need = [&](std::span<std::uint8_t> target) {
    const std::uint64_t end = reader.offset() + target.size();
    if (reader.read(target) < target.size())
      throw Error(fmt::format("{}: ends at byte {} inside the header, which takes {} bytes", name, reader.offset(),
                              std::max<std::uint64_t>(end, 4 + 4 * dimensions)));
  };
  std::array<std::uint8_t, 4> field;
  need(field);
  check_magic(name, field, dimensions);
  std::vector<std::uint32_t> sizes(dimensions);
  for (std::size_t i = 0; i < dimensions; ++i) {
    need(field);
    sizes[i] = big_endian(field.data());
    if (sizes[i] == 0) throw Error(fmt::format("{}: byte {}: size {} of {} is 0", name, 4 + 4 * i, i + 1, dimensions));
  }
  return sizes;
}

void check_promise(const ByteReader& reader, const std::string& name, std::span<const std::uint32_t> sizes, std::uint64_t max_bytes) {
  const std::uint64_t payload = product(sizes);
  const std::string promise = fmt::format("{}: byte 4: the header promises {} bytes", name, fmt::join(sizes, " x "));
  if (payload > max_bytes) throw Error(fmt::format("{}, more than the limit of {}", promise, max_bytes));
  if (reader.most_bytes() < reader.offset() + payload) {
    if (reader.compressed()) throw Error(fmt::format("{}, but a gzip file of {} bytes cannot hold so many", promise, reader.file_size()));
    throw Error(
        fmt::format("{} = {}, but only {} follow it: the file is truncated", promise, payload, reader.file_size() - reader.offset()));
  }
  if (!reader.compressed() && reader.file_size() > reader.offset() + payload)
    throw Error(fmt::format("{}: {} bytes too many: the data should end at byte {}, the file has {}", name,
                            reader.file_size() - reader.offset() - payload, reader.offset() + payload, reader.file_size()));
}

std::vector<std::uint8_t> header_bytes(std::span<const std::uint32_t> sizes, std::span<const std::uint8_t> bytes) {
  if (sizes.empty() || sizes.size() > 255 || product(sizes) != bytes.size())
    throw Error(fmt::format("IDX: {} bytes do not fill {}", bytes.size(), fmt::join(sizes, " x ")));
  std::vector<std::uint8_t> header{0, 0, unsigned_byte, static_cast<std::uint8_t>(sizes.size())};
  for (const std::uint32_t size : sizes)
    for (int shift = 24; shift >= 0; shift -= 8) header.push_back(static_cast<std::uint8_t>(size >> shift));
  return header;
}

bool write_all(gzFile stream, std::span<const std::uint8_t> bytes) {
  constexpr std::size_t piece = 1u << 24;
  for (std::size_t done = 0; done < bytes.size(); done += piece) {
    const auto part = bytes.subspan(done, std::min(piece, bytes.size() - done));
    if (gzwrite(stream, part.data(), static_cast<unsigned>(part.size())) != static_cast<int>(part.size())) return false;
  }
  return true;
}

}  // namespace

IdxFile read_idx(const fs::path& file, std::size_t dimensions, std::uint64_t max_bytes) {
  const std::string name = file.string();
  ByteReader reader(file);
  IdxFile result;
  result.sizes = read_header(reader, name, dimensions);
  check_promise(reader, name, result.sizes, max_bytes);
  result.bytes.resize(product(result.sizes));
  if (const std::size_t found = reader.read(result.bytes); found < result.bytes.size())
    throw Error(fmt::format("{}: is truncated: the header promises {} bytes, {} follow it", name, result.bytes.size(), found));
  std::array<std::uint8_t, 1> beyond;  // asking for one more also makes zlib compare the checksum of the whole
  result.md5 = reader.md5();
  if (reader.read(beyond) != 0)
    throw Error(fmt::format("{}: the data should end at byte {}, but more bytes follow", name, reader.offset() - 1));
  return result;
}

void write_idx(const fs::path& file, std::span<const std::uint32_t> sizes, std::span<const std::uint8_t> bytes) {
  const std::vector<std::uint8_t> header = header_bytes(sizes, bytes);
  const fs::path unfinished = file.string() + ".part";
  errno = 0;
  gzFile stream = gzopen(unfinished.c_str(), file.extension() == ".gz" ? "wb9" : "wbT");
  if (stream == nullptr) throw Error(fmt::format("{}: cannot be written: {}", file.string(), std::strerror(errno)));
  const bool written = write_all(stream, header) && write_all(stream, bytes);
  const bool closed = gzclose(stream) == Z_OK;
  std::error_code trouble;
  if (written && closed) fs::rename(unfinished, file, trouble);
  if (written && closed && !trouble) return;
  const std::string reason = trouble ? trouble.message() : std::strerror(errno);
  fs::remove(unfinished, trouble);
  throw Error(fmt::format("{}: cannot be written: {}", file.string(), reason));
}

std::string idx_md5(std::span<const std::uint32_t> sizes, std::span<const std::uint8_t> bytes) {
  Md5 sum;
  sum.update(header_bytes(sizes, bytes));
  sum.update(bytes);
  return sum.hex();
}

}  // namespace seegrad
