#include "record/event_records.hpp"

#include <fmt/format.h>

#include <concepts>
#include <fstream>
#include <system_error>

#include "record/crc32c.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

constexpr std::size_t header_size = 12, around = 16;  // length and its checksum; with the checksum behind the data

template <std::unsigned_integral Number>
void append(std::string& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) bytes += static_cast<char>(number >> 8 * i);
}

template <std::unsigned_integral Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) number |= static_cast<Number>(static_cast<unsigned char>(bytes[at + i])) << 8 * i;
  return number;
}

/// Reads whole records from the beginning of a file, and no further than `end`.
class RecordReader {
 public:
  RecordReader(const std::filesystem::path& path, std::uint64_t end) : path_(path), file_(path, std::ios::binary), end_(end) {}

  bool at_end() const { return position_ == end_; }

  std::string_view next() {
    if (end_ - position_ < around) fail("a record is cut off");
    read(0, header_size);
    if (number_at<std::uint32_t>(record_, 8) != masked_crc32c({record_.data(), 8})) fail("the length of a record is damaged");
    const auto length = number_at<std::uint64_t>(record_, 0);
    if (length > end_ - position_ - around) fail("a record is cut off");
    read(header_size, length + around - header_size);
    const std::string_view data = std::string_view(record_).substr(header_size, length);
    if (number_at<std::uint32_t>(record_, header_size + length) != masked_crc32c(data)) fail("the data of a record is damaged");
    position_ += length + around;
    return data;
  }

  [[noreturn]] void fail(std::string_view what) const {
    throw Error(fmt::format("{}: byte {}: {}, so the run cannot go on in this file", path_.string(), position_, what));
  }

 private:
  void read(std::size_t at, std::size_t count) {
    record_.resize(at + count);
    if (!file_.read(record_.data() + at, static_cast<std::streamsize>(count))) fail("a record cannot be read");
  }

  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t end_, position_ = 0;
  std::string record_;
};

}  // namespace

void frame_record(std::string_view data, std::string& record) {
  record.clear();
  append(record, std::uint64_t{data.size()});
  append(record, masked_crc32c(record));
  record += data;
  append(record, masked_crc32c(data));
}

void cut_event_file(const std::filesystem::path& path, std::int64_t keep_bytes) {
  std::error_code trouble;
  const auto there = std::filesystem::file_size(path, trouble);
  if (trouble) throw Error(fmt::format("{}: cannot be read: {}", path.string(), trouble.message()));
  if (keep_bytes < 0 || static_cast<std::uint64_t>(keep_bytes) > there)
    throw Error(
        fmt::format("{}: has {} bytes, {} were expected; the file was changed since it was written", path.string(), there, keep_bytes));
  RecordReader reader(path, static_cast<std::uint64_t>(keep_bytes));
  for (bool first = true; !reader.at_end(); first = false) {
    if (reader.next().find("brain.Event:2") == std::string_view::npos && first)
      throw Error(fmt::format("{}: byte 0: no event file of version brain.Event:2 begins here", path.string()));
  }
  std::filesystem::resize_file(path, static_cast<std::uintmax_t>(keep_bytes), trouble);
  if (trouble) throw Error(fmt::format("{}: cannot be cut to {} bytes: {}", path.string(), keep_bytes, trouble.message()));
}

}  // namespace seegrad::records
