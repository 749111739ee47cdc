#include "block_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "seegrad/math/error.hpp"

namespace seegrad {
namespace {

constexpr std::size_t line = 64;

double mebibytes(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

/// Sizes are rounded up to one of eight steps between powers of two, so that blocks fit again without wasting more than an eighth.
std::size_t BlockPool::size_class(std::size_t bytes) const {
  bytes = std::max(bytes, line);
  const std::size_t step = std::max(line, std::bit_floor(bytes) / 8);
  return source_->rounded((bytes + step - 1) / step * step);
}

void* BlockPool::allocate(std::size_t bytes) {
  const std::size_t size = size_class(bytes);
  const std::lock_guard lock(mutex_);
  Blocks& blocks = blocks_[size];
  void* data = nullptr;
  if (!blocks.free.empty()) {
    data = blocks.free.back();
    blocks.free.pop_back();
  } else {
    if (blocks.free.capacity() == blocks.owned) blocks.free.reserve(std::max<std::size_t>(2 * blocks.owned, 8));
    data = source_->take(size);
    if (!data) {
      give_back_free_blocks();
      data = source_->take(size);
    }
    if (!data) {
      throw Error(fmt::format("out of memory: {:.1f} MiB asked for, {:.1f} MiB in use{}", mebibytes(bytes), mebibytes(use_.bytes_in_use),
                              source_->shortage()));
    }
    ++use_.system_allocations;
    use_.bytes_held += size;
    ++blocks.owned;
  }
  use_.bytes_in_use += size;
  use_.peak_bytes_in_use = std::max(use_.peak_bytes_in_use, use_.bytes_in_use);
  return data;
}

void BlockPool::release(void* data, std::size_t bytes) noexcept {
  const std::size_t size = size_class(bytes);
  const std::lock_guard lock(mutex_);
  blocks_[size].free.push_back(data);
  use_.bytes_in_use -= size;
}

void BlockPool::give_back_free_blocks() noexcept {
  for (auto& [bytes, blocks] : blocks_) {
    for (void* block : blocks.free) source_->give_back(block, bytes);
    use_.bytes_held -= bytes * blocks.free.size();
    blocks.owned -= blocks.free.size();
    blocks.free.clear();
  }
}

MemoryUse BlockPool::use() const {
  const std::lock_guard lock(mutex_);
  return use_;
}

}  // namespace seegrad
