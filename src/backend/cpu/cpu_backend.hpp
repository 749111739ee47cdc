// The CPU's room: the doors of tensor/backend.hpp, by compiled loops on the threads of the pool.
#pragma once
#include "backend/block_pool.hpp"
#include "host_memory.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::cpu {

class CpuBackend final : public Backend {
 public:
  Device device() const override { return {}; }
  std::string description() const override;

  void* allocate(std::size_t bytes) override { return memory_.allocate(bytes); }
  void release(void* data, std::size_t bytes) noexcept override { memory_.release(data, bytes); }
  MemoryUse memory() const override { return memory_.use(); }
  void upload(void* to, const void* host, std::size_t bytes) override;
  void download(void* host, const void* from, std::size_t bytes) override;
  std::unique_ptr<Transfer> download_later(const void* from, std::size_t bytes) override;
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
  BlockPool memory_{std::make_unique<HostMemory>()};
};

}  // namespace seegrad::cpu
