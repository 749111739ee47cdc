// Which vector instructions this machine has, and the kernels that were compiled for them.
#pragma once

#include "backend/cpu/vector/formula_kernels.hpp"
#include "backend/cpu/vector/program_kernels.hpp"

#include <string_view>
#include <vector>

namespace seegrad::cpu {

/// The sets that sources under vector/ are compiled for; a larger one comes later within a processor family.
enum class InstructionSet { scalar, sse2, avx2, avx512, neon64 };

std::string_view name(InstructionSet set);

/// The sets that this program contains and this processor can run, best last; never empty.
std::vector<InstructionSet> available_instruction_sets();

/// The best available set, or the one that the environment variable SEEGRAD_ISA names. Throws UsageError when that one
/// is unknown or not available. The choice is made at the first call and kept.
InstructionSet best_instruction_set();

/// In which order this processor likes to go through memory that is too large for its cache: along several pages at a time, each line asked
/// for before it is needed? On Intel's processors, whose prefetching ends with a page, that is a third faster than one line after the
/// other; on AMD's, which go on by themselves, it is a third slower. Measured on a Xeon and an EPYC.
bool pages_in_turns();

/// Kernels of one formula (Formula::catalogue_index()) for one of the available sets.
const FormulaKernels& formula_kernels(InstructionSet set, int catalogue_index);

/// The words of the vocabulary as loops, for one of the available sets.
template <class T>
const ProgramKernels<T>& program_kernels(InstructionSet set);

}  // namespace seegrad::cpu
