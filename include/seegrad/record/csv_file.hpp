// A table on disk that is complete at any time: every row is written as a whole line and handed to the system at once.
#pragma once
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace seegrad::records {

/// One row of a table. Numbers are written with as few digits as read back to the same value, NaN and Inf as nan, inf and -inf.
class CsvRow {
 public:
  CsvRow& operator<<(double value);
  CsvRow& operator<<(std::int64_t value);
  /// In quotes where it holds a comma, a quote or a line break.
  CsvRow& operator<<(std::string_view text);
  const std::string& text() const { return text_; }

 private:
  void separate();
  std::string text_;
};

class CsvFile {
 public:
  /// Creates the file, which must not exist, and writes the header. Throws Error when it cannot.
  CsvFile(std::filesystem::path path, std::string_view header);
  /// Throws Error when the row cannot be written, as on a full disk.
  void append(const CsvRow& row);

 private:
  void write_line(std::string line);

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

}  // namespace seegrad::records
