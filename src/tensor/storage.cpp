#include "seegrad/tensor/storage.hpp"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "seegrad/math/error.hpp"

namespace seegrad {
namespace {

/// Guards the readers of every storage: threads that share a parameter may both leave products that read it.
constinit std::mutex readers_lock;

template <class Visit>
void visit_operands(const DeferredProduct& product, Visit visit) {
  for (const Buffer* operand : {&product.a, &product.b, &product.bias}) {
    if (operand->storage) visit(*operand->storage);
  }
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

void Storage::data_with_row_sums(Array sums) {
  Matmul call = deferred_->call({memory(), deferred_dtype_, deferred_shape_});
  call.row_sums = sums;
  backend_.matmul(call);
  computed();
}

void* Storage::data() {
  if (given_up_) {
    throw Error(
        "tensor: these numbers went straight into an activation and were never written down, and the parameters have changed since; "
        "watch() the tensor before the activation, or read it before the optimiser's step");
  }
  if (deferred_) {
    backend_.matmul(deferred_->call({memory(), deferred_dtype_, deferred_shape_}));
    computed();  // after the product: one that failed still waits
  }
  return memory();
}

void Storage::defer(DeferredProduct product, const Buffer& result) {
  visit_operands(product, [](Storage& operand) { operand.data(); });
  auto waiting = std::make_unique<DeferredProduct>(std::move(product));
  const std::lock_guard lock(readers_lock);
  visit_operands(*waiting, [](Storage& operand) { operand.readers_.reserve(operand.readers_.size() + 3); });
  visit_operands(*waiting, [this](Storage& operand) { operand.readers_.push_back(this); });
  deferred_ = std::move(waiting);
  deferred_shape_ = result.shape;
  deferred_dtype_ = result.dtype;
}

void Storage::computed() {
  if (!deferred_) return;
  spare_ = false;
  std::unique_ptr<DeferredProduct> done;  // lets go of its operands when the lock is free again
  const std::lock_guard lock(readers_lock);
  done = std::move(deferred_);
  visit_operands(*done, [this](Storage& operand) { std::erase(operand.readers_, this); });
}

void Storage::compute_readers() {
  std::vector<Storage*> readers;
  {
    const std::lock_guard lock(readers_lock);
    readers = readers_;
  }
  for (Storage* reader : readers) {
    if (reader->spare_) {
      reader->computed();
      reader->given_up_ = true;
    } else {
      reader->data();
    }
  }
}

Storage* Storage::waiting_for_transposed(const Shape& own) {
  const std::lock_guard lock(readers_lock);
  const auto found = std::find_if(readers_.begin(), readers_.end(), [&](const Storage* reader) {
    const DeferredProduct& product = *reader->deferred_;
    return product.transpose_a && product.a.storage.get() == this && product.a.shape == own;
  });
  return found == readers_.end() ? nullptr : *found;
}

}  // namespace seegrad
