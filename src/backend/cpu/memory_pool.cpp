#include "memory_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "seegrad/math/error.hpp"

namespace seegrad::cpu {
namespace {

constexpr std::size_t line = 64, huge_page = std::size_t{2} << 20;

/// Sizes are rounded up to one of eight steps between powers of two, so that blocks fit again without wasting more than an eighth.
std::size_t size_class(std::size_t bytes) {
  bytes = std::max(bytes, line);
  const std::size_t step = std::max(line, std::bit_floor(bytes) / 8);
  const std::size_t rounded = (bytes + step - 1) / step * step;
  return bytes < huge_page ? rounded : (rounded + huge_page - 1) / huge_page * huge_page;
}

void* from_system(std::size_t bytes) {
  void* data = std::aligned_alloc(bytes >= huge_page ? huge_page : line, bytes);
#if defined(__linux__)
  if (data && bytes >= huge_page) madvise(data, bytes, MADV_HUGEPAGE);  // a wish; nothing depends on it
#endif
  return data;
}

double mebibytes(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

MemoryPool::~MemoryPool() {
  for (const auto& [bytes, blocks] : blocks_) {
    for (void* block : blocks.free) std::free(block);
  }
}

void* MemoryPool::allocate(std::size_t bytes) {
  const std::size_t size = size_class(bytes);
  const std::lock_guard lock(mutex_);
  Blocks& blocks = blocks_[size];
  void* data = nullptr;
  if (!blocks.free.empty()) {
    data = blocks.free.back();
    blocks.free.pop_back();
  } else {
    if (blocks.free.capacity() == blocks.owned) blocks.free.reserve(std::max<std::size_t>(2 * blocks.owned, 8));
    data = from_system(size);
    if (!data) {
      throw Error(fmt::format("out of memory: {:.1f} MiB asked for, {:.1f} MiB in use; try a smaller --batch, --width or --depth",
                              mebibytes(bytes), mebibytes(use_.bytes_in_use)));
    }
    ++use_.system_allocations;
    use_.bytes_held += size;
    ++blocks.owned;
  }
  use_.bytes_in_use += size;
  use_.peak_bytes_in_use = std::max(use_.peak_bytes_in_use, use_.bytes_in_use);
  return data;
}

void MemoryPool::release(void* data, std::size_t bytes) noexcept {
  const std::size_t size = size_class(bytes);
  const std::lock_guard lock(mutex_);
  blocks_[size].free.push_back(data);
  use_.bytes_in_use -= size;
}

MemoryUse MemoryPool::use() const {
  const std::lock_guard lock(mutex_);
  return use_;
}

}  // namespace seegrad::cpu
