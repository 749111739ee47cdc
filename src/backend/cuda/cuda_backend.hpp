// A GPU's room: the doors of tensor/backend.hpp, by kernels on one stream. Doors return when the work is queued; the host waits only
// when it asks for numbers. May be called by several threads; what they ask for is done in the order in which they came.
#pragma once
#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "backend/block_pool.hpp"
#include "formula_launches.hpp"
#include "handles.hpp"
#include "launch.hpp"
#include "memory.hpp"
#include "products.hpp"
#include "transfers.hpp"

namespace seegrad::cuda {

class CudaBackend final : public Backend {
 public:
  /// Throws Error when the device cannot be used.
  explicit CudaBackend(int index);

  Device device() const override { return {Device::Kind::cuda, index_}; }
  std::string description() const override { return name_; }

  void* allocate(std::size_t bytes) override;
  void release(void* data, std::size_t bytes) noexcept override;
  MemoryUse memory() const override;
  void upload(void* to, const void* host, std::size_t bytes) override;
  void download(void* host, const void* from, std::size_t bytes) override;
  std::unique_ptr<Transfer> download_later(const void* from, std::size_t bytes) override;
  void synchronize() override;

  bool can_record() const override { return true; }
  std::uint64_t host_accesses() const override { return host_accesses_; }
  std::unique_ptr<Recording> record(const std::function<void()>& work) override;
  void set_product_precision(ProductPrecision precision) override;

  void fill(Array y, double value) override;
  void binary(BinaryOp op, ConstArray a, ConstArray b, Array y) override;
  void elementwise(FormulaArguments f, Derivative derivative, ConstArray x, ConstArray scale, Array y) override;

  bool matmul(const Matmul& call) override;
  void reduce(ReduceOp op, ConstArray x, Array y) override;
  void expand(ConstArray x, Array y) override;
  void transpose(ConstArray x, Array y) override;
  void softmax(ConstArray x, bool logarithm, Array y) override;
  void softmax_slope(ConstArray y, ConstArray g, bool logarithm, Array dx) override;
  void cross_entropy(ConstArray logits, ConstArray labels, Array loss, Array slope) override;
  void count_correct(ConstArray logits, ConstArray labels, Array count) override;
  void copy_columns(ConstArray x, std::int64_t from, Array y, std::int64_t to, std::int64_t count) override;

  void gather_rows(ConstArray x, ConstArray indices, Array y) override;
  void scatter_add_rows(ConstArray x, ConstArray indices, Array y) override;
  void dropout_mask(Array y, double keep, std::uint64_t seed, std::uint64_t stream) override;
  void fill_uniform(Array y, double lower, double upper, std::uint64_t seed, std::uint64_t stream) override;

  void statistics(std::span<const StatisticsRequest> requests, Array totals) override;
  void mark_alive(ConstArray x, std::span<std::uint8_t> alive) override;
  void update(const UpdateStep& step) override;

 private:
  /// While one lives, this thread alone speaks to the device, and CUDA's calls mean this one.
  class Turn {
   public:
    explicit Turn(const CudaBackend& backend) : lock_(backend.mutex_) { check(cudaSetDevice(backend.index_), "cudaSetDevice"); }

   private:
    std::lock_guard<std::recursive_mutex> lock_;
  };
  class Replay;

  std::shared_ptr<void> shared_block(std::size_t bytes);
  /// What the host has a hand in: counted, and refused while work is being recorded.
  void host_accesses(const char* what);
  void throw_fault();

  int index_;
  std::string name_;
  int capability_ = 0;  // 90 for 9.0
  mutable std::recursive_mutex mutex_;
  Stream stream_;
  TensorMemory memory_;
  BlockPool pinned_{std::make_unique<PinnedMemory>()};
  kernels::Fault* fault_ = nullptr;  // in pinned memory
  Launch launch_;
  std::unique_ptr<Transfers> transfers_;
  std::unique_ptr<Products> products_;
  std::unique_ptr<FormulaKernels> formulas_;
  std::uint64_t host_accesses_ = 0;
  bool recording_ = false;
};

}  // namespace seegrad::cuda
