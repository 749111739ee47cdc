// The compiled loops of the instruction set in use.
#pragma once
#include "instruction_set.hpp"
#include "vector/array_kernels.hpp"

namespace seegrad::cpu {

/// Loops over arrays of float or double for one instruction set; it must be among available_instruction_sets().
template <class T>
const ArrayKernels<T>& array_kernels(InstructionSet set);

/// For the best one of this machine (or what SEEGRAD_ISA asks for).
template <class T>
const ArrayKernels<T>& array_kernels() {
  static const ArrayKernels<T>& kernels = array_kernels<T>(best_instruction_set());
  return kernels;
}

/// How many elements belong together in a formula's loop: a row of x where a parameter varies by column, else any one.
std::size_t row_length(const FormulaArguments& f, const ConstArray& x);

/// Whether a parameter has more values than a row: one for each element of x.
bool has_value_for_each_element(const FormulaArguments& f, std::size_t columns);

/// Results of at least this many bytes are written around the cache. A store that misses reads its line first: a third more
/// traffic, for results that are gone from the cache before anybody reads them. Measured with two threads of a Xeon (2 MiB L2 each,
/// a large L3 that others use too): writing and then reading back is faster this way from 20 MiB on.
constexpr std::size_t streaming_bytes = std::size_t{32} << 20;

/// Runs a formula over `rows` x `columns` elements that lie one after the other, on this thread. A parameter with a value for each
/// element begins with that of x[0]; `stream` as in ElementwiseCall.
template <class T>
void run_formula_rows(const FormulaArguments& f, Derivative derivative, const T* x, const T* scale, T* y, std::size_t rows,
                      std::size_t columns, bool stream = false);

}  // namespace seegrad::cpu
