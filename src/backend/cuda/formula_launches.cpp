#include "backend/cuda/formula_launches.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "backend/cuda/compiler.hpp"
#include "backend/cuda/formula_plan.hpp"
#include "seegrad/activation/program.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::cuda {
namespace {

constexpr std::int64_t blocks_at_once = 8;  // of formula_threads each fill a multiprocessor

template <class T>
constexpr std::int64_t packet_width = 16 / sizeof(T);

bool aligned_for_packets(std::initializer_list<const void*> addresses) {
  return std::all_of(addresses.begin(), addresses.end(), [](const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 16 == 0; });
}

/// As many blocks as have work, at most as many as run at once.
unsigned blocks_for(const Launch& launch, std::int64_t count, std::int64_t width) {
  const std::int64_t in_block = width * kernels::formula_threads * kernels::formula_portions;
  return static_cast<unsigned>(std::clamp<std::int64_t>((count + in_block - 1) / in_block, 1, launch.multiprocessors * blocks_at_once));
}

/// The same for rows and columns: blocks as wide as the rows are.
struct RowGrid {
  dim3 grid, block;
};
RowGrid row_grid(const Launch& launch, std::int64_t rows, std::int64_t portions) {
  unsigned wide = 1;
  while (wide < kernels::formula_threads && wide < portions) wide *= 2;
  const unsigned high = kernels::formula_threads / wide;
  const std::int64_t most = launch.multiprocessors * blocks_at_once, rows_of_block = std::int64_t{high} * kernels::formula_portions;
  const std::int64_t across = std::clamp<std::int64_t>((portions + wide - 1) / wide, 1, most);
  const std::int64_t down =
      std::clamp<std::int64_t>((rows + rows_of_block - 1) / rows_of_block, 1, std::max<std::int64_t>(most / across, 1));
  return {dim3(static_cast<unsigned>(across), static_cast<unsigned>(down)), dim3(wide, high)};
}

/// Every kernel here has one argument.
template <class Argument>
void start(const Launch& launch, cudaKernel_t kernel, dim3 grid, dim3 block, Argument argument, const char* what) {
  void* arguments[] = {&argument};
  check(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid, block, arguments, 0, launch.stream), what);
}

/// Calls body(parameters) with the struct that suits.
template <class T, class Body>
void with_parameters(const FormulaArguments& f, const ConstArray& x, Body&& body) {
  if (has_learned(f))
    body(mixed_parameters<T>(f, x));
  else
    body(constant_parameters<T>(f));
}

std::string subject_of(const Formula* formula) { return formula ? fmt::format("formula {}", formula->name()) : "statistics"; }

}  // namespace

void FormulaKernels::elementwise(const Launch& launch, const FormulaArguments& f, Derivative derivative, ConstArray x, ConstArray scale,
                                 Array y) {
  if (!f.formula->has(derivative))
    throw Error(fmt::format("formula {}: no derivative ({}, {})", f.formula->name(), derivative.first, derivative.second));
  if (x.count() == 0) return;
  const bool packets = aligned_for_packets({x.data, scale.data, y.data});
  const cudaKernel_t found = kernel(f.formula, {KernelKind::elementwise, x.dtype, derivative, has_learned(f), packets});
  with_floating(x.dtype, [&]<class T>() {
    with_parameters<T>(f, x, [&]<class Parameters>(const Parameters& parameters) {
      const kernels::ElementwiseArguments<T, Parameters> arguments{x.as<T>(), scale.as<T>(), y.as<T>(), x.shape.count(), parameters};
      const unsigned blocks = blocks_for(launch, arguments.count, packets ? packet_width<T> : 1);
      start(launch, found, blocks, kernels::formula_threads, arguments, "launch of a formula's elementwise kernel");
    });
  });
}

