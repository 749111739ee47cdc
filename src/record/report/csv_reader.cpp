#include "record/report/csv_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "record/utf8.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records::report {
namespace {

namespace fs = std::filesystem;

std::string unquoted(std::string_view field) {
  if (field.size() < 2 || field.front() != '"') return std::string(field);
  std::string text;
  for (std::size_t i = 1; i + 1 < field.size(); ++i) {
    text += field[i];
    if (field[i] == '"') ++i;  // doubled
  }
  return text;
}

}  // namespace

std::string shown(std::string_view text, std::size_t longest) {
  std::string line;
  std::size_t characters = 0;
  while (!text.empty() && characters++ < longest) {
    const char32_t c = next_character(text);
    append_utf8(line, c < 32 || (c >= 127 && c < 160) ? U'?' : c);
  }
  return line.empty() ? "nothing" : text.empty() ? line : line + "...";
}

LineReader::LineReader(fs::path file) : path_(std::move(file)), file_(nullptr, &std::fclose), buffer_(longest_line) {
  std::error_code trouble;
  const fs::file_status status = fs::status(path_, trouble);
  if (!fs::exists(status)) throw Error(fmt::format("{}: is missing", path_.string()));
  if (!fs::is_regular_file(status)) throw Error(fmt::format("{}: is not a file", path_.string()));
  file_.reset(std::fopen(path_.c_str(), "rbe"));
  if (!file_) throw Error(fmt::format("{}: cannot be read: {}", path_.string(), std::strerror(errno)));
}

/// Makes room behind what is left and reads on; false at the end of the file.
bool LineReader::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) fail(fmt::format("is longer than {} bytes", buffer_.size()));
  const std::size_t got = std::fread(buffer_.data() + end_, 1, buffer_.size() - end_, file_.get());
  if (std::ferror(file_.get()) != 0) throw Error(fmt::format("{}: cannot be read: {}", path_.string(), std::strerror(errno)));
  end_ += got;
  return got > 0;
}

std::optional<std::string_view> LineReader::next() {
  ++line_;
  for (std::size_t looked_at = 0;;) {
    const char* from = buffer_.data() + begin_;
    const std::size_t length = end_ - begin_;
    if (const void* stop = length == looked_at ? nullptr : std::memchr(from + looked_at, '\n', length - looked_at)) {
      const std::string_view line(from, static_cast<std::size_t>(static_cast<const char*>(stop) - from));
      begin_ += line.size() + 1;
      return line;
    }
    looked_at = length;
    if (fill()) continue;
    if (length == 0) return std::nullopt;
    whole_ = false;
    begin_ = end_;
    return std::string_view(buffer_.data(), length);
  }
}

void LineReader::fail(std::string_view what) const { throw Error(fmt::format("{}: line {}: {}", path_.string(), line_, what)); }

CsvReader::CsvReader(fs::path file, bool finished) : lines_(std::move(file)), finished_(finished) {
  const std::optional<std::string_view> header = next_whole_line();
  if (!header && finished_) fail("expected a header, found nothing");
  if (header) split(*header);
  columns_.assign(fields_.begin(), fields_.end());
}

void CsvReader::require(const std::vector<std::string>& columns) {
  if (columns_.empty()) return;
  for (std::size_t i = 0; i < std::max(columns.size(), columns_.size()); ++i) {
    const std::string expected = i < columns.size() ? columns[i] : "no more columns";
    const std::string found = i < columns_.size() ? shown(columns_[i]) : "nothing";
    if (i >= columns.size() || i >= columns_.size() || columns[i] != columns_[i])
      fail(fmt::format("column {}: expected {}, found {}", i + 1, expected, found));
  }
}

std::optional<std::string_view> CsvReader::next_whole_line() {
  const std::optional<std::string_view> line = lines_.next();
  if (!line || lines_.whole()) return line;
  if (finished_) fail("expected a line break at its end: the file is cut off");
  return std::nullopt;
}

/// Splits at commas; not inside quotes.
void CsvReader::split(std::string_view line) {
  fields_.clear();
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] != ',' || quoted) continue;
    fields_.push_back(line.substr(begin, i - begin));
    begin = i + 1;
  }
  fields_.push_back(line.substr(begin));
}

bool CsvReader::next() {
  const std::optional<std::string_view> line = next_whole_line();
  if (!line) return false;
  split(*line);
  if (fields_.size() != columns_.size()) fail(fmt::format("expected {} fields, found {}", columns_.size(), fields_.size()));
  return true;
}

std::int64_t CsvReader::whole(std::size_t column, Whole range) const {
  const std::string_view field = fields_[column];
  std::int64_t value = 0;
  const auto [end, trouble] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (trouble != std::errc{} || end != field.data() + field.size() || value < range.lowest || value > range.highest) {
    const bool open = range.highest == std::numeric_limits<std::int64_t>::max();
    fail(column, range.lowest == range.highest ? fmt::format("{}", range.lowest)
                 : open                        ? fmt::format("a whole number from {}", range.lowest)
                                               : fmt::format("a whole number from {} to {}", range.lowest, range.highest));
  }
  return value;
}

double CsvReader::number(std::size_t column) const {
  const std::string_view field = fields_[column];
  double value = 0;
  const auto [end, trouble] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (trouble != std::errc{} || end != field.data() + field.size()) fail(column, "a number");
  return value;
}

std::string CsvReader::text(std::size_t column) const { return unquoted(fields_[column]); }

void CsvReader::fail(std::size_t column, std::string_view expected) const {
  fail(fmt::format("{}: expected {}, found {}", columns_[column], expected, shown(fields_[column])));
}

}  // namespace seegrad::records::report
