// The doors of a backend: everything the engine asks of the device that holds the numbers. Each backend (a folder under
// src/backend) is one room with these doors. A door takes views of contiguous arrays; shapes have been checked by the op that
// calls it, results are already allocated, and a result never overlaps an input unless the door says that it may.
//
// Doors may return before their work is done: a device works through what it was asked in that order. Numbers reach the host by
// download() and download_later() alone, so nothing else ever has to wait.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

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
  /// When present, also the sum of each row of op(a), [rows]: the gradient of a bias falls out beside that of its weights.
  Array row_sums;

  /// When present, also writes activated = f(c): a hidden layer's forward pass.
  FormulaArguments activation;
  Array activated;
  /// With `activation`: nobody asked for c itself, so it need not be written.
  bool c_is_optional = false;
  /// With `activation`: where a backend may leave what it wants to see again as `derivative_by_product`, when the slope is taken at
  /// `activated` (or at c, if it wrote that). It is dropped when those numbers change.
  std::shared_ptr<void>* by_product = nullptr;

  /// When present, c is multiplied by f'(derivative_at): the backward pass through the layer below. Excludes `activated`.
  FormulaArguments derivative;
  ConstArray derivative_at;
  std::shared_ptr<void> derivative_by_product;
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

/// What a pass leaves on the device for one array, in this order, each a double; statistics_of() makes Statistics of it. Counts are
/// exact up to 2^53. Sums, squares and extremes are over the finite values; without any, min is +inf and max -inf.
enum class Total { sum, squares, min, max, zeros, nans, infinities, saturated, coherence, coherent_rows };
inline constexpr std::int64_t total_count = 10;

/// Of an array of `count` elements with these totals (total_count of them).
Statistics statistics_of(std::span<const double> totals, std::int64_t count);

/// An array to be looked at, and what to look for besides the moments.
struct StatisticsRequest {
  ConstArray x;
  FormulaArguments f = {};  ///< with a formula, saturated elements are counted
  double saturation = 0;
  bool signs = false;         ///< sign coherence of the rows along the last dimension
  Array histogram = {};       ///< when present, int32 [histogram_bins] (math/histogram_bin.hpp), overwritten
  bool only_squares = false;  ///< nobody asks for the sum, the extremes and the zeros: a backend may leave them out
};

/// An optimiser's elementwise rule for one parameter. `state` holds what the rule remembers, each of the parameter's shape, at first
/// zeros.
struct Update {
  enum class Rule { sgd, adam, rmsprop };
  Rule rule = Rule::sgd;
  Array parameter;
  ConstArray gradient;
  Array state[2];
  double momentum = 0, beta1 = 0, beta2 = 0, epsilon = 0, weight_decay = 0;
  bool nesterov = false, decoupled_decay = false;
};

/// What is the same for all parameters and changes from step to step.
struct StepNumbers {
  double learning_rate = 0;
  double gradient_scale = 1;                ///< from clipping by norm
  double correction1 = 1, correction2 = 1;  ///< Adam's 1 - beta^t
};

/// One step of an optimiser: all its parameters side by side.
struct UpdateStep {
  std::span<const Update> updates;
  StepNumbers numbers = {};
  /// The same four numbers where the device finds them, float64 [4]; when present they count instead of `numbers`, so that a step
  /// that was recorded can be replayed with others.
  ConstArray device_numbers = {};
  /// When present, one element: a loss that is not finite stops this step and all that come after it. `halted`, int32 [1],
  /// remembers that it happened.
  ConstArray loss = {};
  Array halted = {};
  /// When present, float64 [updates, 2]: the sum of squares of each parameter before the step, and of what was added to it.
  Array sizes = {};
  /// When present, float64 [updates, total_count]: what statistics() finds of each gradient by gradient_requests(). A device that reads
  /// every gradient in this step anyway need not fetch it a second time for them. Filled for a step that is stopped, too.
  Array gradient_totals = {};

  std::vector<StatisticsRequest> gradient_requests() const;
};

/// How exactly products of float32 matrices are computed: in float32; or with the operands rounded to 10 (tf32) or 7 (bf16) bits of
/// mantissa on their way into the tensor cores, sums in float32.
enum class ProductPrecision { fp32, tf32, bf16 };

/// How much memory a backend's pool holds.
struct MemoryUse {
  std::int64_t system_allocations = 0;  ///< how often the pool had to ask the system
  std::size_t bytes_in_use = 0, bytes_held = 0, peak_bytes_in_use = 0;
  std::size_t device_free = 0, device_total = 0;  ///< of a device with memory of its own
};

/// Numbers on their way to the host.
class Transfer {
 public:
  virtual ~Transfer() = default;
  virtual bool arrived() const = 0;
  /// Waits for them. They stay where they are as long as the transfer lives.
  virtual std::span<const std::byte> wait() = 0;
};

