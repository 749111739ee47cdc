// The device's memory, and host memory that it reads and writes directly.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>

#include "backend/block_pool.hpp"

namespace seegrad::cuda {

/// The memory of the current device, 256-byte aligned.
class DeviceMemory final : public MemorySource {
 public:
  explicit DeviceMemory(std::string device) : device_(std::move(device)) {}
  std::size_t rounded(std::size_t bytes) const override;
  void* take(std::size_t bytes) override;
  void give_back(void* data, std::size_t bytes) noexcept override;
  std::string shortage() const override;

 private:
  std::string device_;  // as a message calls it
};

/// Host memory that stays where it is (pinned): copies to and from the device go on beside everything else.
class PinnedMemory final : public MemorySource {
 public:
  void* take(std::size_t bytes) override;
  void give_back(void* data, std::size_t bytes) noexcept override;
  std::string shortage() const override { return " of pinned host memory; try a smaller --batch"; }
};

/// The tensors' memory: a pool for work that is done at once, and a pool of its own for each recording. The kernels of a recording
/// write to the same addresses at every replay, so what was allocated while it was made is never handed to anybody else; within it,
/// a block that one tensor gave back serves the next, as the stream's order allows.
class TensorMemory {
 public:
  explicit TensorMemory(std::string device) : shared_(std::make_unique<DeviceMemory>(std::move(device))) {}

  void* allocate(std::size_t bytes);
  void release(void* data, std::size_t bytes) noexcept;
  MemoryUse use() const { return shared_.use(); }

  /// Blocks that belong to one recording; gives them back when it ends, and those that tensors still hold when these end.
  class Reserve {
   public:
    explicit Reserve(TensorMemory& memory);
    ~Reserve();
    Reserve(const Reserve&) = delete;
    Reserve& operator=(const Reserve&) = delete;

   private:
    friend class TensorMemory;
    TensorMemory& memory_;
    BlockPool pool_;
  };
  /// While set, allocate() takes from it.
  void take_from(Reserve* reserve) { current_ = reserve; }

 private:
  BlockPool shared_;
  Reserve* current_ = nullptr;
  std::unordered_map<void*, Reserve*> reserved_;  // blocks in the hands of tensors that belong to a recording
};

}  // namespace seegrad::cuda
