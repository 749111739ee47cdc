#include "kernels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "program_loop.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::cpu {

#define SEEGRAD_DECLARE(isa)                           \
  namespace isa {                                      \
  extern const ArrayKernels<float> array_kernels_f32;  \
  extern const ArrayKernels<double> array_kernels_f64; \
  }
SEEGRAD_DECLARE(scalar)
SEEGRAD_DECLARE(sse2)
SEEGRAD_DECLARE(avx2)
SEEGRAD_DECLARE(avx512)
SEEGRAD_DECLARE(neon64)
#undef SEEGRAD_DECLARE

namespace {

template <class T>
const ArrayKernels<T>& pick(const ArrayKernels<float>& f32, const ArrayKernels<double>& f64) {
  if constexpr (std::is_same_v<T, float>) {
    return f32;
  } else {
    return f64;
  }
}

}  // namespace

template <class T>
const ArrayKernels<T>& array_kernels(InstructionSet set) {
  switch (set) {
#if defined(SEEGRAD_HAS_AVX512)
    case InstructionSet::avx512: return pick<T>(avx512::array_kernels_f32, avx512::array_kernels_f64);
#endif
#if defined(SEEGRAD_HAS_AVX2)
    case InstructionSet::avx2: return pick<T>(avx2::array_kernels_f32, avx2::array_kernels_f64);
#endif
#if defined(SEEGRAD_HAS_SSE2)
    case InstructionSet::sse2: return pick<T>(sse2::array_kernels_f32, sse2::array_kernels_f64);
#endif
#if defined(SEEGRAD_HAS_NEON64)
    case InstructionSet::neon64: return pick<T>(neon64::array_kernels_f32, neon64::array_kernels_f64);
#endif
#if defined(SEEGRAD_HAS_SCALAR)
    case InstructionSet::scalar: return pick<T>(scalar::array_kernels_f32, scalar::array_kernels_f64);
#endif
    default: throw Error("no loops were compiled for this instruction set");
  }
}

template const ArrayKernels<float>& array_kernels<float>(InstructionSet);
template const ArrayKernels<double>& array_kernels<double>(InstructionSet);

namespace {

/// y = scale * D f(x) on this thread, by the formula's compiled loop or, for a formula of the user's own, word by word.
template <class T>
void run_formula(const Formula& formula, Derivative derivative, const ElementwiseCall<T>& call) {
  if (formula.catalogue_index() < 0) {
    const int parameters = static_cast<int>(formula.parameters().size());
    return run_program<T>(best_instruction_set(), formula.program(), parameters, derivative, call);
  }
  const FormulaKernels& kernels = formula_kernels(best_instruction_set(), formula.catalogue_index());
  if constexpr (std::is_same_v<T, float>) {
    kernels.f32(derivative, call);
  } else {
    kernels.f64(derivative, call);
  }
}

/// A formula's parameters as a loop wants them: constants and learned values side by side, all scalar or all with one value for each
/// column. Those with one for each element are taken row by row.
template <class T>
class ParameterValues {
 public:
  ParameterValues(const FormulaArguments& f, std::size_t columns);
  const T* const* pointers() const { return start_; }
  bool by_column() const { return by_column_; }
  /// Goes on to the next row.
  void next_row(std::size_t columns) {
    for (std::size_t i = 0; i < most; ++i) start_[i] += by_element_[i] ? columns : 0;
  }

 private:
  static constexpr std::size_t most = 8;
  bool by_column_ = false;
  T constants_[most] = {};
  const T* start_[most] = {};
  bool by_element_[most] = {};
  std::vector<T> repeated_;
};

template <class T>
ParameterValues<T>::ParameterValues(const FormulaArguments& f, std::size_t columns) {
  const std::size_t count = f.constants.size();
  if (count > most) throw Error(fmt::format("{}: {} parameters, at most {} are possible", f.formula->name(), count, most));
  for (std::size_t i = 0; i < count; ++i) {
    constants_[i] = static_cast<T>(f.constants[i]);
    const bool learned = i < f.learned.size() && f.learned[i];
    start_[i] = learned ? f.learned[i].template as<T>() : &constants_[i];
    by_column_ |= learned && f.learned[i].count() > 1;
    by_element_[i] = learned && f.learned[i].count() > columns;
  }
  if (!by_column_) return;
  repeated_.reserve(count * columns);
  for (std::size_t i = 0; i < count; ++i) {
    const bool varies = i < f.learned.size() && f.learned[i].count() > 1;
    if (varies) continue;
    const T once = *start_[i];
    start_[i] = repeated_.data() + repeated_.size();
    repeated_.insert(repeated_.end(), columns, once);
  }
}

}  // namespace

std::size_t row_length(const FormulaArguments& f, const ConstArray& x) {
  const bool by_column = std::any_of(f.learned.begin(), f.learned.end(), [](const ConstArray& p) { return p && p.count() > 1; });
  return by_column ? static_cast<std::size_t>(x.shape[-1]) : 1;
}

bool has_value_for_each_element(const FormulaArguments& f, std::size_t columns) {
  return std::any_of(f.learned.begin(), f.learned.end(), [&](const ConstArray& p) { return p && p.count() > columns; });
}

template <class T>
void run_formula_rows(const FormulaArguments& f, Derivative derivative, const T* x, const T* scale, T* y, std::size_t rows,
                      std::size_t columns, bool stream) {
  ParameterValues<T> parameters(f, columns);
  if (!parameters.by_column()) {
    run_formula<T>(*f.formula, derivative, {x, scale, y, rows * columns, parameters.pointers(), false, stream, pages_in_turns()});
    return;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t from = row * columns;
    run_formula<T>(*f.formula, derivative,
                   {x + from, scale ? scale + from : nullptr, y + from, columns, parameters.pointers(), true, stream, pages_in_turns()});
    parameters.next_row(columns);
  }
}

template void run_formula_rows<float>(const FormulaArguments&, Derivative, const float*, const float*, float*, std::size_t, std::size_t,
                                      bool);
template void run_formula_rows<double>(const FormulaArguments&, Derivative, const double*, const double*, double*, std::size_t, std::size_t,
                                       bool);

}  // namespace seegrad::cpu
