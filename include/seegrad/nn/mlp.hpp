// The network that the examples train: hidden layers of one width, and a linear output.
#pragma once
#include "seegrad/nn/init.hpp"
#include "seegrad/nn/sequential.hpp"

namespace seegrad::nn {

enum class Normalisation { none, batch, layer };

/// "none", "batch" or "layer"; throws UsageError with the nearest match for anything else.
Normalisation parse_normalisation(std::string_view text);
std::string_view name_of(Normalisation normalisation);

struct MlpOptions {
  std::int64_t inputs = 0, outputs = 0;
  std::int64_t depth = 1;  ///< hidden layers; 0 is a single linear layer
  std::int64_t width = 0;  ///< units of a hidden layer; what its linear map gives out follows from the activation
  Nonlinearity activation;
  Initializer init = {};
  double dropout = 0;                                 ///< after each activation
  Normalisation normalisation = Normalisation::none;  ///< between linear layer and activation
  bool activation_per_channel = false;                ///< what the activation learns: one value a unit instead of one a layer
  TensorOptions tensor = {};
};

/// depth x (linear, [normalisation], activation, [dropout]), then linear. Between them the rows are as wide as the activation asks for
/// (Nonlinearity::width_in) and leaves them (width_out). Inputs are [rows, inputs], outputs logits [rows, outputs].
/// The output layer is followed by no activation, which `auto` takes for the identity. Throws UsageError, naming the option, for
/// sizes that are not positive and a dropout outside [0, 1).
Sequential mlp(const MlpOptions& options, Random& random);

}  // namespace seegrad::nn
