// The kernels of one family of formulas: Elementary.
#include "backend/cpu/vector/formula_loops.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {

template const FormulaKernels* family_kernels<Elementary>();

}  // namespace seegrad::cpu::SEEGRAD_ISA
