// Memory that comes back. Released blocks are kept by size and handed out again, so a training loop asks the system only in its
// first step. Large blocks are aligned to and advised for huge pages: touching fresh 4 KiB pages costs several times what copying does.
#pragma once
#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

#include "seegrad/tensor/backend.hpp"

namespace seegrad::cpu {

class MemoryPool {
 public:
  MemoryPool() = default;
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  /// At least `bytes` bytes, aligned to 64. Throws Error saying what was asked for and what is in use when the system has no more.
  void* allocate(std::size_t bytes);
  /// `bytes` as it was asked for.
  void release(void* data, std::size_t bytes) noexcept;
  MemoryUse use() const;

 private:
  /// The blocks of one size: those nobody uses, with room for all, so that release() never has to allocate.
  struct Blocks {
    std::vector<void*> free;
    std::size_t owned = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::size_t, Blocks> blocks_;
  MemoryUse use_;
};

}  // namespace seegrad::cpu
