// The kernels of one family of formulas: Sigmoids.
#include "backend/cpu/vector/formula_loops.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {

template const FormulaKernels* family_kernels<Sigmoids>();

}  // namespace seegrad::cpu::SEEGRAD_ISA
