// The way between host and device. Copies run beside everything else only from host memory that stays in place, so all numbers pass
// through pinned blocks: upwards through a ring that is used over and over, downwards through blocks that a Transfer holds.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "handles.hpp"
#include "memory.hpp"

namespace seegrad::cuda {

/// For one stream. `on_arrival` is called whenever the host has waited for the device: where a kernel's note (Fault) is read.
class Transfers {
 public:
  Transfers(cudaStream_t stream, std::function<void()> on_arrival);

  /// Returns as soon as the host's numbers may change.
  void upload(void* to, const void* host, std::size_t bytes);
  void download(void* host, const void* from, std::size_t bytes);
  std::unique_ptr<Transfer> download_later(const void* from, std::size_t bytes);

 private:
  class Download;
  /// Events that serve again; transfers may end on any thread.
  class Events {
   public:
    Events() { idle_.reserve(1024); }  // so that giving one back need not allocate
    Event take();
    void give_back(Event event) noexcept;

   private:
    std::mutex mutex_;
    std::vector<Event> idle_;
  };
  /// A part of the ring, and when the device has read all of it.
  struct Part {
    void* memory = nullptr;
    Event read;
    bool used = false;
  };
  void* room(std::size_t bytes);

  static constexpr std::size_t part_bytes = std::size_t{1} << 20, parts = 4;
  cudaStream_t stream_;
  std::function<void()> on_arrival_;
  std::shared_ptr<BlockPool> pinned_ = std::make_shared<BlockPool>(std::make_unique<PinnedMemory>());
  std::vector<Part> ring_;
  std::size_t part_ = 0, filled_ = 0;  // the part in use, and how much of it
  std::shared_ptr<Events> events_ = std::make_shared<Events>();
};

}  // namespace seegrad::cuda
