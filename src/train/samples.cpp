#include "seegrad/train/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/tensor/threads.hpp"
#include "train/memory_need.hpp"

namespace seegrad::train {
namespace {

constexpr std::size_t probe_size = 512, evaluation_batch = 1000;

Dataset load(const TrainOptions& options) {
  LoadOptions how;
  how.train_samples = options.train_samples;
  return load_dataset(options.data, how);
}

TensorOptions tensor_options(const TrainOptions& options) {
  if (options.threads > 0) set_thread_count(options.threads);
  try {
    return {options.precision, Device::parse(options.device)};
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("--device {}: {}", options.device, error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("--device {}: {}", options.device, error.what()));
  }
}

std::vector<std::int32_t> indices_from(std::size_t first, std::size_t count) {
  std::vector<std::int32_t> indices(count);
  std::iota(indices.begin(), indices.end(), static_cast<std::int32_t>(first));
  return indices;
}

template <class T>
void fill_images(const Images& from, std::span<const std::int32_t> indices, PixelScaling scaling, Tensor& to) {
  if (to.device().kind == Device::Kind::cpu) return to_float(from, indices, to.array_to_fill().as<T>(), scaling);
  std::vector<T> host(static_cast<std::size_t>(to.count()));
  to_float(from, indices, host.data(), scaling);
  to.backend().upload(to.array_to_fill().data, host.data(), host.size() * sizeof(T));
}

}  // namespace

Samples::Samples(const TrainOptions& options)
    : data_(load(options)),
      scaling_(standardising(data_.train)),
      batches_(data_.train.count, options.batch, options.seed),
      tensor_(tensor_options(options)) {
  if (tensor_.device.kind != Device::Kind::cpu) return;
  const auto rows = std::min(options.batch, static_cast<std::int64_t>(data_.train.count));
  check_memory(memory_need(options, inputs(), classes(), rows), options, physical_memory());
}

Tensor Samples::images_of(const Images& from, std::span<const std::int32_t> indices) const {
  Tensor images({static_cast<std::int64_t>(indices.size()), inputs()}, tensor_);
  with_floating(tensor_.dtype, [&]<class T>() { fill_images<T>(from, indices, scaling_, images); });
  return images;
}

Tensor Samples::labels_of(const Images& from, std::span<const std::int32_t> indices) const {
  std::vector<std::int32_t> labels(indices.size());
  gather_labels(from, indices, labels.data());
  return Tensor::indices(labels, tensor_.device);
}

Samples::Epoch Samples::epoch(std::int64_t number) {
  batches_.epoch(static_cast<std::uint64_t>(number - 1));
  return {this, number};
}

Batch Samples::batch(std::int64_t epoch, std::size_t index) const {
  const std::span<const std::int32_t> indices = batches_[index];
  return {images_of(data_.train, indices), labels_of(data_.train, indices),
          (epoch - 1) * steps_per_epoch() + static_cast<std::int64_t>(index), epoch, index + 1 == batches_.size()};
}

Tensor Samples::probe() const { return images_of(data_.train, indices_from(0, std::min(probe_size, data_.train.count))); }

Evaluation Samples::evaluate_test(nn::Module& network) const { return evaluate(network, data_.test, data_.test.count); }

Evaluation Samples::evaluate_train(nn::Module& network) const {
  return evaluate(network, data_.train, std::min(data_.train.count, data_.test.count));
}

Evaluation Samples::evaluate(nn::Module& network, const Images& images, std::size_t count) const {
  const NoGrad no_tape;
  const Using in_use(network);
  double loss = 0;
  std::int64_t correct = 0;
  for (std::size_t first = 0; first < count; first += evaluation_batch) {
    const std::vector<std::int32_t> indices = indices_from(first, std::min(evaluation_batch, count - first));
    const Tensor labels = labels_of(images, indices), logits = network(images_of(images, indices));
    loss += cross_entropy(logits, labels).item() * static_cast<double>(indices.size());
    correct += count_correct(logits, labels);
  }
  return {loss / static_cast<double>(count), static_cast<double>(correct) / static_cast<double>(count)};
}

}  // namespace seegrad::train
