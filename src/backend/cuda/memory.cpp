#include "memory.hpp"

#include <fmt/format.h>

#include <vector>

#include "check.hpp"

namespace seegrad::cuda {
namespace {

constexpr std::size_t alignment = 256;

double mebibytes(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

/// A recording's pool takes whole blocks from the pool that all share.
class FromShared final : public MemorySource {
 public:
  explicit FromShared(BlockPool& shared) : shared_(shared) {}
  std::size_t rounded(std::size_t bytes) const override { return (bytes + alignment - 1) / alignment * alignment; }
  void* take(std::size_t bytes) override { return shared_.allocate(bytes); }  // throws, with the better message, when there is no more
  void give_back(void* data, std::size_t bytes) noexcept override { shared_.release(data, bytes); }
  std::string shortage() const override { return ""; }

 private:
  BlockPool& shared_;
};

}  // namespace

std::size_t DeviceMemory::rounded(std::size_t bytes) const { return (bytes + alignment - 1) / alignment * alignment; }

void* DeviceMemory::take(std::size_t bytes) {
  void* data = nullptr;
  const cudaError_t status = cudaMalloc(&data, bytes);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    return nullptr;
  }
  check(status, "cudaMalloc");
  return data;
}

void DeviceMemory::give_back(void* data, std::size_t) noexcept { check_quietly(cudaFree(data), "cudaFree"); }

std::string DeviceMemory::shortage() const {
  std::size_t free = 0, total = 0;
  check_quietly(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return fmt::format(" on {}, {:.1f} of its {:.1f} MiB free; try a smaller --batch, --width or --depth", device_, mebibytes(free),
                     mebibytes(total));
}

void* PinnedMemory::take(std::size_t bytes) {
  void* data = nullptr;
  const cudaError_t status = cudaHostAlloc(&data, bytes, cudaHostAllocDefault);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    return nullptr;
  }
  check(status, "cudaHostAlloc");
  return data;
}

void PinnedMemory::give_back(void* data, std::size_t) noexcept { check_quietly(cudaFreeHost(data), "cudaFreeHost"); }

void* TensorMemory::allocate(std::size_t bytes) {
  if (!current_) return shared_.allocate(bytes);
  void* data = current_->pool_.allocate(bytes);
  reserved_[data] = current_;
  return data;
}

void TensorMemory::release(void* data, std::size_t bytes) noexcept {
  const auto found = reserved_.find(data);
  if (found == reserved_.end()) return shared_.release(data, bytes);
  BlockPool& pool = found->second ? found->second->pool_ : shared_;
  reserved_.erase(found);
  pool.release(data, bytes);
}

TensorMemory::Reserve::Reserve(TensorMemory& memory) : memory_(memory), pool_(std::make_unique<FromShared>(memory.shared_)) {}

TensorMemory::Reserve::~Reserve() {
  // What tensors still hold was taken from the shared pool, and goes back there when they end.
  for (auto& [data, reserve] : memory_.reserved_)
    if (reserve == this) reserve = nullptr;
}

}  // namespace seegrad::cuda
