// A file that only grows, by whole lines: complete at any time, and cut back to an earlier length when a run goes on from a checkpoint
// that is older than the last lines.
#pragma once
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

namespace seegrad::records {

class AppendFile {
 public:
  /// Creates the file, which must not exist. Throws Error when it cannot.
  static AppendFile create(std::filesystem::path path);
  /// Opens a file that was left behind, drops what lies beyond its first `length` bytes and goes on there. Throws Error when it is
  /// missing, shorter than that, or does not end a line there.
  static AppendFile reopen(std::filesystem::path path, std::int64_t length);

  /// Lines, each with its '\n', reach the system in one write. Throws Error when they cannot be written, as on a full disk.
  void append(std::string_view lines);

  std::int64_t length() const { return length_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  AppendFile(std::filesystem::path path, const char* mode, std::int64_t length);

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::int64_t length_ = 0;
};

}  // namespace seegrad::records
