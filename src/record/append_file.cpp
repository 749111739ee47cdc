#include "seegrad/record/append_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

void check_length(const std::filesystem::path& path, std::int64_t length) {
  std::error_code trouble;
  const auto there = std::filesystem::file_size(path, trouble);
  if (trouble) throw Error(fmt::format("{}: cannot be read: {}", path.string(), trouble.message()));
  if (static_cast<std::int64_t>(there) < length)
    throw Error(
        fmt::format("{}: has {} bytes, the checkpoint says {}; the file was changed since it was written", path.string(), there, length));
}

void check_end_of_line(const std::filesystem::path& path, std::int64_t length) {
  if (length == 0) return;
  std::ifstream file(path, std::ios::binary);
  file.seekg(length - 1);
  if (file.get() != '\n')
    throw Error(fmt::format("{}: no line ends at byte {}; the file was changed since it was written", path.string(), length));
}

}  // namespace

bool FlushRhythm::due() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return false;
  next_ = now + std::chrono::milliseconds(100);
  return true;
}

AppendFile::AppendFile(std::filesystem::path path, const char* mode, std::int64_t length)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), mode), &std::fclose), written_(length) {
  if (!file_) throw Error(fmt::format("{}: cannot be {}: {}", path_.string(), *mode == 'w' ? "created" : "opened", std::strerror(errno)));
  // No buffer but ours: what waits reaches the system in one write, whole or (on a full disk) with an error that we see.
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);
}

AppendFile AppendFile::create(std::filesystem::path path) { return {std::move(path), "wxe", 0}; }

AppendFile AppendFile::reopen(std::filesystem::path path, std::int64_t length) {
  check_length(path, length);
  check_end_of_line(path, length);
  return reopen_records(std::move(path), length);
}

AppendFile AppendFile::reopen_records(std::filesystem::path path, std::int64_t length) {
  check_length(path, length);
  std::error_code trouble;
  std::filesystem::resize_file(path, static_cast<std::uintmax_t>(length), trouble);
  if (trouble) throw Error(fmt::format("{}: cannot be cut to {} bytes: {}", path.string(), length, trouble.message()));
  return {std::move(path), "ae", length};
}

AppendFile::~AppendFile() {
  if (file_ && !waiting_.empty()) static_cast<void>(std::fwrite(waiting_.data(), 1, waiting_.size(), file_.get()));
}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(written_, other.written_);
  std::swap(waiting_, other.waiting_);
  return *this;
}

void AppendFile::flush() {
  if (waiting_.empty()) return;
  const std::size_t size = waiting_.size(), written = std::fwrite(waiting_.data(), 1, size, file_.get());
  waiting_.clear();
  if (written != size) throw Error(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
  written_ += static_cast<std::int64_t>(size);
}

}  // namespace seegrad::records
