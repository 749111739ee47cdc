// The kernels of one family of formulas: LinearUnits.
#include "backend/cpu/vector/formula_loops.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {

template const FormulaKernels* family_kernels<LinearUnits>();

}  // namespace seegrad::cpu::SEEGRAD_ISA
