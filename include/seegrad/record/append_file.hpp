// A file that only grows, by whole lines or records: complete at any time, and cut back to an earlier length when a run goes on from a
// checkpoint that is older than the last lines.
//
// A step of training that is written down takes a millisecond, a write to the system several microseconds, for each file. So lines wait
// in memory until their owner hands them over, ten times a second: a process that is killed loses no more than that.
#pragma once
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace seegrad::records {

/// When it is time to hand over what waits: once a tenth of a second has gone since the last time.
class FlushRhythm {
 public:
  bool due();

 private:
  std::chrono::steady_clock::time_point next_{};
};

class AppendFile {
 public:
  /// Creates the file, which must not exist. Throws Error when it cannot.
  static AppendFile create(std::filesystem::path path);
  /// Opens a file that was left behind, drops what lies beyond its first `length` bytes and goes on there. Throws Error when it is
  /// missing, shorter than that, or does not end a line there.
  static AppendFile reopen(std::filesystem::path path, std::int64_t length);
  /// The same for a file that has no lines: only its length is looked at.
  static AppendFile reopen_records(std::filesystem::path path, std::int64_t length);

  /// Hands over what waits; an error is not told: flush() before.
  ~AppendFile();
  AppendFile(AppendFile&&) noexcept = default;
  /// What waited here goes with the other one, whose end hands it over.
  AppendFile& operator=(AppendFile&& other) noexcept;

  /// Whole lines, each with its '\n', or whole records. They wait for flush().
  void append(std::string_view text) { waiting_ += text; }
  /// Everything that waits reaches the system in one write. Throws Error when it cannot be written, as on a full disk.
  void flush();

  /// With what waits.
  std::int64_t length() const { return written_ + static_cast<std::int64_t>(waiting_.size()); }
  const std::filesystem::path& path() const { return path_; }

 private:
  AppendFile(std::filesystem::path path, const char* mode, std::int64_t length);

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::int64_t written_ = 0;
  std::string waiting_;
};

}  // namespace seegrad::records
