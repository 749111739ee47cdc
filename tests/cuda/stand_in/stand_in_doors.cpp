// The doors that compute: the CPU does it, at once or when the recording is replayed, and what is asked to be wrong is made wrong.
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "seegrad/math/error.hpp"
#include "stand_in_backend.hpp"

namespace seegrad::testing {
namespace {

/// A formula's arguments that outlive the call.
struct KeptFormula {
  const Formula* formula = nullptr;
  std::vector<double> constants;
  std::vector<ConstArray> learned;

  explicit KeptFormula(const FormulaArguments& f)
      : formula(f.formula), constants(f.constants.begin(), f.constants.end()), learned(f.learned.begin(), f.learned.end()) {}
  FormulaArguments view() const { return {formula, constants, learned}; }
};

template <class T>
void spoil_number(T& x) {
  x = x == T(0) ? T(1) : x + x / T(64);
}

void spoil(Array y) {
  if (y.count() == 0) return;
  if (y.dtype == DType::int32) return spoil_number(y.as<std::int32_t>()[y.count() - 1]);
  with_floating(y.dtype, [&]<class T>() { spoil_number(y.as<T>()[y.count() - 1]); });
}

template <class T>
void nudge(Array y) {
  for (std::uint32_t i = 0; i < y.count(); ++i) {
    T& x = y.as<T>()[i];
    const std::uint32_t draw = (i + 1) * 2654435761U >> 30;
    if (!std::isfinite(x) || x == 0 || x == std::trunc(x) || draw > 1) continue;  // what is exact is exact everywhere
    x = std::nextafter(x, draw == 0 ? std::numeric_limits<T>::infinity() : -std::numeric_limits<T>::infinity());
  }
}

/// To the nearest number with so few bits of mantissa, ties to even.
float rounded(float x, int bits) {
  if (x != x) return x;
  const int dropped = 23 - bits;
  const auto whole = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t half = (1U << (dropped - 1)) - 1 + (whole >> dropped & 1);
  return std::bit_cast<float>((whole + half) >> dropped << dropped);
}

std::vector<float> rounded(ConstArray x, ProductPrecision precision) {
  std::vector<float> values(x.as<float>(), x.as<float>() + x.count());
  for (float& value : values) value = rounded(value, precision == ProductPrecision::tf32 ? 10 : 7);
  return values;
}

}  // namespace

void StandInBackend::ask(std::string_view door, Array result, Work work) {
  const Work whole = [this, door = std::string(door), result, work = std::move(work)] {
    try {
      work();
    } catch (const Error& error) {
      if (late_error_.empty() && !lies("wrong_labels_pass")) late_error_ = error.what();
    }
    static const std::set<std::string_view> rounding{"elementwise", "matmul", "softmax", "softmax_slope", "cross_entropy"};
    if (rounding.contains(door)) round_otherwise(result);
    if (lies(door)) spoil(result);
  };
  log_ ? log_->push_back(whole) : whole();
}

void StandInBackend::fill(Array y, double value) {
  ask("fill", y, [=, this] { cpu_.fill(y, value); });
}

void StandInBackend::binary(BinaryOp op, ConstArray a, ConstArray b, Array y) {
  ask("binary", y, [=, this] { cpu_.binary(op, a, b, y); });
}

void StandInBackend::elementwise(FormulaArguments f, Derivative derivative, ConstArray x, ConstArray scale, Array y) {
  ask("elementwise", y, [=, this, kept = KeptFormula(f)] { cpu_.elementwise(kept.view(), derivative, x, scale, y); });
}

void StandInBackend::round_otherwise(Array y) const {
  if (!lies("rounds_otherwise") || !y || y.dtype == DType::int32) return;
  with_floating(y.dtype, [&]<class T>() { nudge<T>(y); });
}

void StandInBackend::multiply(const Matmul& call) {
  Matmul changed = call;
  const ProductPrecision precision = lies("products_are_always_tf32")   ? ProductPrecision::tf32
                                     : lies("products_are_always_fp32") ? ProductPrecision::fp32
                                                                        : precision_;
  std::vector<float> a, b;
  if (precision != ProductPrecision::fp32 && call.c.dtype == DType::float32) {
    a = rounded(call.a, precision), b = rounded(call.b, precision);
    changed.a.data = a.data(), changed.b.data = b.data();
    if (call.row_sums) {  // of the numbers themselves
      const std::int64_t rows = call.a.shape[0], columns = call.a.shape[1];
      ConstArray seen = call.a;
      seen.shape = call.transpose_a ? Shape{1, rows, columns} : Shape{rows, columns, 1};
      changed.row_sums = {};
      cpu_.reduce(ReduceOp::sum, seen, call.row_sums);
    }
  }
  cpu_.matmul(changed);
  round_otherwise(call.row_sums), round_otherwise(call.activated);
  if (call.row_sums && lies("row_sums")) spoil(call.row_sums);
  if (call.activated && lies("activated")) spoil(call.activated);
}

bool StandInBackend::matmul(const Matmul& call) {
  Matmul kept = call;
  kept.by_product = nullptr;
  kept.c_is_optional = false;
  ask("matmul", call.c, [=, this, activation = KeptFormula(call.activation), derivative = KeptFormula(call.derivative)]() mutable {
    kept.activation = activation.view(), kept.derivative = derivative.view();
    multiply(kept);
  });
  return true;
}

void StandInBackend::reduce(ReduceOp op, ConstArray x, Array y) {
  ask("reduce", y, [=, this] {
    cpu_.reduce(op, x, y);
    if (op == ReduceOp::sum) round_otherwise(y);
  });
}
void StandInBackend::expand(ConstArray x, Array y) {
  ask("expand", y, [=, this] { cpu_.expand(x, y); });
}
void StandInBackend::transpose(ConstArray x, Array y) {
  ask("transpose", y, [=, this] { cpu_.transpose(x, y); });
}
void StandInBackend::softmax(ConstArray x, bool logarithm, Array y) {
  ask("softmax", y, [=, this] { cpu_.softmax(x, logarithm, y); });
}
void StandInBackend::softmax_slope(ConstArray y, ConstArray g, bool logarithm, Array dx) {
  ask("softmax_slope", dx, [=, this] { cpu_.softmax_slope(y, g, logarithm, dx); });
}
void StandInBackend::cross_entropy(ConstArray logits, ConstArray labels, Array loss, Array slope) {
  ask("cross_entropy", slope, [=, this] { cpu_.cross_entropy(logits, labels, loss, slope); });
}
void StandInBackend::count_correct(ConstArray logits, ConstArray labels, Array count) {
  ask("count_correct", count, [=, this] { cpu_.count_correct(logits, labels, count); });
}
void StandInBackend::copy_columns(ConstArray x, std::int64_t from, Array y, std::int64_t to, std::int64_t count) {
  ask("copy_columns", y, [=, this] { cpu_.copy_columns(x, from, y, to, count); });
}
void StandInBackend::gather_rows(ConstArray x, ConstArray indices, Array y) {
  ask("gather_rows", y, [=, this] { cpu_.gather_rows(x, indices, y); });
}
void StandInBackend::scatter_add_rows(ConstArray x, ConstArray indices, Array y) {
  ask("scatter_add_rows", y, [=, this] { cpu_.scatter_add_rows(x, indices, y); });
}

void StandInBackend::dropout_mask(Array y, double keep, std::uint64_t seed, std::uint64_t stream) {
  host_accesses("a dropout mask");
  ask("dropout_mask", y, [=, this] { cpu_.dropout_mask(y, keep, seed, stream); });
}
void StandInBackend::fill_uniform(Array y, double lower, double upper, std::uint64_t seed, std::uint64_t stream) {
  host_accesses("a random draw");
  ask("fill_uniform", y, [=, this] { cpu_.fill_uniform(y, lower, upper, seed, stream); });
}

void StandInBackend::statistics(std::span<const StatisticsRequest> requests, Array totals) {
  std::vector<StatisticsRequest> kept(requests.begin(), requests.end());
  std::vector<KeptFormula> formulas;
  for (const StatisticsRequest& request : requests) formulas.emplace_back(request.f);
  ask("statistics", totals, [=, this]() mutable {
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i].f = formulas[i].view();
    cpu_.statistics(kept, totals);
    for (const StatisticsRequest& request : kept)
      if (request.histogram && lies("histogram")) ++request.histogram.as<std::int32_t>()[0];
  });
}

