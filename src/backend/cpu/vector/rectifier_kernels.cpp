// The kernels of one family of formulas: Rectifiers.
#include "backend/cpu/vector/formula_loops.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {

template const FormulaKernels* family_kernels<Rectifiers>();

}  // namespace seegrad::cpu::SEEGRAD_ISA
