// From what a backend is asked to what the kernels of formulas are given: parameters in their places, arrays of statistics in tables and
// pieces. Needs no CUDA header.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "kernels/statistics_table.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::cuda {

/// Whether any parameter lies on the device.
bool has_learned(const FormulaArguments& f);

/// Throws Error when the formula has more parameters than a kernel takes.
template <class T>
kernels::ConstantParameters<T> constant_parameters(const FormulaArguments& f);
/// `x` is what the formula is applied to: it says whether a parameter's values belong to columns or to elements.
template <class T>
kernels::MixedParameters<T> mixed_parameters(const FormulaArguments& f, const ConstArray& x);

/// Arrays of one type that one launch looks at, with at most one formula among them.
template <class T>
struct StatisticsBatch {
  const Formula* formula = nullptr;
  kernels::StatisticsTable<T> table{};
  int pieces = 0;
};

/// The arrays of type T among the requests: those with the same formula go together, those without one ride along, and what is too much
/// for a table or the workspace goes into a further batch. Batches run one after the other and share the workspace. Each array's pieces
/// depend on its shape and the size of the workspace alone, so its totals do not depend on its company.
template <class T>
std::vector<StatisticsBatch<T>> plan_statistics(std::span<const StatisticsRequest> requests, Array totals, void* workspace,
                                                std::size_t workspace_bytes);

}  // namespace seegrad::cuda
