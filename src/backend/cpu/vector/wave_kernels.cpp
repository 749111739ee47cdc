// The kernels of one family of formulas: Waves.
#include "backend/cpu/vector/formula_loops.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {

template const FormulaKernels* family_kernels<Waves>();

}  // namespace seegrad::cpu::SEEGRAD_ISA
