// Shuffling, cutting into batches, and turning bytes into floats.

#include "seegrad/data/batches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "seegrad/math/error.hpp"
#include "seegrad/math/random.hpp"

namespace seegrad {
namespace {

void check_indices(const Images& images, std::span<const std::int32_t> indices) {
  for (const std::int32_t index : indices)
    if (index < 0 || static_cast<std::size_t>(index) >= images.count)
      throw Error(fmt::format("batch: sample {} was asked for, there are {}", index, images.count));
}

template <class T>
void convert(const Images& images, std::span<const std::int32_t> indices, T* out, T scale, T shift) {
  check_indices(images, indices);
  const std::size_t size = images.size();
  for (const std::int32_t index : indices) {
    const std::uint8_t* pixel = images.image(static_cast<std::size_t>(index)).data();
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<T>(pixel[i]) * scale + shift;
    out += size;
  }
}

}  // namespace

PixelStatistics pixel_statistics(const Images& images) {
  std::array<std::uint64_t, 256> histogram{};
  for (const std::uint8_t pixel : images.pixels) ++histogram[pixel];
  std::uint64_t sum = 0, squares = 0;
  for (std::uint64_t value = 0; value < 256; ++value) {
    sum += value * histogram[value];
    squares += value * value * histogram[value];
  }
  if (images.pixels.empty()) return {};
  const auto n = static_cast<double>(images.pixels.size());
  const double mean = static_cast<double>(sum) / n;
  const double variance = std::max(0.0, static_cast<double>(squares) / n - mean * mean);
  return {mean / 255, std::sqrt(variance) / 255};
}

PixelScaling standardising(const Images& images) {
  const PixelStatistics statistics = pixel_statistics(images);
  const double deviation = statistics.deviation > 0 ? statistics.deviation : 1.0;
  return {static_cast<float>(1 / (255 * deviation)), static_cast<float>(-statistics.mean / deviation)};
}

void to_float(const Images& images, std::span<const std::int32_t> indices, float* out, float scale, float shift) {
  convert(images, indices, out, scale, shift);
}

void to_float(const Images& images, std::span<const std::int32_t> indices, double* out, double scale, double shift) {
  convert(images, indices, out, scale, shift);
}

void gather_labels(const Images& images, std::span<const std::int32_t> indices, std::int32_t* out) {
  check_indices(images, indices);
  for (const std::int32_t index : indices) *out++ = images.labels[static_cast<std::size_t>(index)];
}

Batches::Batches(std::size_t samples, std::int64_t batch_size, std::uint64_t seed, BatchOptions options)
    : seed_(seed), shuffle_(options.shuffle) {
  if (batch_size < 1) throw UsageError(fmt::format("--batch {}: must be at least 1", batch_size));
  if (samples < 1 || samples > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    throw UsageError(fmt::format("batches of {} samples: 1 to 2147483647 are possible", samples));
  batch_size_ = static_cast<std::size_t>(batch_size);
  count_ = samples / batch_size_ + (samples % batch_size_ != 0 && !options.drop_last ? 1 : 0);
  if (count_ == 0)
    throw UsageError(fmt::format("--batch {}: more than the {} samples, and a short batch is not wanted", batch_size, samples));
  order_.resize(samples);
  std::iota(order_.begin(), order_.end(), 0);
}

const Batches& Batches::epoch(std::uint64_t number) {
  if (!shuffle_) return *this;
  std::iota(order_.begin(), order_.end(), 0);
  Random(seed_).split(number).shuffle(order_);
  return *this;
}

}  // namespace seegrad
