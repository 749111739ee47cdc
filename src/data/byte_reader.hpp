// Bytes of a file in order, plain or gzip, counted and summed on the way. Only for the readers of this room.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "seegrad/data/md5.hpp"

namespace seegrad {

class ByteReader {
 public:
  /// Opens the file. Throws Error when it is missing, unreadable, empty or not a regular file.
  explicit ByteReader(const std::filesystem::path& file);

  /// Fills `target`, or what is left of the file if that is less; returns the number of bytes. Throws Error when the
  /// compressed stream is damaged or cut off.
  std::size_t read(std::span<std::uint8_t> target);

  /// No more bytes than this can come out: the size of a plain file, the best ratio of deflate for a compressed one.
  std::uint64_t most_bytes() const;

  bool compressed() const { return compressed_; }
  std::uint64_t file_size() const { return file_size_; }
  std::uint64_t offset() const { return offset_; }  ///< decompressed bytes read
  std::string md5() const { return md5_.hex(); }    ///< of the bytes read

 private:
  struct Close {
    void operator()(gzFile file) const { gzclose_r(file); }
  };

  std::string name_;
  std::unique_ptr<gzFile_s, Close> stream_;
  std::uint64_t file_size_ = 0;
  std::uint64_t offset_ = 0;
  bool compressed_ = false;
  Md5 md5_;
};

}  // namespace seegrad
