#include "seegrad/nn/mlp.hpp"

#include <array>
#include <string>
#include <vector>

#include "math/call_text.hpp"
#include "seegrad/nn/dropout.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/normalisation.hpp"

namespace seegrad::nn {
namespace {

struct NormalisationName {
  std::string_view name;
  std::vector<std::string_view> aliases;
  Normalisation value;
};

const std::vector<NormalisationName>& normalisation_names() {
  static const std::vector<NormalisationName> names{{"none", {"off"}, Normalisation::none},
                                                    {"batch", {"batch_norm"}, Normalisation::batch},
                                                    {"layer", {"layer_norm"}, Normalisation::layer}};
  return names;
}

void check(const MlpOptions& options) {
  const auto at_least = [](std::string_view what, std::int64_t value, double least) {
    call_text::check(what, static_cast<double>(value), {.lower = least});
  };
  at_least("mlp, inputs", options.inputs, 1);
  at_least("mlp, outputs", options.outputs, 1);
  at_least("--depth", options.depth, 0);
  if (options.depth > 0) at_least("--width", options.width, 1);
  call_text::check("--dropout", options.dropout, {.lower = 0, .upper = 1, .below = true});
}

void add_hidden(Sequential& network, std::int64_t inputs, const MlpOptions& options, Random& random) {
  const Nonlinearity& f = options.activation;
  const std::int64_t between = f.width_in(options.width);
  network.add(Linear(inputs, between, options.init, random, {.following = f, .tensor = options.tensor}));
  if (options.normalisation == Normalisation::batch) network.add(BatchNorm(between, {.tensor = options.tensor}));
  if (options.normalisation == Normalisation::layer) network.add(LayerNorm(between, {.tensor = options.tensor}));
  network.add(f.make(options.width, random, {.per_channel = options.activation_per_channel, .tensor = options.tensor}));
  if (options.dropout > 0) network.add(Dropout(options.dropout, random));
}

}  // namespace

Normalisation parse_normalisation(std::string_view text) { return call_text::find("normalisation", text, normalisation_names()).value; }

std::string_view name_of(Normalisation normalisation) { return normalisation_names()[static_cast<std::size_t>(normalisation)].name; }

Sequential mlp(const MlpOptions& options, Random& random) {
  check(options);
  Sequential network;
  std::int64_t inputs = options.inputs;
  for (std::int64_t i = 0; i < options.depth; ++i) {
    add_hidden(network, inputs, options, random);
    inputs = options.activation.width_out(options.width);
  }
  network.add(Linear(inputs, options.outputs, options.init, random, {.tensor = options.tensor}));
  return network;
}

}  // namespace seegrad::nn
