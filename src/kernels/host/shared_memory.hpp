// The shared memory of the block that runs. Each array appears when a thread first touches it, filled with bytes that make every
// float and double a NaN, so that what is read before it was written shows. Between arrays lie red zones that AddressSanitizer guards.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/host/fiber.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::kernels::host {

/// A kernel does what no device would let pass.
class KernelError : public Error {
 public:
  using Error::Error;
};

/// Where the shared array of one declaration lies, in the block with this number.
struct SharedSlot {
  std::uint64_t block = 0;
  std::size_t offset = 0;
};

class SharedMemory {
 public:
  static constexpr std::size_t most = 227 * 1024;        ///< what a block can have on the largest devices
  static constexpr std::size_t most_fixed = 48 * 1024;   ///< of it in arrays whose size the compiler knows
  static constexpr unsigned char untouched_byte = 0xFF;  ///< eight of them are a NaN, four too

  SharedMemory() { poison(0, capacity); }
  ~SharedMemory() { unpoison(0, capacity); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  void begin_block(std::size_t dynamic_bytes) {
    poison(0, top_);
    top_ = used_ = fixed_ = 0;
    arrays_.clear();
    ++block_;
    if (dynamic_bytes > most) refuse(dynamic_bytes, most, "shared memory");
    dynamic_bytes_ = dynamic_bytes;
    place(dynamic_bytes);
  }

  /// The array whose size the launch gives.
  void* dynamic() { return bytes(); }
  std::size_t dynamic_bytes() const { return dynamic_bytes_; }

  /// The array of one declaration: the same for all threads of a block.
  void* fixed(SharedSlot& slot, std::size_t count) {
    if (slot.block != block_) {
      fixed_ += count;
      if (fixed_ > most_fixed) refuse(fixed_, most_fixed, "shared arrays of fixed size");
      slot = {block_, place(count)};
    }
    return bytes() + slot.offset;
  }

  /// The arrays that this block has touched so far, the launch's first if it has one.
  std::span<const std::span<const std::byte>> arrays() const { return arrays_; }

 private:
  static constexpr std::size_t alignment = 128, red_zone = 128, capacity = 2 * most + 1024 * red_zone;

  unsigned char* bytes() {
    void* start = memory_.get();
    std::size_t space = capacity + alignment;
    return static_cast<unsigned char*>(std::align(alignment, capacity, start, space));
  }
  std::size_t place(std::size_t count) {
    const std::size_t offset = top_, end = offset + count;
    used_ += (count + 15) / 16 * 16;
    if (used_ > most) refuse(used_, most, "shared memory");
    top_ = (end + red_zone + alignment - 1) / alignment * alignment;
    if (top_ > capacity) refuse(top_, capacity, "shared memory in many small arrays");
    if (count == 0) return offset;
    unpoison(offset, count);
    std::memset(bytes() + offset, untouched_byte, count);
    arrays_.push_back(std::as_bytes(std::span(bytes() + offset, count)));
    return offset;
  }
  [[noreturn]] static void refuse(std::size_t wanted, std::size_t limit, const std::string& of_what) {
    throw KernelError("kernel on the host: " + std::to_string(wanted) + " bytes of " + of_what + "; a block can have " +
                      std::to_string(limit));
  }
  void poison([[maybe_unused]] std::size_t offset, [[maybe_unused]] std::size_t count) {
#ifdef SEEGRAD_ADDRESS_SANITIZER
    ASAN_POISON_MEMORY_REGION(bytes() + offset, count);
#endif
  }
  void unpoison([[maybe_unused]] std::size_t offset, [[maybe_unused]] std::size_t count) {
#ifdef SEEGRAD_ADDRESS_SANITIZER
    ASAN_UNPOISON_MEMORY_REGION(bytes() + offset, count);
#endif
  }

  std::unique_ptr<unsigned char[]> memory_ = std::make_unique_for_overwrite<unsigned char[]>(capacity + alignment);
  std::size_t top_ = 0, used_ = 0, fixed_ = 0, dynamic_bytes_ = 0;
  std::uint64_t block_ = 0;
  std::vector<std::span<const std::byte>> arrays_;
};

}  // namespace seegrad::kernels::host
