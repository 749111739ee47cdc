#include "epilogue_trials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "seegrad/activation/gated.hpp"

namespace seegrad::cuda {
namespace {

// More columns than one 128-bit piece of a mask, more rows than a tile's smallest edge, an inner size that tensor cores like.
constexpr std::int64_t rows = 24, columns = 136, inner = 16;
constexpr std::size_t elements = std::size_t(rows * columns);

/// The exact formula in double and its slope.
double gelu(double z) { return evaluate<GeluTanh>(z, static_cast<const double*>(nullptr)); }
double gelu_slope(double z) { return evaluate<GeluTanh, 0>(z, static_cast<const double*>(nullptr)); }

/// The small products of one element type. Forward, z = r_i + b_j: the product gives the small integers r_i, which every precision
/// holds exactly, and the bias, which no precision rounds, all the rest. Back, the gradients are u_i v_j, small integers too.
template <class T>
class Trial {
 public:
  Trial(ProductRunner& runner, const Launch& launch, const AllocateShared& allocate, ProductPrecision precision)
      : runner_(runner), launch_(launch), allocate_(allocate) {
    key_.rows = rows, key_.columns = columns, key_.inner = inner;
    key_.dtype = dtype_of<T>(), key_.precision = precision;
    result_ = allocate_(elements * sizeof(T));
    argument_ = allocate_(elements * sizeof(T));
    mask_ = allocate_(mask_bytes(rows, columns));
    lay_out();
  }

  bool forward(cublasLtEpilogue_t epilogue, const void* aux) { return run(epilogue, true, row_factors_, ones_, bias_.get(), aux); }
  bool backward(cublasLtEpilogue_t epilogue, const void* aux) {
    return run(epilogue, false, gradient_rows_, gradient_columns_, nullptr, aux);
  }
  std::vector<T> result() const { return numbers(result_); }
  std::vector<T> argument() const { return numbers(argument_); }
  const void* mask_memory() const { return mask_.get(); }
  const void* argument_memory() const { return argument_.get(); }

  T z(std::size_t i) const { return T(row_value(row(i))) + host_bias_[std::size_t(column(i))]; }
  T gradient(std::size_t i) const { return T(u(row(i)) * v(column(i))); }

 private:
  static std::int64_t row(std::size_t i) { return std::int64_t(i) / columns; }
  static std::int64_t column(std::size_t i) { return std::int64_t(i) % columns; }
  static int row_value(std::int64_t i) { return int(i * 5 % 7) - 3; }
  static int u(std::int64_t i) { return int(i % 5) + 1; }
  static int v(std::int64_t j) { return j % 2 ? -int(j % 3) - 1 : int(j % 3) + 1; }

  /// Only the first of the inner places is used; the others are zero on both sides.
  void lay_out() {
    std::vector<T> r(std::size_t(rows * inner)), one(std::size_t(inner * columns)), g(r.size()), h(one.size());
    for (std::int64_t i = 0; i < rows; ++i) r[std::size_t(i * inner)] = T(row_value(i)), g[std::size_t(i * inner)] = T(u(i));
    for (std::int64_t j = 0; j < columns; ++j) one[std::size_t(j * inner)] = 1, h[std::size_t(j)] = T(v(j));
    // Mostly steps of 1/16, so that z covers [-7, 7]; then what is easily got wrong: zeros, the smallest normal numbers, where
    // z^3 overflows, infinities and NaN.
    constexpr T far = T(1ull << 63) * 8, tiny = std::numeric_limits<T>::min(), infinite = std::numeric_limits<T>::infinity();
    const std::vector<T> special = {T(0), -T(0), tiny, -tiny, T(1e-30), -T(1e-30), far, -far, infinite, -infinite, T(NAN)};
    host_bias_.resize(std::size_t(columns));
    for (std::int64_t j = 0; j < columns; ++j) host_bias_[std::size_t(j)] = T(j - 68) / 16;
    for (std::size_t k = 0; k < special.size(); ++k) host_bias_[k * 12 + 1] = special[k];
    row_factors_ = on_device(r), ones_ = on_device(one), bias_ = on_device(host_bias_);
    gradient_rows_ = on_device(g), gradient_columns_ = on_device(h);
  }

  std::shared_ptr<void> on_device(const std::vector<T>& numbers) {
    std::shared_ptr<void> memory = allocate_(numbers.size() * sizeof(T));
    runner_.library().upload(launch_, memory.get(), numbers.data(), numbers.size() * sizeof(T));
    return memory;
  }

  std::vector<T> numbers(const std::shared_ptr<void>& memory) const {
    std::vector<T> values(elements);
    runner_.library().download(launch_, values.data(), memory.get(), elements * sizeof(T));
    return values;
  }

  /// Transposed as in a layer: x W^T on the way forward, g W on the way back. Results start as NaN: what is not written shows.
  bool run(cublasLtEpilogue_t epilogue, bool transpose_b, const std::shared_ptr<void>& a, const std::shared_ptr<void>& b,
           const void* vector, const void* aux) {
    const std::vector<T> nothing(elements, T(NAN));
    runner_.library().upload(launch_, result_.get(), nothing.data(), elements * sizeof(T));
    key_.epilogue = epilogue;
    key_.transpose_b = transpose_b;
    return runner_.run(launch_, key_, {a.get(), b.get(), result_.get(), vector, aux});
  }

