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
constexpr std::uint64_t label_stream = ~std::uint64_t{0};  // of random numbers; epochs use the low ones

Dataset load(const TrainOptions& options) {
  LoadOptions how;
  how.train_samples = options.train_samples;
  Dataset data = load_dataset(options.data, how);
  if (options.shuffle_labels) {
    Random(options.seed).split(label_stream).shuffle(data.train.labels);
    data.note += fmt::format("{}--shuffle-labels: the training labels are in random order", data.note.empty() ? "" : "; ");
  }
  return data;
}

TensorOptions tensor_options(const TrainOptions& options) {
  if (options.threads > 0) set_thread_count(options.threads);
  try {
    const Device device = Device::parse(options.device);
    static_cast<void>(backend_of(device));  // now, before anything else is done
    return {dtype_of(options.precision), device};
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("--device {}: {}", options.device, error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("--device {}", error.what()));  // which begins with the device's name
  }
}

std::vector<std::int32_t> indices_from(std::size_t first, std::size_t count) {
  std::vector<std::int32_t> indices(count);
  std::iota(indices.begin(), indices.end(), static_cast<std::int32_t>(first));
  return indices;
}

/// All images, in portions so that the host needs little memory for them.
template <class T>
void upload_images(const Images& from, PixelScaling scaling, Tensor& to) {
  constexpr std::size_t portion = 4096;
  const Array target = to.array_to_fill();
  std::vector<T> host(std::min(portion, from.count) * from.size());
  for (std::size_t first = 0; first < from.count; first += portion) {
    const std::vector<std::int32_t> indices = indices_from(first, std::min(portion, from.count - first));
    to_float(from, indices, host.data(), scaling);
    to.backend().upload(target.as<T>() + first * from.size(), host.data(), indices.size() * from.size() * sizeof(T));
  }
}

Tensor gathered(const Tensor& from, const Tensor& indices) {
  const std::int64_t columns = from.shape().count(1, from.shape().rank());
  Tensor to(from.shape().without(0).with(0, indices.count()), from.options());
  ConstArray rows = from.array();
  rows.shape = {from.shape()[0], columns};
  Array target = to.array_to_fill();
  target.shape = {indices.count(), columns};
  from.backend().gather_rows(rows, indices.array(), target);
  return to;
}

}  // namespace

Samples::Samples(const TrainOptions& options)
    : data_(load(options)),
      scaling_(standardising(data_.train)),
      batches_(data_.train.count, options.batch, options.seed),
      tensor_(tensor_options(options)) {
  Backend& backend = backend_of(tensor_.device);
  const double device_memory = static_cast<double>(backend.memory().device_free);
  const auto rows = std::min(options.batch, static_cast<std::int64_t>(data_.train.count));
  check_memory(memory_need(options, inputs(), classes(), rows), options, device_memory > 0 ? device_memory : physical_memory());
  try {
    backend.set_product_precision(product_of(options.precision));
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("--precision {}: {}", name_of(options.precision), error.what()));
  }
}

Tensor Batch::images() const { return samples->images_of(samples->data_.train, indices); }
Tensor Batch::labels() const { return samples->labels_of(samples->data_.train, indices); }

const Samples::Resident& Samples::resident(const Images& from) const {
  Resident& here = &from == &data_.train ? resident_train_ : resident_test_;
  if (here.images) return here;
  Tensor images({static_cast<std::int64_t>(from.count), inputs()}, tensor_);
  with_floating(tensor_.dtype, [&]<class T>() { upload_images<T>(from, scaling_, images); });
  std::vector<std::int32_t> labels(from.count);
  gather_labels(from, indices_from(0, from.count), labels.data());
  here = {images, Tensor::indices(labels, tensor_.device)};
  return here;
}

Tensor Samples::images(const Tensor& indices) const { return gathered(resident(data_.train).images, indices); }
Tensor Samples::labels(const Tensor& indices) const { return gathered(resident(data_.train).labels, indices); }

Tensor Samples::images_of(const Images& from, std::span<const std::int32_t> indices) const {
  if (tensor_.device.kind != Device::Kind::cpu) return gathered(resident(from).images, Tensor::indices(indices, tensor_.device));
  Tensor images({static_cast<std::int64_t>(indices.size()), inputs()}, tensor_);
  with_floating(tensor_.dtype, [&]<class T>() { to_float(from, indices, images.array_to_fill().as<T>(), scaling_); });
  return images;
}

Tensor Samples::labels_of(const Images& from, std::span<const std::int32_t> indices) const {
  if (tensor_.device.kind != Device::Kind::cpu) return gathered(resident(from).labels, Tensor::indices(indices, tensor_.device));
  std::vector<std::int32_t> labels(indices.size());
  gather_labels(from, indices, labels.data());
  return Tensor::indices(labels, tensor_.device);
}

Samples::Epoch Samples::epoch(std::int64_t number, std::int64_t first) {
  batches_.epoch(static_cast<std::uint64_t>(number - 1));
  return {this, number, static_cast<std::size_t>(first)};
}

Batch Samples::batch(std::int64_t epoch, std::size_t index) const {
  return {this, batches_[index], (epoch - 1) * steps_per_epoch() + static_cast<std::int64_t>(index), epoch, index + 1 == batches_.size()};
}

Tensor Samples::probe() const { return images_of(data_.train, indices_from(0, std::min(probe_size, data_.train.count))); }

Tensor Samples::test_images(std::size_t first, std::size_t count) const {
  return images_of(data_.test, indices_from(first, std::min(count, data_.test.count - std::min(first, data_.test.count))));
}

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
    correct += static_cast<std::int64_t>(count_correct(logits, labels).item());
  }
  return {loss / static_cast<double>(count), static_cast<double>(correct) / static_cast<double>(count)};
}

}  // namespace seegrad::train
