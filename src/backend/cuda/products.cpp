#include "products.hpp"

#include <fmt/format.h>

#include "seegrad/math/error.hpp"

namespace seegrad::cuda {
namespace {

/// Whether f is the catalogue's formula of that name: a user's struct may be called the same.
bool is_formula(const FormulaArguments& f, std::string_view name) {
  return f.formula && f.formula->catalogue_index() >= 0 && f.formula->name() == name;
}

/// Without the bias where there is none.
unsigned with_bias(const Matmul& call, cublasLtEpilogue_t epilogue) {
  return static_cast<unsigned>(epilogue) | (call.bias ? static_cast<unsigned>(CUBLASLT_EPILOGUE_BIAS) : 0u);
}

}  // namespace

/// One call on its way through the epilogues.
struct Products::Attempt {
  const Launch& launch;
  const Matmul& call;
  ProductKey key;
  EpilogueTrials may;
};

void Products::set_precision(ProductPrecision precision) {
  const std::scoped_lock lock(mutex_);
  precision_ = precision;
}

void Products::prepare(const Launch& launch) {
  const std::scoped_lock lock(mutex_);
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Mode mode = mode_of(dtype);
    if (trials_.contains(mode)) continue;
    if (runner_.library().is_recording(launch)) return;
    trials_[mode] = try_epilogues(runner_, launch, allocate_, mode.first, mode.second);
  }
}

EpilogueTrials Products::trials(DType dtype) const {
  const std::scoped_lock lock(mutex_);
  return trials_of(dtype);
}

EpilogueTrials Products::trials_of(DType dtype) const {
  const auto found = trials_.find(mode_of(dtype));
  return found == trials_.end() ? EpilogueTrials{} : found->second;
}

Remainder Products::multiply(const Launch& launch, const Matmul& call) {
  const std::scoped_lock lock(mutex_);
  if (call.by_product) call.by_product->reset();  // a mask of other numbers must not survive
  Remainder left{.bias = bool(call.bias),
                 .activation = call.activation.formula != nullptr,
                 .derivative = call.derivative.formula != nullptr,
                 .row_sums = bool(call.row_sums)};
  const Attempt attempt{launch, call, key_of(call, precision_), trials_of(call.c.dtype)};
  const ProductKey& key = attempt.key;
  if (key.rows == 0 || key.columns == 0 || key.inner == 0) {
    left.clear = true;
    return left;
  }
  if (try_relu(attempt, left) || try_gelu(attempt, left) || try_slope(attempt, left) || try_row_sums(attempt, left) ||
      try_bias(attempt, left) || run(attempt, CUBLASLT_EPILOGUE_DEFAULT, call.c.data, nullptr, nullptr)) {
    return left;
  }
  throw Error(fmt::format("matmul: cuBLASLt has no algorithm for {} on this device", to_string(key)));
}

/// ReLU alone can be undone from its own result, so c itself is written only when somebody asked for it, and then not fused.
bool Products::try_relu(const Attempt& attempt, Remainder& left) {
  const Matmul& call = attempt.call;
  if (!call.c_is_optional || !is_formula(call.activation, "relu")) return false;
  bool done = false;
  if (call.by_product && attempt.may.relu_with_mask()) {
    const ProductKey& key = attempt.key;
    auto mask = std::make_shared<ReluMask>();
    *mask = {allocate_(mask_bytes(key.rows, key.columns)), key.rows, key.columns, mask_leading(key.columns)};
    done = run(attempt, with_bias(call, CUBLASLT_EPILOGUE_RELU_AUX), call.activated.data, call.bias.data, mask->bits.get());
    if (done) *call.by_product = std::move(mask);
  }
  if (!done && attempt.may.relu()) {
    done = run(attempt, with_bias(call, CUBLASLT_EPILOGUE_RELU), call.activated.data, call.bias.data, nullptr);
  }
  if (done) left.bias = left.activation = left.c_written = false;
  return done;
}

/// GELU's slope needs its argument, which cuBLASLt writes beside its value: that is c.
bool Products::try_gelu(const Attempt& attempt, Remainder& left) {
  const Matmul& call = attempt.call;
  if (!is_formula(call.activation, "gelu_tanh") || !attempt.may.gelu() || !fits_gelu(attempt.key.columns)) return false;
  if (!run(attempt, with_bias(call, CUBLASLT_EPILOGUE_GELU_AUX), call.activated.data, call.bias.data, call.c.data)) return false;
  left.bias = left.activation = false;
  return true;
}

/// cuBLASLt multiplies the product by the slope before it could add a bias, an op after it: such a call is not fused.
bool Products::try_slope(const Attempt& attempt, Remainder& left) {
  const Matmul& call = attempt.call;
  if (call.bias || call.activation.formula) return false;
  bool done = false;
  if (is_formula(call.derivative, "relu") && call.derivative_by_product && attempt.may.relu_with_mask()) {
    const auto* mask = static_cast<const ReluMask*>(call.derivative_by_product.get());
    const bool fits = mask->rows == attempt.key.rows && mask->columns == attempt.key.columns;
    done = fits && run(attempt, CUBLASLT_EPILOGUE_DRELU, call.c.data, nullptr, mask->bits.get());
  } else if (is_formula(call.derivative, "gelu_tanh") && attempt.may.gelu_slope() && fits_gelu(attempt.key.columns)) {
    done = run(attempt, CUBLASLT_EPILOGUE_DGELU, call.c.data, nullptr, call.derivative_at.data);
  }
  if (done) left.derivative = false;
  return done;
}

/// A product with a bias as well keeps its bias: that concerns every element, the sums only one column.
bool Products::try_row_sums(const Attempt& attempt, Remainder& left) {
  const Matmul& call = attempt.call;
  if (!call.row_sums || call.bias) return false;
  if (!run(attempt, CUBLASLT_EPILOGUE_BGRADB, call.c.data, call.row_sums.data, nullptr)) return false;
  left.row_sums = false;
  return true;
}

bool Products::try_bias(const Attempt& attempt, Remainder& left) {
  const Matmul& call = attempt.call;
  if (!call.bias || !run(attempt, CUBLASLT_EPILOGUE_BIAS, call.c.data, call.bias.data, nullptr)) return false;
  left.bias = false;
  return true;
}

bool Products::run(const Attempt& attempt, unsigned epilogue, void* result, const void* vector, const void* aux) {
  ProductKey key = attempt.key;
  key.epilogue = static_cast<cublasLtEpilogue_t>(epilogue);
  return runner_.run(attempt.launch, key, {attempt.call.a.data, attempt.call.b.data, result, vector, aux});
}

}  // namespace seegrad::cuda
