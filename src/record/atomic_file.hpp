// A file that is written as a whole or not at all: under a temporary name beside the real one, then onto the disk, then renamed.
#pragma once
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

namespace seegrad::records {

class AtomicFile {
 public:
  /// Opens PATH.PROCESS.tmp. Throws Error, as the others do, naming PATH.
  explicit AtomicFile(std::filesystem::path path);
  /// Removes what was not committed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  void write(std::span<const std::byte> bytes);
  /// From here on the file has its name, also after the machine lost its power: nobody ever reads half of it.
  void commit();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path path_, temporary_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  bool committed_ = false;
};

}  // namespace seegrad::records
