#include "transfers.hpp"

#include <algorithm>
#include <cstring>

namespace seegrad::cuda {

Event Transfers::Events::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return make_event();
  Event event = std::move(idle_.back());
  idle_.pop_back();
  return event;
}

void Transfers::Events::give_back(Event event) noexcept {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < idle_.capacity()) idle_.push_back(std::move(event));
}

/// A pinned block that the device is writing, or has written.
class Transfers::Download final : public Transfer {
 public:
  Download(Transfers& owner, const void* from, std::size_t bytes)
      : events_(owner.events_), on_arrival_(owner.on_arrival_), bytes_(bytes), arrived_event_(events_->take()) {
    const auto give_back = [pinned = owner.pinned_, bytes](void* data) { pinned->release(data, bytes); };
    block_ = {owner.pinned_->allocate(bytes), give_back};
    check(cudaMemcpyAsync(block_.get(), from, bytes, cudaMemcpyDeviceToHost, owner.stream_), "cudaMemcpyAsync to the host");
    check(cudaEventRecord(arrived_event_.get(), owner.stream_), "cudaEventRecord");
  }
  ~Download() override {
    // The device may still be writing: the block must not serve anybody else before.
    check_quietly(cudaEventSynchronize(arrived_event_.get()), "cudaEventSynchronize");
    events_->give_back(std::move(arrived_event_));
  }
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  bool arrived() const override {
    const cudaError_t status = cudaEventQuery(arrived_event_.get());
    if (status == cudaErrorNotReady) return false;
    check(status, "cudaEventQuery");
    return true;
  }
  std::span<const std::byte> wait() override {
    check(cudaEventSynchronize(arrived_event_.get()), "cudaEventSynchronize");
    on_arrival_();
    return {static_cast<const std::byte*>(block_.get()), bytes_};
  }

 private:
  std::shared_ptr<Events> events_;
  std::function<void()> on_arrival_;
  std::size_t bytes_;
  std::shared_ptr<void> block_;
  Event arrived_event_;
};

Transfers::Transfers(cudaStream_t stream, std::function<void()> on_arrival) : stream_(stream), on_arrival_(std::move(on_arrival)) {}

/// Pinned memory for at most part_bytes, which the device has read before it is overwritten.
void* Transfers::room(std::size_t bytes) {
  if (ring_.empty()) {
    ring_.resize(parts);
    for (Part& part : ring_) part = {pinned_->allocate(part_bytes), make_event(), false};
  }
  if (filled_ + bytes > part_bytes) {
    check(cudaEventRecord(ring_[part_].read.get(), stream_), "cudaEventRecord");
    ring_[part_].used = true;
    part_ = (part_ + 1) % parts;
    filled_ = 0;
    if (ring_[part_].used) check(cudaEventSynchronize(ring_[part_].read.get()), "cudaEventSynchronize");
  }
  constexpr std::size_t alignment = 256;
  void* here = static_cast<char*>(ring_[part_].memory) + filled_;
  filled_ += (bytes + alignment - 1) / alignment * alignment;
  return here;
}

void Transfers::upload(void* to, const void* host, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t portion = std::min(part_bytes, bytes - done);
    void* pinned = room(portion);
    std::memcpy(pinned, static_cast<const char*>(host) + done, portion);
    check(cudaMemcpyAsync(static_cast<char*>(to) + done, pinned, portion, cudaMemcpyHostToDevice, stream_),
          "cudaMemcpyAsync to the device");
    done += portion;
  }
}

void Transfers::download(void* host, const void* from, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t portion = std::min(std::size_t{16} << 20, bytes - done);
    Download part(*this, static_cast<const char*>(from) + done, portion);
    const auto arrived = part.wait();
    std::memcpy(static_cast<char*>(host) + done, arrived.data(), portion);
    done += portion;
  }
}

std::unique_ptr<Transfer> Transfers::download_later(const void* from, std::size_t bytes) {
  return std::make_unique<Download>(*this, from, bytes);
}

}  // namespace seegrad::cuda
