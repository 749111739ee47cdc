// The device itself: what it is, its memory, the way to the host, and what kernels have to say.
#include "cuda_backend.hpp"

#include <fmt/format.h>

#include <vector>

#include "seegrad/math/error.hpp"

namespace seegrad::cuda {
namespace {

constexpr std::size_t workspace_bytes = std::size_t{32} << 20;  // what cuBLASLt asks for on Hopper; reductions need less

cudaDeviceProp properties_of(int index) {
  cudaDeviceProp properties{};
  check(cudaSetDevice(index), "cudaSetDevice");
  check(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties");
  if (properties.major < 7)
    throw Error(fmt::format("cuda:{}: {} has compute capability {}.{}; 7.0 or newer is needed", index, properties.name, properties.major,
                            properties.minor));
  return properties;
}

std::string name_of(const cudaDeviceProp& properties) {
  return fmt::format("{}, compute capability {}.{}", properties.name, properties.major, properties.minor);
}

}  // namespace

CudaBackend::CudaBackend(int index)
    : index_(index), name_(name_of(properties_of(index))), memory_(fmt::format("cuda:{} ({})", index, name_)) {
  const cudaDeviceProp properties = properties_of(index);
  capability_ = properties.major * 10 + properties.minor;
  stream_ = make_stream();
  launch_.stream = stream_.get();
  launch_.multiprocessors = properties.multiProcessorCount;
  launch_.most_shared = static_cast<int>(properties.sharedMemPerBlockOptin);
  launch_.workspace = memory_.allocate(workspace_bytes);
  launch_.workspace_bytes = workspace_bytes;
  fault_ = static_cast<kernels::Fault*>(pinned_.allocate(sizeof(kernels::Fault)));
  *fault_ = {};
  void* seen_by_device = nullptr;
  check(cudaHostGetDevicePointer(&seen_by_device, fault_, 0), "cudaHostGetDevicePointer");
  launch_.fault = static_cast<kernels::Fault*>(seen_by_device);
  transfers_ = std::make_unique<Transfers>(stream_.get(), [this] { throw_fault(); });
  products_ = std::make_unique<Products>([this](std::size_t bytes) { return shared_block(bytes); });
  formulas_ = std::make_unique<FormulaKernels>(capability_);
}

void* CudaBackend::allocate(std::size_t bytes) {
  const Turn turn(*this);
  return memory_.allocate(bytes);
}

void CudaBackend::release(void* data, std::size_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  memory_.release(data, bytes);
}

std::shared_ptr<void> CudaBackend::shared_block(std::size_t bytes) {
  return {allocate(bytes), [this, bytes](void* data) { release(data, bytes); }};
}

MemoryUse CudaBackend::memory() const {
  const Turn turn(*this);
  MemoryUse use = memory_.use();
  check(cudaMemGetInfo(&use.device_free, &use.device_total), "cudaMemGetInfo");
  use.device_free += use.bytes_held - use.bytes_in_use;  // what the pool has and nobody uses
  return use;
}

void CudaBackend::host_accesses(const char* what) {
  ++host_accesses_;
  if (recording_) throw Error(fmt::format("cuda:{}: {} cannot be recorded: the host has a hand in it", index_, what));
}

void CudaBackend::upload(void* to, const void* host, std::size_t bytes) {
  const Turn turn(*this);
  host_accesses("an upload");
  transfers_->upload(to, host, bytes);
}

void CudaBackend::download(void* host, const void* from, std::size_t bytes) {
  const Turn turn(*this);
  host_accesses("a download");
  transfers_->download(host, from, bytes);
}

std::unique_ptr<Transfer> CudaBackend::download_later(const void* from, std::size_t bytes) {
  const Turn turn(*this);
  host_accesses("a download");
  return transfers_->download_later(from, bytes);
}

void CudaBackend::synchronize() {
  const Turn turn(*this);
  host_accesses("waiting");
  check(cudaStreamSynchronize(stream_.get()), "cudaStreamSynchronize");
  throw_fault();
}

/// What a kernel noted (kernels/fault.hpp), as the error that the CPU would have thrown at once.
void CudaBackend::throw_fault() {
  const kernels::Fault fault = *fault_;
  if (fault.kind == 0) return;
  *fault_ = {};
  const auto text = [&](const char* op, const char* what, const char* at) {
    return fmt::format("{}: {} {} {} {} is not in 0..{}", op, what, fault.index, at, fault.place, fault.count - 1);
  };
  switch (static_cast<kernels::FaultKind>(fault.kind)) {
    case kernels::FaultKind::label: throw Error(text("cross_entropy", "label", "of row"));
    case kernels::FaultKind::gather_index: throw Error(text("gather_rows", "index", "at place"));
    case kernels::FaultKind::scatter_index: throw Error(text("scatter_rows", "index", "at place"));
    case kernels::FaultKind::none: break;
  }
}

void CudaBackend::set_product_precision(ProductPrecision precision) {
  const Turn turn(*this);
  constexpr int tensor_cores_for_float32 = 80;
  if (precision != ProductPrecision::fp32 && capability_ < tensor_cores_for_float32)
    throw UsageError(fmt::format("{} has no {} products, which compute capability 8.0 brought; use fp32", name_,
                                 precision == ProductPrecision::tf32 ? "tf32" : "bf16"));
  products_->set_precision(precision);
}

/// A CUDA graph with the memory that its kernels write to.
class CudaBackend::Replay final : public Recording {
 public:
  Replay(CudaBackend& backend, std::unique_ptr<TensorMemory::Reserve> reserve, const Graph& graph)
      : backend_(backend), reserve_(std::move(reserve)) {
    cudaGraphExec_t exec{};
    check(cudaGraphInstantiate(&exec, graph.get(), 0), "cudaGraphInstantiate");
    exec_ = GraphExec(exec);
    check(cudaGraphUpload(exec_.get(), backend.stream_.get()), "cudaGraphUpload");
  }
  ~Replay() override {
    const std::lock_guard lock(backend_.mutex_);
    check_quietly(cudaStreamSynchronize(backend_.stream_.get()), "cudaStreamSynchronize");
    exec_ = {};
    reserve_.reset();
  }
  void replay() override {
    const Turn turn(backend_);
    check(cudaGraphLaunch(exec_.get(), backend_.stream_.get()), "cudaGraphLaunch");
  }

 private:
  CudaBackend& backend_;
  std::unique_ptr<TensorMemory::Reserve> reserve_;
  GraphExec exec_;
};

std::unique_ptr<Recording> CudaBackend::record(const std::function<void()>& work) {
  const Turn turn(*this);
  if (recording_) throw Error(fmt::format("cuda:{}: a recording within a recording", index_));
  auto reserve = std::make_unique<TensorMemory::Reserve>(memory_);
  const auto set = [&](TensorMemory::Reserve* to) {
    recording_ = to != nullptr;
    memory_.take_from(to);
    formulas_->forbid_compiling(recording_);
  };
  // Relaxed: the pool may still have to ask for memory.
  check(cudaStreamBeginCapture(stream_.get(), cudaStreamCaptureModeRelaxed), "cudaStreamBeginCapture");
  cudaGraph_t captured{};
  set(reserve.get());
  try {
    work();
  } catch (...) {
    set(nullptr);
    cudaStreamEndCapture(stream_.get(), &captured);
    const Graph broken(captured);
    throw;
  }
  set(nullptr);
  check(cudaStreamEndCapture(stream_.get(), &captured), "cudaStreamEndCapture");
  const Graph graph(captured);
  return std::make_unique<Replay>(*this, std::move(reserve), graph);
}

}  // namespace seegrad::cuda
