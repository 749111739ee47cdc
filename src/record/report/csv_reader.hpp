// Reads the tables of a run folder, one line at a time: layers.csv of a long run is larger than one wants in memory. Whatever is wrong
// is one line that says where: file, line, column, what was expected, what was found.
#pragma once
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::records::report {

/// Longer lines are nobody's work but that of a broken disk.
inline constexpr std::size_t longest_line = std::size_t{1} << 20;

/// Text as it may stand in a message: on one line, valid, and not endless.
std::string shown(std::string_view text, std::size_t longest = 60);

class LineReader {
 public:
  /// Throws Error when there is no such file, or when it is something else (a folder, a pipe).
  explicit LineReader(std::filesystem::path file);

  /// The next line without its end, valid until the next call; nothing at the end. Throws Error for a line that is too long, and when the
  /// file cannot be read.
  std::optional<std::string_view> next();
  /// False after a last line that does not end in a line break.
  bool whole() const { return whole_; }
  std::int64_t line() const { return line_; }  ///< counted from 1

  /// Throws Error "FILE: line N: WHAT".
  [[noreturn]] void fail(std::string_view what) const;

 private:
  bool fill();

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what was read and not yet handed out
  std::int64_t line_ = 0;
  bool whole_ = true;
};

/// The whole numbers that a column may hold.
struct Whole {
  std::int64_t lowest = 0, highest = std::numeric_limits<std::int64_t>::max();
};

class CsvReader {
 public:
  /// Reads the header. `finished`: the run has ended, so a line that is cut off is an Error; else it is being written, or was when the run
  /// was killed, and counts as not there.
  CsvReader(std::filesystem::path file, bool finished);

  const std::vector<std::string>& columns() const { return columns_; }
  /// Throws Error unless these are the columns; a header that is yet to be written is right too.
  void require(const std::vector<std::string>& columns);

  /// Goes to the next row; false when there is none. Throws Error for a row with more or fewer fields than columns.
  bool next();
  std::int64_t whole(std::size_t column, Whole range = {}) const;
  double number(std::size_t column) const;  ///< among them nan, inf and -inf
  std::string text(std::size_t column) const;

  /// Throws Error "FILE: line N: COLUMN: expected EXPECTED, found FIELD".
  [[noreturn]] void fail(std::size_t column, std::string_view expected) const;
  /// Throws Error "FILE: line N: WHAT".
  [[noreturn]] void fail(std::string_view what) const { lines_.fail(what); }

 private:
  std::optional<std::string_view> next_whole_line();
  void split(std::string_view line);

  LineReader lines_;
  bool finished_;
  std::vector<std::string> columns_;
  std::vector<std::string_view> fields_;  // of the current row, quotes and all
};

}  // namespace seegrad::records::report
