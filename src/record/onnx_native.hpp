// Activations for which ONNX has an operator of its own.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "record/onnx_graph.hpp"
#include "seegrad/activation/activation.hpp"

namespace seegrad::records {

/// Adds the operator that computes f; nothing where there is none, or none with these parameters.
std::optional<std::string> add_native(OnnxGraph& graph, const Activation& f, const std::string& x, std::span<const std::string> learned);

}  // namespace seegrad::records
