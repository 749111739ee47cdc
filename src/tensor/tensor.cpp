#include "seegrad/tensor/tensor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <type_traits>

#include "seegrad/math/error.hpp"

namespace seegrad {
namespace {

thread_local bool recording_now = true;

std::uint64_t next_order() {
  static std::atomic<std::uint64_t> clock{0};
  return ++clock;
}

template <class T>
std::vector<T> download(const Tensor& tensor) {
  const ConstArray from = tensor.array();
  std::vector<T> host(from.count());
  if (!host.empty()) tensor.backend().download(host.data(), from.data, host.size() * sizeof(T));
  return host;
}

void check_fits_int32(double value) {
  if (value > -2147483649.0 && value < 2147483648.0) return;  // NaN fails both
  throw Error(fmt::format("tensor of int32: {} is not an int32", value));
}

template <class To>
void upload(Backend& backend, Array to, std::span<const double> values) {
  if constexpr (std::is_same_v<To, std::int32_t>) {
    for (double value : values) check_fits_int32(value);
  }
  const std::vector<To> host(values.begin(), values.end());
  if (!host.empty()) backend.upload(to.data, host.data(), host.size() * sizeof(To));
}

void check_value_count(std::size_t values, const Shape& shape) {
  if (static_cast<std::int64_t>(values) == shape.count()) return;
  throw Error(fmt::format("tensor of shape {}: {} values given, {} needed", shape.to_string(), values, shape.count()));
}

void fill_from_host(Backend& backend, Array to, std::span<const double> values) {
  check_value_count(values.size(), to.shape);
  if (to.dtype == DType::float64) return upload<double>(backend, to, values);
  if (to.dtype == DType::float32) return upload<float>(backend, to, values);
  upload<std::int32_t>(backend, to, values);
}

}  // namespace

bool recording() { return recording_now; }
void set_recording(bool on) { recording_now = on; }
NoGrad::NoGrad() : before_(recording_now) { recording_now = false; }
NoGrad::~NoGrad() { recording_now = before_; }

Tensor::Node::Node(Buffer values) : buffer(std::move(values)), order(next_order()) {}

// A long chain of nodes must not be destroyed by recursion, which would end at the bottom of the stack: the first node to die
// takes over the edges of all that die with it.
Tensor::Node::~Node() {
  thread_local std::vector<Edge>* dying = nullptr;
  if (dying) {
    std::move(edges.begin(), edges.end(), std::back_inserter(*dying));
    return;
  }
  std::vector<Edge> todo = std::move(edges);
  dying = &todo;
  while (!todo.empty()) {
    const Edge edge = std::move(todo.back());
    todo.pop_back();
  }
  dying = nullptr;
}

Tensor::Tensor(const Shape& shape, TensorOptions options) {
  Backend& backend = backend_of(options.device);
  const std::size_t bytes = static_cast<std::size_t>(shape.count()) * size_of(options.dtype);
  node_ = std::make_shared<Node>(Buffer{std::make_shared<Storage>(backend, bytes), shape, options.dtype});
}

Tensor Tensor::full(const Shape& shape, double value, TensorOptions options) {
  Tensor result(shape, options);
  if (options.dtype == DType::int32) {
    const std::vector<double> values(static_cast<std::size_t>(shape.count()), value);
    fill_from_host(result.backend(), result.array_to_fill(), values);
  } else {
    result.backend().fill(result.array_to_fill(), value);
  }
  return result;
}

Tensor Tensor::from(std::span<const double> values, const Shape& shape, TensorOptions options) {
  check_value_count(values.size(), shape);
  Tensor result(shape, options);
  fill_from_host(result.backend(), result.array_to_fill(), values);
  return result;
}

Tensor Tensor::from(std::initializer_list<double> values, const Shape& shape, TensorOptions options) {
  return from(std::span(values.begin(), values.size()), shape, options);
}

Tensor Tensor::indices(std::span<const std::int32_t> values, Device device) {
  Tensor result({static_cast<std::int64_t>(values.size())}, {DType::int32, device});
  if (!values.empty()) result.backend().upload(result.array_to_fill().data, values.data(), values.size_bytes());
  return result;
}

Tensor Tensor::of(Buffer buffer) {
  Tensor result;
  result.node_ = std::make_shared<Node>(std::move(buffer));
  return result;
}

const Buffer& Tensor::buffer() const {
  if (!node_) throw Error("tensor: this one is empty (a default Tensor), it has no shape and no numbers");
  return node_->buffer;
}

const Shape& Tensor::shape() const { return buffer().shape; }
DType Tensor::dtype() const { return buffer().dtype; }
Device Tensor::device() const { return backend().device(); }
Backend& Tensor::backend() const { return buffer().storage->backend(); }
ConstArray Tensor::array() const { return buffer().read(); }
// Not const, whatever the handle could be: it hands out memory to be written. NOLINTNEXTLINE(readability-make-member-function-const)
Array Tensor::array_to_fill() { return buffer().fill(); }

Array Tensor::array_for_update() {
  Storage& storage = *buffer().storage;
  storage.data();
  storage.compute_readers();
  storage.changed_in_place();
  return node_->buffer.fill();
}

std::vector<double> Tensor::to_vector() const {
  if (dtype() == DType::float64) return download<double>(*this);
  if (dtype() == DType::int32) {
    const std::vector<std::int32_t> host = download<std::int32_t>(*this);
    return {host.begin(), host.end()};
  }
  const std::vector<float> host = download<float>(*this);
  return {host.begin(), host.end()};
}

std::vector<std::int32_t> Tensor::to_indices() const {
  if (dtype() != DType::int32) throw Error(fmt::format("indices: a tensor of int32 is needed, this one holds {}", name_of(dtype())));
  return download<std::int32_t>(*this);
}

std::unique_ptr<Transfer> Tensor::read_later() const {
  const ConstArray from = array();
  return backend().download_later(from.data, from.count() * size_of(from.dtype));
}

double Tensor::item() const {
  if (count() != 1) throw Error(fmt::format("item: a tensor of one element is needed, this one has shape {}", shape().to_string()));
  return to_vector().front();
}

void Tensor::assign(std::span<const double> values) { fill_from_host(backend(), array_for_update(), values); }

void Tensor::check_host_access(DType wanted) const {
  if (device().kind != Device::Kind::cpu) throw Error(fmt::format("values: the tensor lies on {}; use to_vector()", device().to_string()));
  if (dtype() != wanted) throw Error(fmt::format("values: the tensor holds {}, not {}", name_of(dtype()), name_of(wanted)));
}

bool Tensor::requires_grad() const { return node_ && node_->requires_grad; }

Tensor& Tensor::requires_grad(bool value) {
  if (!node_) throw Error("requires_grad: the tensor is empty");
  if (value && dtype() == DType::int32) throw Error("requires_grad: int32 tensors have no gradient");
  if (!node_->edges.empty()) throw Error(fmt::format("requires_grad: the tensor is the result of {}; detach() it first", node_->op));
  node_->requires_grad = value;
  return *this;
}

Tensor Tensor::detach() const { return of(buffer()); }

Tensor Tensor::to(Device target) const {
  if (target == device()) return *this;
  Tensor result(shape(), {dtype(), target});
  const std::size_t bytes = static_cast<std::size_t>(count()) * size_of(dtype());
  std::vector<char> host(bytes);
  backend().download(host.data(), array().data, bytes);
  result.backend().upload(result.array_to_fill().data, host.data(), bytes);
  const Device home = device();
  return record(std::move(result), "to", *this, [home](const Tensor& g, const Tensor&) { return g.to(home); });
}

Tensor Tensor::to(DType target) const {
  if (target == dtype()) return *this;
  Tensor result = from(to_vector(), shape(), {target, device()});
  if (target == DType::int32) return result;  // whole numbers have no gradient
  const DType home = dtype();
  return record(std::move(result), "to", *this, [home](const Tensor& g, const Tensor&) { return g.to(home); });
}

bool Tensor::watched() const { return node_ && node_->watched; }

void Tensor::watch() const {
  if (!node_) throw Error("watch: the tensor is empty");
  node_->watched = true;
}

namespace detail {

void add_reading(Tensor& result, const Tensor& read) {
  const Buffer& buffer = read.buffer();
  result.node()->readings.push_back({buffer.storage, buffer.storage->version(), buffer.shape});
}

void add_edge(Tensor& result, std::string_view op, const Tensor& input, GradientRule rule) {
  Tensor::Node& node = *result.node();
  node.op = op;
  node.requires_grad = true;
  node.edges.push_back({input, std::move(rule)});
}

}  // namespace detail
}  // namespace seegrad
