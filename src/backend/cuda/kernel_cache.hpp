// Compiled kernels on disk, so that a formula is compiled once on a machine and not once a run. What lies there may be anything: torn,
// truncated, written by two programs at once, in a folder that cannot be written; then it is compiled again, never believed.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::cuda {

/// 128 bits of a text as 32 hexadecimal digits: enough to tell apart all that is ever compiled (no defence against an enemy).
std::string digest(std::string_view text);

class KernelCache {
 public:
  /// An empty folder: nothing is kept.
  explicit KernelCache(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// $SEEGRAD_CACHE_DIR, else $XDG_CACHE_HOME/seegrad, else ~/.cache/seegrad.
  static KernelCache of_user();

  const std::filesystem::path& folder() const { return folder_; }
  /// What was kept under this key (a digest); nothing when there is none or it is damaged.
  std::optional<std::vector<char>> find(std::string_view key) const;
  /// Keeps it if that is possible; a full disk or a folder without permission is no error.
  void keep(std::string_view key, const std::vector<char>& image) const;

 private:
  std::filesystem::path file(std::string_view key) const;
  std::filesystem::path folder_;
};

}  // namespace seegrad::cuda
