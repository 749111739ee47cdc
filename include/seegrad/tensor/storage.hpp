// Memory of one array on one device, and the one computation that may wait in it.
//
// A matrix product is worth delaying by one op: what follows it (an activation, or the multiplication by f' on the way back) can
// then be done on each block while it is in cache. So linear() leaves its product *deferred* in the storage of its result. Whoever
// reads the numbers makes it happen; an activation that comes first takes it over and runs it with its own work attached. There is
// no second, fused version of any op: only the moment of computing differs. Writing in place to an input of a deferred product
// (an optimiser's step) computes the product first. The operands of a deferred product are always computed: nothing waits for
// something that waits, so a chain of products of any length is read and destroyed without recursion.
//
// On the way back the gradient of a bias is the row sums of the product that is the gradient of the weights: sum() finds that product
// waiting and lets it leave the sums behind.
//
// Where nobody but an activation will read a product (Tensor::Node::intermediate), a backend may leave its numbers out. They still wait
// to be computed should somebody ask; but when an operand is about to change they are given up, and asking is an error from then on.
//
// Until it has been computed, a product belongs to the thread that reads it: two threads must not read it at the same time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "seegrad/tensor/backend.hpp"

namespace seegrad {

class Storage;

/// A shared array: storage with the shape and type in which it is seen.
struct Buffer {
  std::shared_ptr<Storage> storage;
  Shape shape;
  DType dtype = DType::float32;

  ConstArray read() const;
  /// To fill a result that nobody has read yet.
  Array fill() const;
};

/// A matrix product that has not been computed yet; keeps its operands alive.
struct DeferredProduct {
  Buffer a, b, bias;
  bool transpose_a = false, transpose_b = false;
  /// The call that computes it into `c`; an epilogue may be added.
  Matmul call(Array c) const;
};

class Storage {
 public:
  Storage(Backend& backend, std::size_t bytes);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  Backend& backend() const { return backend_; }
  std::size_t bytes() const { return bytes_; }

  /// The memory, allocated at first use; a deferred product is computed first.
  void* data();
  /// The memory without computing what is deferred: for a caller that is about to write all of it.
  void* memory();

  /// Leaves the product to be computed later; what it reads is computed now.
  void defer(DeferredProduct product, const Buffer& result);
  /// The product that waits here, or nullptr.
  const DeferredProduct* deferred() const { return deferred_.get(); }
  /// The product has been computed into memory() by someone else (fused with more work).
  void computed();

  /// An activation took the product over and left its numbers out: they are wanted no more, but can still be computed.
  void spare() { spare_ = true; }

  /// Computes every deferred product that reads this storage; called before it is changed in place. Spare ones are given up.
  void compute_readers();
  /// Computes the deferred product, and with it the sums of its first operand's rows.
  void data_with_row_sums(Array sums);
  /// A product of `own` transposed (this storage, in that shape), whose rows' sums are those of its columns; nullptr if none waits.
  Storage* waiting_for_transposed(const Shape& own);

  /// How often the numbers were changed in place. The tape remembers it, to notice a change between an op and the walk back.
  std::uint64_t version() const { return version_; }
  void changed_in_place() {
    ++version_;
    by_product_.reset();
  }

  /// What a backend left beside these numbers, to be handed back with them (Matmul::by_product); gone when they change.
  std::shared_ptr<void>& by_product() { return by_product_; }

 private:
  Backend& backend_;
  std::size_t bytes_;
  void* memory_ = nullptr;
  std::uint64_t version_ = 0;
  std::unique_ptr<DeferredProduct> deferred_;
  bool spare_ = false, given_up_ = false;
  std::shared_ptr<void> by_product_;
  Shape deferred_shape_;
  DType deferred_dtype_ = DType::float32;
  std::vector<Storage*> readers_;  ///< in which a product waits that reads this one; one lock guards those of all storages
};

}  // namespace seegrad
