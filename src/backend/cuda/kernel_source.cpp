#include "backend/cuda/kernel_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "backend/cuda/formula_source.hpp"

namespace seegrad::cuda {
namespace {

std::string_view type_name(DType type) { return type == DType::float32 ? "float" : "double"; }

std::string directions(Derivative derivative) {
  if (derivative.order() == 0) return "std::integer_sequence<int>{}";
  if (derivative.order() == 1) return fmt::format("std::integer_sequence<int, {}>{{}}", derivative.first);
  return fmt::format("std::integer_sequence<int, {}, {}>{{}}", derivative.first, derivative.second);
}

/// `threads` is the block, `argument` the type of its one argument, `body` what it calls with it. One block a multiprocessor is enough
/// for doubles: told so, ptxas gives a thread the registers that it needs. (Left alone, it saves some for further blocks, and spills.)
std::string kernel(const KernelVariant& variant, std::string_view threads, const std::string& argument, const std::string& body) {
  return fmt::format("extern \"C\" __global__ void __launch_bounds__({}{}) {}(const __grid_constant__ {} a) {{ {}; }}\n", threads,
                     variant.type == DType::float64 ? ", 1" : "", kernel_name(variant), argument, body);
}

std::string kernel(const KernelVariant& variant, std::string_view formula, int parameters) {
  const std::string_view type = type_name(variant.type);
  const std::string values = fmt::format("{}Parameters<{}>", variant.mixed ? "Mixed" : "Constant", type);
  const std::string width = variant.packets ? fmt::format("packet_width<{}>", type) : "1";
  switch (variant.kind) {
    case KernelKind::elementwise:
      return kernel(variant, "formula_threads", fmt::format("ElementwiseArguments<{}, {}>", type, values),
                    fmt::format("elementwise<{}, {}, {}>(a, {})", formula, parameters, width, directions(variant.derivative)));
    case KernelKind::bias_activation:
      return kernel(variant, "formula_threads", fmt::format("BiasActivationArguments<{}, {}>", type, values),
                    fmt::format("bias_activation<{}, {}, {}>(a)", formula, parameters, width));
    case KernelKind::statistics:
      return kernel(variant, "statistics_threads", fmt::format("StatisticsTable<{}>", type),
                    fmt::format("statistics_pieces<{}, {}>(a)", formula, parameters));
    case KernelKind::totals: break;
  }
  return kernel(variant, "totals_threads", fmt::format("StatisticsTable<{}>", type), "statistics_totals(a)");
}

std::string_view kind_name(KernelKind kind) {
  switch (kind) {
    case KernelKind::elementwise: return "elementwise";
    case KernelKind::bias_activation: return "bias_activation";
    case KernelKind::statistics: return "statistics";
    case KernelKind::totals: break;
  }
  return "totals";
}

}  // namespace

KernelVariant canonical(KernelVariant variant) {
  auto& [first, second] = variant.derivative;
  if (second != Derivative::none && second < first) std::swap(first, second);
  if (variant.kind != KernelKind::elementwise) variant.derivative = {};
  if (variant.kind == KernelKind::statistics || variant.kind == KernelKind::totals) variant.mixed = false, variant.packets = true;
  return variant;
}

std::string kernel_name(const KernelVariant& variant) {
  std::string name = fmt::format("{}_{}", kind_name(variant.kind), type_name(variant.type));
  if (variant.derivative.order() > 0) name += fmt::format("_along_{}", variant.derivative.first);
  if (variant.derivative.order() > 1) name += fmt::format("_and_{}", variant.derivative.second);
  if (variant.mixed) name += "_mixed";
  if (!variant.packets) name += "_one_by_one";
  return name;
}

std::string kernel_source(const Formula* formula, std::span<const KernelVariant> variants) {
  const int parameters = formula ? static_cast<int>(formula->parameters().size()) : 0;
  std::string source =
      "#include \"kernels/formula_kernels.hpp\"\n"
      "#include \"kernels/statistics.hpp\"\n"
      "namespace seegrad {\n";
  if (formula) source += formula_source(formula->program(), parameters, "TheFormula");
  source += "namespace kernels {\n";
  for (const KernelVariant& variant : variants) source += kernel(canonical(variant), formula ? "TheFormula" : "NoFormula", parameters);
  return source + "}\n}\n";
}

}  // namespace seegrad::cuda
