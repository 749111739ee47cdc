// The kernels of one family of formulas: Gated.
#include "backend/cpu/vector/formula_loops.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {

template const FormulaKernels* family_kernels<Gated>();

}  // namespace seegrad::cpu::SEEGRAD_ISA
