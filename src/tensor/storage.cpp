#include "seegrad/tensor/storage.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace seegrad {
namespace {

/// The storages of this thread in which a product waits. Few at any moment, so a plain list.
std::vector<Storage*>& waiting() {
  thread_local std::vector<Storage*> list;
  return list;
}

}  // namespace

ConstArray Buffer::read() const {
  if (!storage) return {};
  return {storage->data(), dtype, shape};
}

Array Buffer::fill() const { return {storage->memory(), dtype, shape}; }

Matmul DeferredProduct::call(Array c) const {
  Matmul call;
  call.a = a.read();
  call.b = b.read();
  call.transpose_a = transpose_a;
  call.transpose_b = transpose_b;
  call.c = c;
  call.bias = bias.read();
  return call;
}

Storage::Storage(Backend& backend, std::size_t bytes) : backend_(backend), bytes_(bytes) {}

Storage::~Storage() {
  computed();
  if (memory_) backend_.release(memory_, bytes_);
}

void* Storage::memory() {
  if (!memory_) memory_ = backend_.allocate(bytes_);
  return memory_;
}

void* Storage::data() {
  if (deferred_) {
    // Taken out first: the operands may themselves be deferred, and must not find this one half done.
    const std::unique_ptr<DeferredProduct> product = std::move(deferred_);
    std::erase(waiting(), this);
    backend_.matmul(product->call({memory(), deferred_dtype_, deferred_shape_}));
  }
  return memory();
}

void Storage::defer(DeferredProduct product, const Buffer& result) {
  deferred_ = std::make_unique<DeferredProduct>(std::move(product));
  deferred_shape_ = result.shape;
  deferred_dtype_ = result.dtype;
  waiting().push_back(this);
}

void Storage::computed() {
  if (!deferred_) return;
  deferred_.reset();
  std::erase(waiting(), this);
}

void Storage::compute_readers_of(const Storage& storage) {
  const std::vector<Storage*> list = waiting();
  for (Storage* reader : list) {
    const DeferredProduct* product = reader->deferred();
    if (!product) continue;  // computed meanwhile, as another one's operand
    const auto reads = [&](const Buffer& operand) { return operand.storage.get() == &storage; };
    if (reads(product->a) || reads(product->b) || reads(product->bias)) reader->data();
  }
}

}  // namespace seegrad