  ProductRunner& runner_;
  const Launch& launch_;
  const AllocateShared& allocate_;
  ProductKey key_;
  std::shared_ptr<void> row_factors_, ones_, bias_, gradient_rows_, gradient_columns_, result_, argument_, mask_;
  std::vector<T> host_bias_;
};

/// What became of numbers and of NaN.
struct ReluFindings {
  bool values = true, keeps_nan = true;
};

template <class T>
ReluFindings compare_relu(const Trial<T>& trial) {
  ReluFindings found;
  const std::vector<T> y = trial.result();
  for (std::size_t i = 0; i < elements; ++i) {
    const T z = trial.z(i);
    if (std::isnan(z)) {
      found.keeps_nan = found.keeps_nan && std::isnan(y[i]);
    } else {
      found.values = found.values && y[i] == std::max(z, T(0));
    }
  }
  return found;
}

/// A bit cannot say NaN. Where z is NaN the way forward has already shown it, so the way back may be what it likes.
template <class T>
bool mask_slope_is_right(const Trial<T>& trial) {
  const std::vector<T> dz = trial.result();
  for (std::size_t i = 0; i < elements; ++i) {
    const T z = trial.z(i);
    if (!std::isnan(z) && dz[i] != (z > T(0) ? trial.gradient(i) : T(0))) return false;
  }
  return true;
}

template <class T>
void try_relu(Trial<T>& trial, EpilogueTrials& found) {
  found.relu_offered = trial.forward(CUBLASLT_EPILOGUE_RELU_BIAS, nullptr);
  if (found.relu_offered) {
    const ReluFindings plain = compare_relu(trial);
    found.relu_values = plain.values;
    found.relu_keeps_nan = plain.keeps_nan;
  }
  if (!trial.forward(CUBLASLT_EPILOGUE_RELU_AUX_BIAS, trial.mask_memory())) return;
  const ReluFindings masked = compare_relu(trial);
  found.mask_values = masked.values && masked.keeps_nan;
  found.mask_offered = trial.backward(CUBLASLT_EPILOGUE_DRELU, trial.mask_memory());
  found.mask_slope = found.mask_offered && mask_slope_is_right(trial);
}

/// NaN counts as infinitely wrong.
void note(double& worst, double error) { worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error); }

template <class T>
void try_gelu(Trial<T>& trial, EpilogueTrials& found) {
  // About 80 units in the last place: room for another way to round, fifty times less than what tells gelu_tanh from gelu (5e-4).
  found.gelu_tolerance = 80.0 * std::numeric_limits<T>::epsilon();
  found.gelu_offered = trial.forward(CUBLASLT_EPILOGUE_GELU_AUX_BIAS, trial.argument_memory());
  if (!found.gelu_offered) return;
  found.gelu_argument = found.gelu_keeps_nan = true;
  const std::vector<T> y = trial.result(), argument = trial.argument();
  for (std::size_t i = 0; i < elements; ++i) {
    const T z = trial.z(i);
    found.gelu_argument = found.gelu_argument && (argument[i] == z || (std::isnan(z) && std::isnan(argument[i])));
    if (std::isnan(z)) found.gelu_keeps_nan = found.gelu_keeps_nan && std::isnan(y[i]);
    // An infinite argument is a broken network, and seen as such in z; there the two need not agree.
    if (std::isfinite(z)) note(found.gelu_error, std::abs(double(y[i]) - gelu(z)) / std::max(1.0, std::abs(double(z))));
  }
  found.gelu_slope_offered = trial.backward(CUBLASLT_EPILOGUE_DGELU, trial.argument_memory());
  if (!found.gelu_slope_offered) return;
  const std::vector<T> dz = trial.result();
  for (std::size_t i = 0; i < elements; ++i) {
    const double z = trial.z(i), g = trial.gradient(i);
    if (std::isfinite(z)) note(found.gelu_slope_error, std::abs(double(dz[i]) - g * gelu_slope(z)) / std::max(1.0, std::abs(g)));
  }
}

const char* used(bool yes) { return yes ? "used" : "not used"; }
const char* yes_no(bool yes) { return yes ? "yes" : "no"; }

}  // namespace

std::string to_string(const EpilogueTrials& t) {
  const std::string relu = fmt::format("ReLU {} (offered: {}, values right: {}, keeps NaN: {})", used(t.relu()), yes_no(t.relu_offered),
                                       yes_no(t.relu_values), yes_no(t.relu_keeps_nan));
  const std::string mask = fmt::format("ReLU with mask {} (offered: {}, values and NaN right: {}, slope right: {})",
                                       used(t.relu_with_mask()), yes_no(t.mask_offered), yes_no(t.mask_values), yes_no(t.mask_slope));
  const std::string gelu =
      fmt::format("GELU {} (offered: {}, writes its argument: {}, keeps NaN: {}, error {:.1e} of {:.1e} allowed)", used(t.gelu()),
                  yes_no(t.gelu_offered), yes_no(t.gelu_argument), yes_no(t.gelu_keeps_nan), t.gelu_error, t.gelu_tolerance);
  const std::string slope = fmt::format("GELU's slope {} (offered: {}, error {:.1e} of {:.1e} allowed)", used(t.gelu_slope()),
                                        yes_no(t.gelu_slope_offered), t.gelu_slope_error, t.gelu_tolerance);
  return fmt::format("{}; {}; {}; {}", relu, mask, gelu, slope);
}

EpilogueTrials try_epilogues(ProductRunner& runner, const Launch& launch, const AllocateShared& allocate, DType dtype,
                             ProductPrecision precision) {
  return with_floating(dtype, [&]<class T>() {
    EpilogueTrials found;
    Trial<T> trial(runner, launch, allocate, dtype == DType::float64 ? ProductPrecision::fp32 : precision);
    try_relu(trial, found);
    try_gelu(trial, found);
    return found;
  });
}

}  // namespace seegrad::cuda
