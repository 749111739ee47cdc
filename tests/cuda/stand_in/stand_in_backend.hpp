// A GPU for machines without one: the CPU behind the doors of cuda:0. It computes nothing new. But it is late as a device is late (a wrong
// label is found when the host next waits), it remembers work and replays it, it counts what the host has a hand in, and it rounds
// operands as tensor cores do. So the tests that need a GPU can be run, and be wrong, before there is one.
//
// It can also be made to lie: with SEEGRAD_STAND_IN_FAULT=NAME it does one thing wrong (fault_names()). A set of tests that passes then
// has a hole. And it can round differently, as a GPU does (SEEGRAD_STAND_IN_FAULT=rounds_otherwise): a set of tests that fails then asks
// for too much.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/cpu/cpu_backend.hpp"

namespace seegrad::testing {

/// What it can do wrong: the last number of a door's result is off (the door's name), or something subtler.
const std::vector<std::string>& fault_names();

class StandInBackend final : public Backend {
 public:
  /// `fault` is one of fault_names(), "rounds_otherwise", or empty. Throws Error for anything else.
  explicit StandInBackend(std::string fault);

  Device device() const override { return {Device::Kind::cuda, 0}; }
  std::string description() const override { return "stand-in for a GPU on " + cpu_.description(); }

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
  void set_product_precision(ProductPrecision precision) override { precision_ = precision; }

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
  class Replay;
  class Late;
  using Work = std::function<void()>;

  bool lies(std::string_view about) const { return fault_ == about; }
  /// Does the work, or notes it down while recording; afterwards the door's result is made wrong if that is the fault.
  void ask(std::string_view door, Array result, Work work);
  void host_accesses(std::string_view what);
  void throw_fault();
  void multiply(const Matmul& call);
  /// With rounds_otherwise, moves some of the numbers by one unit in the last place.
  void round_otherwise(Array y) const;

  std::string fault_;
  cpu::CpuBackend cpu_;
  ProductPrecision precision_ = ProductPrecision::fp32;
  std::uint64_t host_accesses_ = 0;
  std::string late_error_;              // what a device found wrong, until the host waits
  std::vector<Work>* log_ = nullptr;    // while work is recorded
  std::set<void*>* reserve_ = nullptr;  // blocks of the recording
  std::map<void*, std::size_t> kept_;   // of recordings, given back by tensors, not to be used again before these end
  std::set<void*> reserved_;            // in the hands of tensors
};

}  // namespace seegrad::testing
