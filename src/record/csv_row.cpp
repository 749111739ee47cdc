#include "seegrad/record/csv_row.hpp"

#include <fmt/format.h>

#include <array>

namespace seegrad::records {

void CsvRow::separate() {
  if (!text_.empty() && text_.back() != '\n') text_ += ',';
}

CsvRow& CsvRow::operator<<(double value) {
  separate();
  if (value != value) {  // one spelling of NaN: its sign bit says nothing
    text_ += "nan";
    return *this;
  }
  std::array<char, 32> digits{};  // 24 at most
  text_.append(digits.data(), fmt::format_to(digits.data(), "{}", value));
  return *this;
}

CsvRow& CsvRow::operator<<(std::int64_t value) {
  separate();
  const fmt::format_int digits(value);
  text_.append(digits.data(), digits.size());
  return *this;
}

void CsvRow::end_line() { text_ += '\n'; }

CsvRow& CsvRow::operator<<(std::string_view text) {
  separate();
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    text_ += text;
    return *this;
  }
  text_ += '"';
  for (const char c : text) {
    if (c == '"') text_ += '"';
    text_ += c;
  }
  text_ += '"';
  return *this;
}

}  // namespace seegrad::records
