// From a data set to the tensors of one step: pixels become numbers with mean 0 and standard deviation 1 over the training set (one
// mean and one deviation for all pixels). On the CPU they stay bytes until a batch needs them; a device with memory of its own holds the
// whole data set as numbers, and a batch is gathered there.
#pragma once
#include <cstdint>
#include <span>

#include "seegrad/data/batches.hpp"
#include "seegrad/data/dataset.hpp"
#include "seegrad/nn/module.hpp"
#include "seegrad/train/options.hpp"

namespace seegrad::train {

class Samples;

/// What one step learns from.
struct Batch {
  const Samples* samples = nullptr;
  std::span<const std::int32_t> indices;  ///< of training samples; valid until the next epoch begins
  std::int64_t step = 0, epoch = 1;
  bool last_of_epoch = false;
  std::int64_t size() const { return static_cast<std::int64_t>(indices.size()); }
  Tensor images() const;  ///< [samples, pixels]
  Tensor labels() const;  ///< int32 [samples]
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
  const PixelScaling& scaling() const { return scaling_; }
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
    Epoch(Samples* samples, std::int64_t epoch, std::size_t first) : samples_(samples), epoch_(epoch), first_(first) {}
    Iterator begin() const { return {samples_, epoch_, first_}; }
    Iterator end() const { return {samples_, epoch_, samples_->batches_.size()}; }

   private:
    Samples* samples_;
    std::int64_t epoch_;
    std::size_t first_;
  };
  /// Those from number `first` on (counted from 0), for a run that goes on in the middle of an epoch.
  Epoch epoch(std::int64_t number, std::int64_t first = 0);

  /// Training samples by number (int32, on the device of tensor()), gathered there: for a device that holds the data set.
  Tensor images(const Tensor& indices) const;
  Tensor labels(const Tensor& indices) const;

  /// The first training samples, at most 512 of them: the same at every call.
  Tensor probe() const;

  /// The test images from number `first` on, at most `count` of them, as the network takes them.
  Tensor test_images(std::size_t first, std::size_t count) const;

  /// Mean loss and accuracy over the test set, and over as many of the first training samples. The network is used, not trained.
  Evaluation evaluate_test(nn::Module& network) const;
  Evaluation evaluate_train(nn::Module& network) const;

 private:
  friend struct Batch;
  /// A part of the data set in the memory of a device.
  struct Resident {
    Tensor images, labels;
  };
  Batch batch(std::int64_t epoch, std::size_t index) const;
  const Resident& resident(const Images& from) const;
  Tensor images_of(const Images& from, std::span<const std::int32_t> indices) const;
  Tensor labels_of(const Images& from, std::span<const std::int32_t> indices) const;
  Evaluation evaluate(nn::Module& network, const Images& images, std::size_t count) const;

  Dataset data_;
  PixelScaling scaling_;
  Batches batches_;
  TensorOptions tensor_;
  mutable Resident resident_train_, resident_test_;  // put there when first used
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
