// The table of compiled loops: one entry for each formula of the catalogue and each instruction set.
#pragma once

#include "seegrad/activation/formula.hpp"

namespace seegrad::cpu {

/// y[i] = scale[i] * D f(x[i]; parameters) for every derivative that Formula::has(). An element's result depends on
/// its inputs alone, never on its place in the array.
struct FormulaKernels {
  void (*f32)(Derivative, const ElementwiseCall<float>&);
  void (*f64)(Derivative, const ElementwiseCall<double>&);
};

/// Throws Error: the kernels of this formula do not include the derivative. Lives outside the vector sources.
[[noreturn]] void throw_missing_derivative(int catalogue_index, Derivative derivative);

// Which of these exist depends on the processor family; instruction_set.hpp asks at run time.
namespace sse2 {
const FormulaKernels& formula_kernels(int catalogue_index);
}
namespace avx2 {
const FormulaKernels& formula_kernels(int catalogue_index);
}
namespace avx512 {
const FormulaKernels& formula_kernels(int catalogue_index);
}
namespace neon64 {
const FormulaKernels& formula_kernels(int catalogue_index);
}
namespace scalar {
const FormulaKernels& formula_kernels(int catalogue_index);
}

}  // namespace seegrad::cpu
