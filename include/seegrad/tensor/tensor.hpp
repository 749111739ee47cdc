// A tensor is a handle on a node of the tape: an array on a device, and how it came about. Copying a tensor copies the handle.
//
// The tape is the graph of nodes itself. An op computes its result and, when one of its inputs requires a gradient, notes for each
// such input the rule that turns the gradient of the result into the gradient of that input. Rules are written in ops, so a
// gradient can be differentiated again. gradients() (gradients.hpp) walks the nodes back; it stores nothing on them.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "seegrad/tensor/storage.hpp"

namespace seegrad {

struct TensorOptions {
  DType dtype = DType::float32;
  Device device = {};
};

class Tensor {
 public:
  struct Node;

  /// No tensor; converts to false.
  Tensor() = default;
  /// An uninitialised array.
  explicit Tensor(const Shape& shape, TensorOptions options = {});

  static Tensor full(const Shape& shape, double value, TensorOptions options = {});
  static Tensor zeros(const Shape& shape, TensorOptions options = {}) { return full(shape, 0, options); }
  static Tensor scalar(double value, TensorOptions options = {}) { return full({}, value, options); }
  /// Copies host values in row-major order, converting them to the dtype. Throws Error when their number does not fit the shape.
  static Tensor from(std::span<const double> values, const Shape& shape, TensorOptions options = {});
  static Tensor from(std::initializer_list<double> values, const Shape& shape, TensorOptions options = {});
  /// int32 labels or row indices.
  static Tensor indices(std::span<const std::int32_t> values, Device device = {});
  /// Another view of an existing array, outside the tape.
  static Tensor of(Buffer buffer);

  explicit operator bool() const { return node_ != nullptr; }
  const Shape& shape() const;
  DType dtype() const;
  Device device() const;
  TensorOptions options() const { return {dtype(), device()}; }
  std::int64_t count() const { return shape().count(); }
  Backend& backend() const;

  /// The numbers, on their device. Computes what is deferred.
  ConstArray array() const;
  /// The numbers, to be changed in place (parameters, batches). What still has to read the old ones is computed first.
  Array array_for_update();
  /// Results of ops fill fresh memory through this; it computes nothing and warns nobody.
  Array array_to_fill();
  const Buffer& buffer() const;

  /// A copy on the host, in row-major order.
  std::vector<double> to_vector() const;
  std::vector<std::int32_t> to_indices() const;
  /// The numbers of any type as bytes, on their way to the host while it goes on; what is computed later does not change them.
  std::unique_ptr<Transfer> read_later() const;
  /// The value of a tensor with one element. Throws Error for any other.
  double item() const;
  /// Overwrites the numbers with host values.
  void assign(std::span<const double> values);
  /// The numbers as contiguous host memory. Throws Error unless T is the dtype and the device is the CPU.
  template <class T>
  std::span<const T> values() const {
    check_host_access(dtype_of<T>());
    const ConstArray view = array();
    return {view.as<T>(), view.count()};
  }

  bool requires_grad() const;
  /// Marks a leaf for which gradients will be asked. Returns itself.
  Tensor& requires_grad(bool value);
  /// The same numbers, cut off from the tape.
  Tensor detach() const;
  Tensor to(Device target) const;
  Tensor to(DType target) const;

  /// Observers hear the gradient of a watched tensor on the way back.
  void watch() const;
  bool watched() const;
  /// The same node, not merely equal numbers.
  bool same_as(const Tensor& other) const { return node_ == other.node_; }

  const std::shared_ptr<Node>& node() const { return node_; }

 private:
  void check_host_access(DType wanted) const;
  std::shared_ptr<Node> node_;
};

/// Turns the gradient of an op's result into the gradient of one of its inputs. The result is passed too, because a rule that held
/// it would keep it alive for ever.
using GradientRule = std::function<Tensor(const Tensor& gradient, const Tensor& result)>;

/// One way back along the tape.
struct Edge {
  Tensor input;
  GradientRule rule;
};

/// Numbers that a rule may read on the way back, and their version when the op ran. Holds nothing alive: what is gone is not read.
struct Reading {
  std::weak_ptr<const Storage> storage;
  std::uint64_t version = 0;
  Shape shape;
};

struct Tensor::Node {
  Buffer buffer;
  std::uint64_t order = 0;  ///< counts up: a result is younger than its inputs
  bool requires_grad = false;
  mutable bool watched = false;
  bool intermediate = false;  ///< whoever made it hands it on and keeps no handle: only the op that follows and observers read it
  bool surrogate = false;     ///< goes back by a slope that is not the derivative, on purpose (a straight-through estimator)
  std::string_view op;        ///< the op that made it; empty for a leaf
  std::vector<Edge> edges;
  std::vector<Reading> readings;  ///< the op's inputs and its result

  explicit Node(Buffer values);
  ~Node();
};

/// While one of these lives, ops of this thread record nothing.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};

/// True when ops record. gradients() switches it off unless a differentiable gradient was asked for.
bool recording();
void set_recording(bool on);

namespace detail {
void add_reading(Tensor& result, const Tensor& read);
void add_edge(Tensor& result, std::string_view op, const Tensor& input, GradientRule rule);

inline void record_edges(Tensor&, std::string_view) {}
template <class Rule, class... Rest>
void record_edges(Tensor& result, std::string_view op, const Tensor& input, Rule&& rule, Rest&&... rest) {
  if (input) add_reading(result, input);
  if (input && input.requires_grad()) add_edge(result, op, input, std::forward<Rule>(rule));
  record_edges(result, op, std::forward<Rest>(rest)...);
}
}  // namespace detail

/// Puts an op's result on the tape: record(y, "multiply", a, rule_for_a, b, rule_for_b). Rules of inputs that need no gradient are
/// dropped; without recording all of them are.
template <class... InputsAndRules>
Tensor record(Tensor result, std::string_view op, InputsAndRules&&... inputs_and_rules) {
  if (!recording()) return result;
  detail::add_reading(result, result);
  detail::record_edges(result, op, std::forward<InputsAndRules>(inputs_and_rules)...);
  return result;
}

}  // namespace seegrad
