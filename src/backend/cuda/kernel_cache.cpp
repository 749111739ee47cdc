#include "backend/cuda/kernel_cache.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace seegrad::cuda {
namespace {

constexpr std::string_view head = "seegrad kernel 1 ";

/// FNV-1a with another start for each half of a digest, stirred at the end (the mixer of MurmurHash3) so that all bits count.
std::uint64_t hash(std::string_view text, std::uint64_t start) {
  std::uint64_t h = start;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
  return h ^ (h >> 33);
}

std::filesystem::path variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::string digest(std::string_view text) {
  return fmt::format("{:016x}{:016x}", hash(text, 0xcbf29ce484222325u), hash(text, 0x9ae16a3b2f90404fu));
}

KernelCache KernelCache::of_user() {
  if (const auto folder = variable("SEEGRAD_CACHE_DIR"); !folder.empty()) return KernelCache(folder);
  if (const auto caches = variable("XDG_CACHE_HOME"); !caches.empty()) return KernelCache(caches / "seegrad");
  if (const auto home = variable("HOME"); !home.empty()) return KernelCache(home / ".cache" / "seegrad");
  return KernelCache({});
}

std::filesystem::path KernelCache::file(std::string_view key) const { return folder_ / fmt::format("kernel-{}.bin", key); }

std::optional<std::vector<char>> KernelCache::find(std::string_view key) const {
  if (folder_.empty()) return std::nullopt;
  std::ifstream stream(file(key), std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const std::size_t body = head.size() + digest("").size();
  if (all.size() <= body || !all.starts_with(head)) return std::nullopt;
  const std::string_view image = std::string_view(all).substr(body);
  // The digest is of key and image: a file that was copied to another's name is no good either.
  if (all.compare(head.size(), body - head.size(), digest(std::string(key).append(image))) != 0) return std::nullopt;
  return std::vector<char>(image.begin(), image.end());
}

void KernelCache::keep(std::string_view key, const std::vector<char>& image) const {
  if (folder_.empty()) return;
  static std::atomic<unsigned> written = 0;
  const std::filesystem::path whole = file(key);
  const std::filesystem::path part = whole.string() + fmt::format(".{}.{}.part", getpid(), ++written);
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  bool good = false;
  {
    std::ofstream stream(part, std::ios::binary);
    stream << head << digest(std::string(key).append(image.begin(), image.end()));
    stream.write(image.data(), static_cast<std::streamsize>(image.size()));
    stream.close();
    good = stream.good();
  }
  // Readers see the old file or the new one, never half of one.
  if (good) std::filesystem::rename(part, whole, error);
  if (!good || error) std::filesystem::remove(part, error);
}

}  // namespace seegrad::cuda
