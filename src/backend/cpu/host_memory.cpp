#include "host_memory.hpp"

#include <cstdlib>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace seegrad::cpu {
namespace {

constexpr std::size_t line = 64, huge_page = std::size_t{2} << 20;

}  // namespace

std::size_t HostMemory::rounded(std::size_t bytes) const {
  return bytes < huge_page ? bytes : (bytes + huge_page - 1) / huge_page * huge_page;
}

void* HostMemory::take(std::size_t bytes) {
  void* data = std::aligned_alloc(bytes >= huge_page ? huge_page : line, bytes);
#if defined(__linux__)
  if (data && bytes >= huge_page) madvise(data, bytes, MADV_HUGEPAGE);  // a wish; nothing depends on it
#endif
  return data;
}

void HostMemory::give_back(void* data, std::size_t) noexcept { std::free(data); }

}  // namespace seegrad::cpu
