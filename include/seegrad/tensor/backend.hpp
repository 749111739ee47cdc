// The doors of a backend: everything the engine asks of the device that holds the numbers. Each backend (a folder under
// src/backend) is one room with these doors. A door takes views of contiguous arrays; shapes have been checked by the op that
// calls it, results are already allocated, and a result never overlaps an input unless the door says that it may.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "seegrad/activation/formula.hpp"
#include "seegrad/tensor/device.hpp"
#include "seegrad/tensor/dtype.hpp"
#include "seegrad/tensor/shape.hpp"

namespace seegrad {

/// A contiguous array to be read.
struct ConstArray {
  const void* data = nullptr;
  DType dtype = DType::float32;
  Shape shape;
  explicit operator bool() const { return data != nullptr; }
  std::size_t count() const { return static_cast<std::size_t>(shape.count()); }
  template <class T>
  const T* as() const {
    return static_cast<const T*>(data);
  }
};

/// A contiguous array to be written.
struct Array {
  void* data = nullptr;
  DType dtype = DType::float32;
  Shape shape;
  explicit operator bool() const { return data != nullptr; }
  operator ConstArray() const { return {data, dtype, shape}; }
  std::size_t count() const { return static_cast<std::size_t>(shape.count()); }
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

enum class BinaryOp { add, subtract, multiply, divide, equal };
enum class ReduceOp { sum, max };

/// A formula with the values of its parameters. A parameter that is learned lies in a tensor: one value, or one for each element
/// of the last dimension; one that is drawn may also have a value for each element of x. Where `learned` is empty or has no array
/// at that place, the constant counts.
struct FormulaArguments {
  const Formula* formula = nullptr;
  std::span<const double> constants;
  std::span<const ConstArray> learned;
};

/// c = op(a) op(b) + bias, and what is done to each block of c while it is still in cache.
/// op(a) is [rows, inner], op(b) is [inner, columns], row-major; `transpose_a` says that a is stored [inner, rows].
struct Matmul {
  ConstArray a, b;
  bool transpose_a = false, transpose_b = false;
  Array c;
  ConstArray bias;  ///< [columns], added to every row; may be absent

  /// When present, also writes activated = f(c): a hidden layer's forward pass.
  FormulaArguments activation;
  Array activated;
  /// When present, c is multiplied by f'(derivative_at): the backward pass through the layer below. Excludes `activated`.
  FormulaArguments derivative;
  ConstArray derivative_at;
};

/// What one pass over an array finds. NaN and Inf are counted; mean, std, rms, min and max are over the finite values.
struct Statistics {
  std::int64_t count = 0, zeros = 0, nans = 0, infinities = 0;
  double mean = 0, std = 0, rms = 0, min = 0, max = 0;
  std::int64_t saturated = 0;  ///< elements with |f'(x)| below the threshold, when a formula was given
  /// Mean over rows of |positive - negative| / (positive + negative) among a row's nonzero entries, when signs were asked for; rows of
  /// zeros do not count.
  double sign_coherence = 0;
};

/// An array to be looked at, and what to look for besides the moments.
struct StatisticsRequest {
  ConstArray x;
  FormulaArguments f = {};  ///< with a formula, saturated elements are counted
  double saturation = 0;
  bool signs = false;
  Statistics result = {};
};

/// The optimisers' elementwise rules. `state` holds what the rule remembers, each of the parameter's shape.
struct Update {
  enum class Rule { sgd, adam, rmsprop };
  Rule rule = Rule::sgd;
  Array parameter;
  ConstArray gradient;
  Array state[2];
  double learning_rate = 0, momentum = 0, beta1 = 0, beta2 = 0, epsilon = 0, weight_decay = 0;
  double gradient_scale = 1;                ///< from clipping by norm
  double correction1 = 1, correction2 = 1;  ///< Adam's 1 - beta^t
  bool nesterov = false, decoupled_decay = false, first_step = false;
};

/// How far an update went: sums of squares over the parameter.
struct UpdateSizes {
  double before = 0, change = 0;
};

/// How much memory a backend's pool holds.
struct MemoryUse {
  std::int64_t system_allocations = 0;  ///< how often the pool had to ask the system
  std::size_t bytes_in_use = 0, bytes_held = 0, peak_bytes_in_use = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual Device device() const = 0;

