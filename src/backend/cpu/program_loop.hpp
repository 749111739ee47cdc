// Runs a program over an array: every word is a loop over a block that stays in the first-level cache.
#pragma once

#include "backend/cpu/instruction_set.hpp"
#include "seegrad/activation/formula.hpp"
#include "seegrad/activation/program.hpp"

namespace seegrad::cpu {

/// y[i] = scale[i] * D f(x[i]; parameters) for the f that `program` computes, as ElementwiseCall says, on this thread. An
/// element's result depends on its inputs alone, never on its place. The derivative must be one that Formula::has().
template <class T>
void run_program(InstructionSet set, const Program& program, int parameter_count, Derivative derivative, const ElementwiseCall<T>& call);

}  // namespace seegrad::cpu
