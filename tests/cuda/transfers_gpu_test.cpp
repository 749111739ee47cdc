// The way to the GPU and back: every byte arrives, and numbers are those of the moment in which they were asked for.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <numeric>
#include <thread>

#include "compare.hpp"
#include "seegrad/ops/arithmetic.hpp"

namespace seegrad::testing {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t mebibyte = std::size_t{1} << 20;

Bytes pattern(std::size_t count, std::uint32_t seed) {
  Bytes bytes(count);
  std::uint32_t state = seed * 2654435761U + 1;
  for (std::uint8_t& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return bytes;
}

/// Memory of the GPU as long as it lives.
class Block {
 public:
  explicit Block(std::size_t bytes) : bytes_(bytes), data_(backend().allocate(bytes)) {}
  ~Block() { backend().release(data_, bytes_); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  static Backend& backend() { return backend_of(gpu_device); }
  std::uint8_t* data() const { return static_cast<std::uint8_t*>(data_); }

 private:
  std::size_t bytes_;
  void* data_;
};

Bytes bytes_of(Transfer& transfer) {
  const std::span<const std::byte> found = transfer.wait();
  Bytes bytes(found.size());
  if (!bytes.empty()) std::memcpy(bytes.data(), found.data(), found.size());
  return bytes;
}

}  // namespace

TEST_CASE("bytes come back as they went, whatever their number and place", "[gpu][transfers]") {
  for (const std::size_t count : {std::size_t{1}, std::size_t{3}, std::size_t{4}, std::size_t{255}, std::size_t{4097}, mebibyte - 1,
                                  mebibyte, mebibyte + 1, 4 * mebibyte + 7, 16 * mebibyte + 1, 40 * mebibyte + 13}) {
    for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, std::size_t{12}}) {
      INFO(count << " bytes to place " << offset);
      const Block block(count + offset);
      const Bytes sent = pattern(count, static_cast<std::uint32_t>(count));
      Bytes found(count, 0), later;
      Block::backend().upload(block.data() + offset, sent.data(), count);
      const std::unique_ptr<Transfer> transfer = Block::backend().download_later(block.data() + offset, count);
      Block::backend().download(found.data(), block.data() + offset, count);
      CHECK(found == sent);
      CHECK(bytes_of(*transfer) == sent);
    }
  }
}

TEST_CASE("the host's numbers may change as soon as an upload has returned", "[gpu][transfers]") {
  constexpr std::size_t count = 3 * mebibyte + 5;
  const Block block(count);
  Bytes host = pattern(count, 1);
  const Bytes sent = host;
  Block::backend().upload(block.data(), host.data(), count);
  std::fill(host.begin(), host.end(), std::uint8_t{0});
  Bytes found(count);
  Block::backend().download(found.data(), block.data(), count);
  CHECK(found == sent);
}

TEST_CASE("thousands of small uploads of odd sizes do not overtake each other", "[gpu][transfers]") {
  constexpr std::size_t rounds = 20000, largest = 3001;
  const Block block(rounds + largest);
  Bytes expected(rounds + largest, 0);
  Block::backend().upload(block.data(), expected.data(), expected.size());
  for (std::size_t i = 0; i < rounds; ++i) {
    const std::size_t count = 1 + i * 7 % largest;
    const Bytes sent = pattern(count, static_cast<std::uint32_t>(i));
    Block::backend().upload(block.data() + i, sent.data(), count);
    std::copy(sent.begin(), sent.end(), expected.begin() + static_cast<std::ptrdiff_t>(i));
  }
  Bytes found(expected.size());
  Block::backend().download(found.data(), block.data(), found.size());
  CHECK(found == expected);
}

TEST_CASE("what is asked for later is as it was when it was asked for", "[gpu][transfers]") {
  const TensorOptions there{DType::float32, gpu_device};
  Tensor x = Tensor::full({1000}, 0, there);
  std::vector<std::unique_ptr<Transfer>> asked;
  for (int i = 0; i < 300; ++i) {
    asked.push_back(x.read_later());
    backend_of(gpu_device).fill(x.array_for_update(), i + 1);
  }
  std::vector<std::size_t> order(asked.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::reverse(order.begin() + 100, order.begin() + 200);  // waited for in another order than asked
  for (const std::size_t i : order) {
    float first = -1, last = -1;
    const std::span<const std::byte> bytes = asked[i]->wait();
    REQUIRE(bytes.size() == 1000 * sizeof(float));
    std::memcpy(&first, bytes.data(), sizeof first);
    std::memcpy(&last, bytes.data() + bytes.size() - sizeof last, sizeof last);
    CHECK(first == static_cast<float>(i));
    CHECK(last == static_cast<float>(i));
  }
  // They stay while the transfer lives, also when new ones come and go.
  for (int i = 0; i < 50; ++i) static_cast<void>(x.read_later());
  float again = -1;
  std::memcpy(&again, asked[7]->wait().data(), sizeof again);
  CHECK(again == 7);
}

TEST_CASE("a transfer that is dropped before it arrived harms nobody", "[gpu][transfers]") {
  const TensorOptions there{DType::float32, gpu_device};
  const Tensor ones = Tensor::full({mebibyte}, 1, there), twos = Tensor::full({mebibyte}, 2, there);
  for (int i = 0; i < 100; ++i) {
    static_cast<void>(ones.read_later());
    const std::unique_ptr<Transfer> kept = twos.read_later();
    float found = 0;
    std::memcpy(&found, kept->wait().data(), sizeof found);
    REQUIRE(found == 2);
  }
}

TEST_CASE("a transfer arrives although nobody waits for it", "[gpu][transfers]") {
  const std::unique_ptr<Transfer> transfer = Tensor::full({5}, 3, {DType::float64, gpu_device}).read_later();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!transfer->arrived() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  CHECK(transfer->arrived());
}

TEST_CASE("two threads may ask the GPU at the same time", "[gpu][transfers]") {
  std::vector<Numbers> found(2);
  const auto work = [&](std::size_t which) {
    const TensorOptions there{DType::float32, gpu_device};
    Tensor sum = Tensor::zeros({1000}, there);
    for (int i = 0; i < 200; ++i) {
      sum = sum + static_cast<double>(which + 1);
      if (i % 10 == 0) static_cast<void>(sum.to_vector());
    }
    found[which] = sum.to_vector();
  };
  std::thread other(work, std::size_t{1});
  work(0);
  other.join();
  CHECK(found[0] == Numbers(1000, 200));
  CHECK(found[1] == Numbers(1000, 400));
}

}  // namespace seegrad::testing