void FormulaKernels::bias_activation(const Launch& launch, const FormulaArguments& f, ConstArray bias, Array c, Array y) {
  if (c.count() == 0) return;
  with_floating(c.dtype, [&]<class T>() {
    const std::int64_t columns = c.shape[-1], rows = c.shape.count() / columns;
    const bool packets = columns % packet_width<T> == 0 && aligned_for_packets({c.data, bias.data, y.data});
    const cudaKernel_t found = kernel(f.formula, {KernelKind::bias_activation, c.dtype, {}, has_learned(f), packets});
    const RowGrid where = row_grid(launch, rows, columns / (packets ? packet_width<T> : 1));
    with_parameters<T>(f, c, [&]<class Parameters>(const Parameters& parameters) {
      const kernels::BiasActivationArguments<T, Parameters> arguments{c.as<T>(), bias.as<T>(), y.as<T>(), rows, columns, parameters};
      start(launch, found, where.grid, where.block, arguments, "launch of a formula's kernel after a product");
    });
  });
}

void FormulaKernels::statistics(const Launch& launch, std::span<const StatisticsRequest> requests, Array totals) {
  for (const StatisticsRequest& request : requests) {
    if (!request.histogram) continue;
    const std::size_t bytes = request.histogram.count() * size_of(request.histogram.dtype);
    check(cudaMemsetAsync(request.histogram.data, 0, bytes, launch.stream), "cudaMemsetAsync");
  }
  statistics_of_type<float>(launch, requests, totals);
  statistics_of_type<double>(launch, requests, totals);
}

template <class T>
void FormulaKernels::statistics_of_type(const Launch& launch, std::span<const StatisticsRequest> requests, Array totals) {
  for (const StatisticsBatch<T>& batch : plan_statistics<T>(requests, totals, launch.workspace, launch.workspace_bytes)) {
    if (batch.pieces > 0) {
      const cudaKernel_t found = kernel(batch.formula, {KernelKind::statistics, dtype_of<T>()});
      start(launch, found, static_cast<unsigned>(batch.pieces), kernels::statistics_threads, batch.table, "launch of the statistics");
    }
    const cudaKernel_t combine = kernel(nullptr, {KernelKind::totals, dtype_of<T>()});
    start(launch, combine, static_cast<unsigned>(batch.table.entries), kernels::totals_threads, batch.table, "launch of the totals");
  }
}

cudaKernel_t FormulaKernels::kernel(const Formula* formula, const KernelVariant& variant) {
  const KernelVariant wanted = canonical(variant);
  const Key key{formula ? static_cast<std::int64_t>(formula->program().id()) : 0,
                static_cast<std::int64_t>(wanted.kind),
                static_cast<std::int64_t>(wanted.type),
                wanted.derivative.first,
                wanted.derivative.second,
                wanted.mixed,
                wanted.packets};
  const auto found = kernels_.find(key);
  if (found != kernels_.end()) return found->second.kernel;
  if (compiling_is_forbidden_)
    throw Error(
        fmt::format("{}: the kernel {} is not loaded, and cannot be while work is being recorded; do the work once before it is "
                    "recorded",
                    subject_of(formula), kernel_name(wanted)));
  return kernels_.emplace(key, load(formula, wanted)).first->second.kernel;
}

FormulaKernels::Loaded FormulaKernels::load(const Formula* formula, const KernelVariant& variant) const {
  const Compiled compiled = compile({kernel_source(formula, {&variant, 1}), subject_of(formula), architecture_}, cache_);
  cudaLibrary_t library{};
  check(cudaLibraryLoadData(&library, compiled.image.data(), nullptr, nullptr, 0, nullptr, nullptr, 0), "cudaLibraryLoadData");
  Loaded loaded{Owner<cudaLibrary_t, cudaLibraryUnload>(library)};
  check(cudaLibraryGetKernel(&loaded.kernel, library, kernel_name(variant).c_str()), "cudaLibraryGetKernel");
  return loaded;
}

}  // namespace seegrad::cuda
