// The choice of the instruction set at run time. SEEGRAD_HAS_... says what the build compiled (see CMake).
#include "backend/cpu/instruction_set.hpp"

#include "seegrad/activation/catalogue.hpp"
#include "seegrad/math/error.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

namespace seegrad::cpu {
namespace {

struct Known {
  InstructionSet set;
  std::string_view name;
  bool (*runs_here)();
  const FormulaKernels& (*kernels)(int);
  const ProgramKernels<float>& (*program_f32)();
  const ProgramKernels<double>& (*program_f64)();
};

#if SEEGRAD_HAS_AVX2
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif
#if SEEGRAD_HAS_AVX512
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
}
#endif

// What is compiled into this program, best last.
constexpr Known compiled[] = {
#if SEEGRAD_HAS_SCALAR
    {InstructionSet::scalar, "scalar", [] { return true; }, &scalar::formula_kernels, &scalar::program_kernels_f32,
     &scalar::program_kernels_f64},
#endif
#if SEEGRAD_HAS_SSE2
    {InstructionSet::sse2, "sse2", [] { return true; }, &sse2::formula_kernels, &sse2::program_kernels_f32, &sse2::program_kernels_f64},
#endif
#if SEEGRAD_HAS_AVX2
    {InstructionSet::avx2, "avx2", &has_avx2, &avx2::formula_kernels, &avx2::program_kernels_f32, &avx2::program_kernels_f64},
#endif
#if SEEGRAD_HAS_AVX512
    {InstructionSet::avx512, "avx512", &has_avx512, &avx512::formula_kernels, &avx512::program_kernels_f32, &avx512::program_kernels_f64},
#endif
#if SEEGRAD_HAS_NEON64
    {InstructionSet::neon64, "neon64", [] { return true; }, &neon64::formula_kernels, &neon64::program_kernels_f32,
     &neon64::program_kernels_f64},
#endif
};

InstructionSet choose() {
  const std::vector<InstructionSet> available = available_instruction_sets();
  const char* wanted = std::getenv("SEEGRAD_ISA");
  if (!wanted || !*wanted) return available.back();
  std::string names;
  for (const InstructionSet set : available) {
    if (name(set) == wanted) return set;
    names += (names.empty() ? "" : ", ") + std::string(name(set));
  }
  throw UsageError(fmt::format("SEEGRAD_ISA: '{}' is not available here; allowed are {}", wanted, names));
}

}  // namespace

bool pages_in_turns() {
#if defined(__x86_64__) || defined(__i386__)
  static const bool turns = !__builtin_cpu_is("amd");
  return turns;
#else
  return true;
#endif
}

std::string_view name(InstructionSet set) {
  for (const Known& known : compiled)
    if (known.set == set) return known.name;
  return "unknown";
}

std::vector<InstructionSet> available_instruction_sets() {
  std::vector<InstructionSet> sets;
  for (const Known& known : compiled)
    if (known.runs_here()) sets.push_back(known.set);
  return sets;
}

InstructionSet best_instruction_set() {
  static const InstructionSet best = choose();
  return best;
}

const FormulaKernels& formula_kernels(InstructionSet set, int catalogue_index) {
  if (catalogue_index < 0 || catalogue_index >= CompiledFormulas::size)
    throw Error(fmt::format("formula kernels: there is no formula {}", catalogue_index));
  for (const Known& known : compiled)
    if (known.set == set) return known.kernels(catalogue_index);
  throw Error("formula kernels: this instruction set was not compiled into the program");
}

template <class T>
const ProgramKernels<T>& program_kernels(InstructionSet set) {
  for (const Known& known : compiled) {
    if (known.set != set) continue;
    if constexpr (std::is_same_v<T, float>)
      return known.program_f32();
    else
      return known.program_f64();
  }
  throw Error("program kernels: this instruction set was not compiled into the program");
}
template const ProgramKernels<float>& program_kernels<float>(InstructionSet);
template const ProgramKernels<double>& program_kernels<double>(InstructionSet);

void throw_missing_derivative(int catalogue_index, Derivative derivative) {
  throw Error(fmt::format("formula {}: no kernel for the derivative ({}, {})", compiled_formulas()[std::size_t(catalogue_index)]->name(),
                          derivative.first, derivative.second));
}

}  // namespace seegrad::cpu