  // Memory. Released blocks are kept for the next request of their size, so a training loop stops allocating after one step.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* data, std::size_t bytes) noexcept = 0;
  virtual MemoryUse memory() const = 0;
  virtual void upload(void* to, const void* host, std::size_t bytes) = 0;
  virtual void download(void* host, const void* from, std::size_t bytes) = 0;

  // Elementwise. b repeats over a's leading dimensions (b's shape is a suffix of a's, or one element), or the reverse.
  virtual void fill(Array y, double value) = 0;
  virtual void binary(BinaryOp op, ConstArray a, ConstArray b, Array y) = 0;
  /// y = scale * D f(x); `scale` may be absent. y may be x or scale.
  virtual void elementwise(FormulaArguments f, Derivative derivative, ConstArray x, ConstArray scale, Array y) = 0;

  // Matrices and axes.
  virtual void matmul(const Matmul& call) = 0;
  virtual void reduce(ReduceOp op, ConstArray x, Array y) = 0;      ///< x [outer, n, inner] -> y [outer, inner]
  virtual void expand(ConstArray x, Array y) = 0;                   ///< x [outer, inner] -> y [outer, n, inner]
  virtual void transpose(ConstArray x, Array y) = 0;                ///< x [batch, rows, columns] -> y [batch, columns, rows]
  virtual void softmax(ConstArray x, bool logarithm, Array y) = 0;  ///< each row of [rows, columns]
  /// The way back through y = softmax(x), row by row: dx = y (g - sum y g); through its logarithm: dx = g - e^y sum g.
  virtual void softmax_slope(ConstArray y, ConstArray g, bool logarithm, Array dx) = 0;
  /// loss = mean over rows of -log softmax(logits)[label]; slope = dLoss/dlogits. A label outside the classes is an Error that names it.
  virtual void cross_entropy(ConstArray logits, ConstArray labels, Array loss, Array slope) = 0;
  /// Rows whose largest logit is the label's; rows with NaN do not count.
  virtual std::int64_t count_correct(ConstArray logits, ConstArray labels) = 0;
  /// Copies `count` elements of every row: y[row, to + i] = x[row, from + i].
  virtual void copy_columns(ConstArray x, std::int64_t from, Array y, std::int64_t to, std::int64_t count) = 0;

  // Rows by index (int32). An index outside x is an Error that names it.
  virtual void gather_rows(ConstArray x, ConstArray indices, Array y) = 0;
  virtual void scatter_add_rows(ConstArray x, ConstArray indices, Array y) = 0;  ///< y starts at 0

  /// y = 1/keep with probability keep, else 0; element i depends on (seed, stream, i) alone.
  virtual void dropout_mask(Array y, double keep, std::uint64_t seed, std::uint64_t stream) = 0;
  /// y uniform between the bounds: (word + 1/2) / 2^32 of the way from one to the other, words as for the mask.
  virtual void fill_uniform(Array y, double lower, double upper, std::uint64_t seed, std::uint64_t stream) = 0;

  // Observing. One pass over each array, all arrays of a call side by side.
  virtual void statistics(std::span<StatisticsRequest> requests) = 0;
  Statistics statistics(ConstArray x) {
    StatisticsRequest request{x};
    statistics(std::span(&request, 1));
    return request.result;
  }
  /// alive[column] = 1 where any row of x is nonzero (NaN counts as nonzero); other entries are left alone.
  virtual void mark_alive(ConstArray x, std::span<std::uint8_t> alive) = 0;

  /// Changes the parameter. With `measure`, says how large it was and how far it went; else zeros.
  virtual UpdateSizes update(const Update& call, bool measure) = 0;
};

}  // namespace seegrad
