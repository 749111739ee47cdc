// Rows of a table as text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace seegrad::records {

/// One row of a table, or several that are written together. Numbers are written with as few digits as read back to the same value, NaN and
/// Inf as nan, inf and -inf.
class CsvRow {
 public:
  CsvRow& operator<<(double value);
  CsvRow& operator<<(std::int64_t value);
  /// In quotes where it holds a comma, a quote or a line break.
  CsvRow& operator<<(std::string_view text);
  /// What comes next begins a new row.
  void end_line();
  /// Forgets everything but the memory, for the next rows.
  void clear() { text_.clear(); }
  const std::string& text() const { return text_; }

 private:
  void separate();
  std::string text_;
};

}  // namespace seegrad::records
