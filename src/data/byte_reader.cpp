// zlib reads plain and compressed files through the same calls; this adds the checks that it leaves to its user.

#include "byte_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "seegrad/math/error.hpp"

namespace seegrad {

namespace fs = std::filesystem;

ByteReader::ByteReader(const fs::path& file) : name_(file.string()) {
  std::error_code trouble;
  const fs::file_status status = fs::status(file, trouble);
  if (status.type() == fs::file_type::not_found) throw Error(fmt::format("{}: there is no such file", name_));
  if (status.type() == fs::file_type::none) throw Error(fmt::format("{}: {}", name_, trouble.message()));
  if (status.type() == fs::file_type::directory) throw Error(fmt::format("{}: is a folder, a file was expected", name_));
  if (status.type() != fs::file_type::regular) throw Error(fmt::format("{}: is not a regular file", name_));
  file_size_ = fs::file_size(file, trouble);
  if (trouble) throw Error(fmt::format("{}: {}", name_, trouble.message()));
  if (file_size_ == 0) throw Error(fmt::format("{}: is empty (0 bytes)", name_));

  errno = 0;
  stream_.reset(gzopen(name_.c_str(), "rb"));
  if (!stream_) throw Error(fmt::format("{}: cannot be opened: {}", name_, errno ? std::strerror(errno) : "out of memory"));
  gzbuffer(stream_.get(), 1u << 18);
  compressed_ = gzdirect(stream_.get()) == 0;
}

std::size_t ByteReader::read(std::span<std::uint8_t> target) {
  std::size_t filled = 0;
  while (filled < target.size()) {
    const auto wanted = static_cast<unsigned>(std::min<std::size_t>(target.size() - filled, 1u << 20));
    const int count = gzread(stream_.get(), target.data() + filled, wanted);
    int code = Z_OK;
    const char* reason = gzerror(stream_.get(), &code);
    if (count < 0 || (code != Z_OK && code != Z_STREAM_END)) {
      if (code == Z_ERRNO) reason = std::strerror(errno);
      const auto where = offset_ + filled;
      if (code == Z_BUF_ERROR)
        throw Error(fmt::format("{}: the gzip file is cut off; {} bytes came out of its {}", name_, where, file_size_));
      throw Error(fmt::format("{}: is damaged after byte {} of the decompressed data: {}", name_, where, reason));
    }
    if (count == 0) break;
    md5_.update(target.subspan(filled, static_cast<std::size_t>(count)));
    filled += static_cast<std::size_t>(count);
  }
  offset_ += filled;
  return filled;
}

std::uint64_t ByteReader::most_bytes() const {
  constexpr std::uint64_t best_deflate_ratio = 1032;  // 258 bytes by two bits
  if (!compressed_) return file_size_;
  return file_size_ > UINT64_MAX / best_deflate_ratio ? UINT64_MAX : file_size_ * best_deflate_ratio;
}

}  // namespace seegrad
