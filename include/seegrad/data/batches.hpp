// From a data set to the numbers of one training step: which samples, in which order, scaled how.
//
//   Batches batches(data.train.count, 128, seed);
//   const PixelScaling scaling = standardising(data.train);
//   for (std::size_t epoch = 0; epoch < epochs; ++epoch)
//     for (std::span<const std::int32_t> batch : batches.epoch(epoch)) {
//       to_float(data.train, batch, inputs, scaling);    // [batch.size(), rows * columns]
//       gather_labels(data.train, batch, targets);       // [batch.size()]
//     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "seegrad/data/dataset.hpp"

namespace seegrad {

/// A pixel byte p becomes p * scale + shift.
struct PixelScaling {
  float scale = 1.0f / 255.0f;
  float shift = 0.0f;
};

/// Mean and standard deviation of all pixels, where 255 counts as 1. Exact sums, so independent of order and machine.
struct PixelStatistics {
  double mean = 0;
  double deviation = 0;
};
PixelStatistics pixel_statistics(const Images& images);

/// The scaling after which the pixels of `images` have mean 0 and standard deviation 1 (as a whole, not pixel by pixel).
/// When all pixels are equal only the mean is taken away. Use the training part's scaling for the test part too.
PixelScaling standardising(const Images& images);

/// Writes the chosen images to `out`, [indices.size(), rows * columns], contiguous. Throws Error when an index is not below
/// images.count; nothing is written then.
void to_float(const Images& images, std::span<const std::int32_t> indices, float* out, float scale, float shift);
void to_float(const Images& images, std::span<const std::int32_t> indices, double* out, double scale, double shift);

template <class T>
void to_float(const Images& images, std::span<const std::int32_t> indices, T* out, PixelScaling scaling = {}) {
  to_float(images, indices, out, static_cast<T>(scaling.scale), static_cast<T>(scaling.shift));
}

/// Writes the labels of the chosen images to `out`, [indices.size()]. Throws Error as `to_float` does.
void gather_labels(const Images& images, std::span<const std::int32_t> indices, std::int32_t* out);

struct BatchOptions {
  bool shuffle = true;     ///< else the samples come in their own order, as one wants when testing
  bool drop_last = false;  ///< leave out a last batch that is shorter than the others
};

/// Divides the samples of each epoch into batches. The order is a function of (seed, epoch) alone: a run that resumes at
/// epoch 7 sees what the uninterrupted run saw. After construction no memory is allocated.
class Batches {
 public:
  /// Throws UsageError when batch_size is below 1, when there are no samples, or when `drop_last` would leave no batch.
  Batches(std::size_t samples, std::int64_t batch_size, std::uint64_t seed, BatchOptions options = {});

  /// Puts the samples in the order of this epoch; then iterate over the batches.
  const Batches& epoch(std::uint64_t number);

  std::size_t size() const { return count_; }  ///< batches in an epoch
  std::size_t batch_size() const { return batch_size_; }
  std::size_t samples() const { return order_.size(); }

  /// Batch number i of the current epoch: indices of samples. Valid until the next call of `epoch`.
  std::span<const std::int32_t> operator[](std::size_t i) const {
    const std::size_t begin = i * batch_size_, left = order_.size() - begin;
    return std::span(order_).subspan(begin, left < batch_size_ ? left : batch_size_);
  }

  class Iterator {
   public:
    Iterator(const Batches* batches, std::size_t i) : batches_(batches), i_(i) {}
    std::span<const std::int32_t> operator*() const { return (*batches_)[i_]; }
    Iterator& operator++() {
      ++i_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Batches* batches_;
    std::size_t i_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, count_}; }

 private:
  std::vector<std::int32_t> order_;
  std::size_t batch_size_;
  std::size_t count_;
  std::uint64_t seed_;
  bool shuffle_;
};

}  // namespace seegrad
