// The kernels of one family of formulas: Shrinks.
#include "backend/cpu/vector/formula_loops.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {

template const FormulaKernels* family_kernels<Shrinks>();

}  // namespace seegrad::cpu::SEEGRAD_ISA
