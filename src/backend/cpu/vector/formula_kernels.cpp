// The table of all formulas' kernels, put together from those of the families (*_kernels.cpp beside this file).
#include "backend/cpu/vector/formula_kernels.hpp"

#include "seegrad/activation/catalogue.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {

template <class Family>
const FormulaKernels* family_kernels();  // instantiated in the family's own source

namespace {

// The index counts through the families in their order.
template <class... Families>
const FormulaKernels* find(int index, FamilyList<Families...>) {
  const FormulaKernels* found = nullptr;
  const auto look_in = [&]<class Family>() {
    if (!found && index < Family::size) found = family_kernels<Family>() + index;
    index -= Family::size;
  };
  (look_in.template operator()<Families>(), ...);
  return found;
}

}  // namespace

const FormulaKernels& formula_kernels(int catalogue_index) { return *find(catalogue_index, CompiledFamilies{}); }

}  // namespace seegrad::cpu::SEEGRAD_ISA
