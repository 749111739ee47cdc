// From a data set to the tensors of one step: pixels stay bytes until a batch needs them, then they become numbers with mean 0 and
// standard deviation 1 over the training set (one mean and one deviation for all pixels).
#pragma once
#include <cstdint>
#include <span>

#include "seegrad/data/batches.hpp"
#include "seegrad/data/dataset.hpp"
#include "seegrad/nn/module.hpp"
#include "seegrad/train/options.hpp"

namespace seegrad::train {

/// What one step learns from.
struct Batch {
  Tensor images;  ///< [samples, pixels]
  Tensor labels;  ///< int32 [samples]
  std::int64_t step = 0, epoch = 1;
  bool last_of_epoch = false;
  std::int64_t size() const { return images.shape()[0]; }
};

struct Evaluation {
  double loss = 0, accuracy = 0;
};

class Samples {
 public:
  /// Loads what --data names, sets the number of threads and chooses the device. Throws as load_dataset() and Device::parse() do, and
  /// UsageError when a network of the asked size would need more memory than the machine has.
  explicit Samples(const TrainOptions& options);

  const Dataset& dataset() const { return data_; }
  std::int64_t inputs() const { return static_cast<std::int64_t>(data_.train.size()); }
  std::int64_t classes() const { return static_cast<std::int64_t>(data_.classes.size()); }
  std::int64_t steps_per_epoch() const { return static_cast<std::int64_t>(batches_.size()); }
  TensorOptions tensor() const { return tensor_; }

  /// The batches of an epoch (counted from 1), shuffled by seed and epoch, made one after the other. One walk at a time.
  class Epoch {
   public:
    class Iterator {
     public:
      Iterator(Samples* samples, std::int64_t epoch, std::size_t index) : samples_(samples), epoch_(epoch), index_(index) {}
      Batch operator*() const { return samples_->batch(epoch_, index_); }
      Iterator& operator++() {
        ++index_;
        return *this;
      }
      bool operator==(const Iterator&) const = default;

     private:
      Samples* samples_;
      std::int64_t epoch_;
      std::size_t index_;
    };
    Epoch(Samples* samples, std::int64_t epoch) : samples_(samples), epoch_(epoch) {}
    Iterator begin() const { return {samples_, epoch_, 0}; }
    Iterator end() const { return {samples_, epoch_, samples_->batches_.size()}; }

   private:
    Samples* samples_;
    std::int64_t epoch_;
  };
  Epoch epoch(std::int64_t number);

  /// The first training samples, at most 512 of them: the same at every call.
  Tensor probe() const;

  /// Mean loss and accuracy over the test set, and over as many of the first training samples. The network is used, not trained.
  Evaluation evaluate_test(nn::Module& network) const;
  Evaluation evaluate_train(nn::Module& network) const;

 private:
  Batch batch(std::int64_t epoch, std::size_t index) const;
  Tensor images_of(const Images& from, std::span<const std::int32_t> indices) const;
  Tensor labels_of(const Images& from, std::span<const std::int32_t> indices) const;
  Evaluation evaluate(nn::Module& network, const Images& images, std::size_t count) const;

  Dataset data_;
  PixelScaling scaling_;
  Batches batches_;
  TensorOptions tensor_;
};

/// While one lives, the network is used and not trained.
class Using {
 public:
  explicit Using(nn::Module& network) : network_(network), before_(network.training()) { network_.train(false); }
  ~Using() { network_.train(before_); }
  Using(const Using&) = delete;
  Using& operator=(const Using&) = delete;

 private:
  nn::Module& network_;
  bool before_;
};

}  // namespace seegrad::train
