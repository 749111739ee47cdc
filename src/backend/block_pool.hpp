// Memory that comes back. Released blocks are kept by size and handed out again, so a training loop asks the system only in its
// first step. Where new blocks come from is the backend's own affair: its MemorySource.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "seegrad/tensor/backend.hpp"

namespace seegrad {

class MemorySource {
 public:
  virtual ~MemorySource() = default;
  /// The size in which blocks of this kind of memory are best taken; at least `bytes`.
  virtual std::size_t rounded(std::size_t bytes) const { return bytes; }
  /// nullptr when there is no more.
  virtual void* take(std::size_t bytes) = 0;
  virtual void give_back(void* data, std::size_t bytes) noexcept = 0;
  /// What to say when there is no more, and the pool has nothing to spare: what there is, and what to change.
  virtual std::string shortage() const = 0;
};

class BlockPool {
 public:
  explicit BlockPool(std::unique_ptr<MemorySource> source) : source_(std::move(source)) {}
  /// Gives back what nobody uses.
  ~BlockPool() { give_back_free_blocks(); }
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// At least `bytes` bytes, aligned as the source does it. When the source has no more, blocks that lie idle are given back to it first;
  /// if that does not help, Error: what was asked for, what is in use, and the source's word.
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
  std::size_t size_class(std::size_t bytes) const;
  void give_back_free_blocks() noexcept;

  std::unique_ptr<MemorySource> source_;
  mutable std::mutex mutex_;
  std::map<std::size_t, Blocks> blocks_;
  MemoryUse use_;
};

}  // namespace seegrad