void StandInBackend::mark_alive(ConstArray x, std::span<std::uint8_t> alive) {
  host_accesses("a download");
  cpu_.mark_alive(x, alive);
  if (lies("mark_alive") && !alive.empty()) alive.back() = 1;
}

void StandInBackend::update(const UpdateStep& step) {
  UpdateStep kept = step;
  const std::vector<Update> updates(step.updates.begin(), step.updates.end());
  if (lies("guard_lets_a_nan_pass")) kept.loss = {};
  if (log_ && lies("replay_forgets_the_learning_rate") && step.device_numbers) {
    std::memcpy(&kept.numbers, step.device_numbers.data, sizeof kept.numbers);
    kept.device_numbers = {};
  }
  ask("update", updates.empty() ? Array{} : updates.back().parameter, [=, this]() mutable {
    kept.updates = updates;
    if (kept.halted && lies("guard_forgets")) *kept.halted.as<std::int32_t>() = 0;
    cpu_.update(kept);
    const bool halted = kept.halted && *kept.halted.as<std::int32_t>() != 0;
    for (const Update& one : halted ? std::span<const Update>() : std::span(updates)) round_otherwise(one.parameter);
    if (kept.sizes && lies("sizes")) spoil(kept.sizes);
    if (kept.gradient_totals && lies("gradient_totals")) spoil(kept.gradient_totals);
  });
}

}  // namespace seegrad::testing
