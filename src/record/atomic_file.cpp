#include "record/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

/// A new name in a folder is on the disk when the folder is. Not every file system can be asked; there is nothing else to try then.
void sync_folder(const std::filesystem::path& folder) {
  const int handle = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  fsync(handle);
  close(handle);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path)
    : path_(std::move(path)),
      temporary_(fmt::format("{}.{}.tmp", path_.string(), getpid())),
      file_(std::fopen(temporary_.c_str(), "we"), &std::fclose) {
  if (!file_) fail();
}

AtomicFile::~AtomicFile() {
  if (committed_) return;
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void AtomicFile::fail() const {
  const int code = errno;
  throw Error(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(code)));
}

void AtomicFile::write(std::string_view bytes) {
  if (bytes.empty()) return;  // whose address may be null
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail();
}

void AtomicFile::write(std::span<const std::byte> bytes) { write({reinterpret_cast<const char*>(bytes.data()), bytes.size()}); }

void AtomicFile::commit() {
  if (std::fflush(file_.get()) != 0 || fsync(fileno(file_.get())) != 0 || std::fclose(file_.release()) != 0) fail();
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
  committed_ = true;
  sync_folder(path_.parent_path());
}

}  // namespace seegrad::records
