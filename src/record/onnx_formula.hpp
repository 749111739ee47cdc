// An activation as nodes of an ONNX graph.
//
// Where ONNX has an operator that computes the same function, that operator is written: a viewer shows LeakyRelu, not its pieces. Every
// other formula is said word by word, from its Program, with what ONNX has: it has no expm1, no log1p and no erfc, and its sigmoid and
// softplus lose the far tail in some runtimes, so those words are composed in a way that keeps their accuracy.
#pragma once
#include <span>
#include <string>

#include "record/onnx_graph.hpp"
#include "seegrad/activation/activation.hpp"

namespace seegrad::records {

/// Adds f(x), element by element; returns the name of the result. `learned` holds the name of a value for each parameter of f, empty
/// where it is not learned (or nothing, when none is): one number, or one for each entry of x's last dimension. A parameter that is drawn
/// in training has its value in use (rrelu). Throws Error, naming the word, when the formula has one that ONNX cannot say.
std::string add_activation(OnnxGraph& graph, const Activation& f, const std::string& x, std::span<const std::string> learned = {});

/// The same, always word by word.
std::string add_formula(OnnxGraph& graph, const Activation& f, const std::string& x, std::span<const std::string> learned = {});

}  // namespace seegrad::records