/// Work that a device remembers and can do again as a whole.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual Device device() const = 0;
  /// What it is, for people: "NVIDIA H200, compute capability 9.0".
  virtual std::string description() const = 0;

  // Memory. Released blocks are kept for the next request of their size, so a training loop stops allocating after one step.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* data, std::size_t bytes) noexcept = 0;
  virtual MemoryUse memory() const = 0;
  virtual void upload(void* to, const void* host, std::size_t bytes) = 0;
  virtual void download(void* host, const void* from, std::size_t bytes) = 0;
  /// The numbers as they are after all that was asked so far; the host goes on meanwhile.
  virtual std::unique_ptr<Transfer> download_later(const void* from, std::size_t bytes) = 0;
  /// Waits until all that was asked is done.
  virtual void synchronize() {}

  // Recording. Work that is recorded is not done but remembered, with the addresses it reads and writes; whatever it allocates
  // belongs to the recording. Work can be recorded when the host has no hand in it: no upload, no download, no fresh random numbers.
  virtual bool can_record() const { return false; }
  /// Counts what cannot be replayed. Work during which it rises must not be recorded.
  virtual std::uint64_t host_accesses() const { return 0; }
  /// Throws Error when the work cannot be recorded after all; then nothing of it was done.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work);

  /// Throws UsageError when this device cannot.
  virtual void set_product_precision(ProductPrecision precision) = 0;

  // Elementwise. b repeats over a's leading dimensions (b's shape is a suffix of a's, or one element), or the reverse.
  virtual void fill(Array y, double value) = 0;
  virtual void binary(BinaryOp op, ConstArray a, ConstArray b, Array y) = 0;
  /// y = scale * D f(x); `scale` may be absent. y may be x or scale.
  virtual void elementwise(FormulaArguments f, Derivative derivative, ConstArray x, ConstArray scale, Array y) = 0;

  // Matrices and axes.
  /// Says whether c was written; only an optional one may be left out.
  virtual bool matmul(const Matmul& call) = 0;
  virtual void reduce(ReduceOp op, ConstArray x, Array y) = 0;      ///< x [outer, n, inner] -> y [outer, inner]
  virtual void expand(ConstArray x, Array y) = 0;                   ///< x [outer, inner] -> y [outer, n, inner]
  virtual void transpose(ConstArray x, Array y) = 0;                ///< x [batch, rows, columns] -> y [batch, columns, rows]
  virtual void softmax(ConstArray x, bool logarithm, Array y) = 0;  ///< each row of [rows, columns]
  /// The way back through y = softmax(x), row by row: dx = y (g - sum y g); through its logarithm: dx = g - e^y sum g.
  virtual void softmax_slope(ConstArray y, ConstArray g, bool logarithm, Array dx) = 0;
  /// loss = mean over rows of -log softmax(logits)[label]; slope = dLoss/dlogits. A label outside the classes is an Error that names it.
  virtual void cross_entropy(ConstArray logits, ConstArray labels, Array loss, Array slope) = 0;
  /// count, float64 [1]: rows whose largest logit is the label's; rows with NaN do not count.
  virtual void count_correct(ConstArray logits, ConstArray labels, Array count) = 0;
  /// Copies `count` elements of every row: y[row, to + i] = x[row, from + i].
  virtual void copy_columns(ConstArray x, std::int64_t from, Array y, std::int64_t to, std::int64_t count) = 0;

  // Rows by index (int32). An index outside x is an Error that names it.
  virtual void gather_rows(ConstArray x, ConstArray indices, Array y) = 0;
  virtual void scatter_add_rows(ConstArray x, ConstArray indices, Array y) = 0;  ///< y starts at 0

  /// y = 1/keep with probability keep, else 0; element i depends on (seed, stream, i) alone.
  virtual void dropout_mask(Array y, double keep, std::uint64_t seed, std::uint64_t stream) = 0;
  /// y uniform between the bounds: (word + 1/2) / 2^32 of the way from one to the other, words as for the mask.
  virtual void fill_uniform(Array y, double lower, double upper, std::uint64_t seed, std::uint64_t stream) = 0;

  // Observing. One pass over each array, all arrays of a call side by side. totals: float64 [requests, total_count].
  virtual void statistics(std::span<const StatisticsRequest> requests, Array totals) = 0;
  /// The same, waited for.
  std::vector<Statistics> measure(std::span<const StatisticsRequest> requests);
  Statistics measure(ConstArray x);
  /// alive[column] = 1 where any row of x is nonzero (NaN counts as nonzero); other entries are left alone.
  virtual void mark_alive(ConstArray x, std::span<std::uint8_t> alive) = 0;

  virtual void update(const UpdateStep& step) = 0;
};

}  // namespace seegrad
