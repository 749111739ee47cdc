// A network as an ONNX model, for other runtimes (onnxruntime, TensorRT, a browser) and for viewers such as Netron.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seegrad/data/batches.hpp"
#include "seegrad/nn/module.hpp"

namespace seegrad::train {

struct OnnxOptions {
  /// When given, the model takes pixels as they are in the file, from 0 to 255, and this scaling is its first step. Otherwise it takes what
  /// the network saw in training.
  std::optional<PixelScaling> scaling = {};
  /// Names and values that viewers show: the classes, where the model comes from.
  std::vector<std::pair<std::string, std::string>> metadata = {};
};

/// The bytes of a .onnx file: opset 20, float32 whatever the network computes in. Input "images" [N, inputs], output "logits"
/// [N, outputs]; the tensors are called as the parameters are ("0.weight"). The network is as in use, not in training: dropout is gone,
/// batch normalisation goes by its running statistics.
/// Takes Sequential (also nested), Linear, BatchNorm, LayerNorm, Dropout, and every layer that Nonlinearity::make() makes. Throws Error,
/// naming the layer, for any other, and for a layer that does not fit the width before it.
std::string onnx_model(const nn::Module& network, std::int64_t inputs, const OnnxOptions& options = {});

}  // namespace seegrad::train
