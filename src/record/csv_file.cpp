#include "seegrad/record/csv_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "seegrad/math/error.hpp"

namespace seegrad::records {

void CsvRow::separate() {
  if (!text_.empty()) text_ += ',';
}

CsvRow& CsvRow::operator<<(double value) {
  separate();
  // One spelling of NaN: its sign bit says nothing.
  text_ += value != value ? "nan" : fmt::format("{}", value);
  return *this;
}

CsvRow& CsvRow::operator<<(std::int64_t value) {
  separate();
  text_ += fmt::format("{}", value);
  return *this;
}

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

CsvFile::CsvFile(std::filesystem::path path, std::string_view header)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), "wxe"), &std::fclose) {
  if (!file_) throw Error(fmt::format("{}: cannot be created: {}", path_.string(), std::strerror(errno)));
  // Unbuffered: a line reaches the system in one write, whole or (on a full disk) with an error that we see.
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  write_line(std::string(header));
}

void CsvFile::append(const CsvRow& row) { write_line(row.text()); }

void CsvFile::write_line(std::string line) {
  line += '\n';
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size())
    throw Error(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
}

}  // namespace seegrad::records
