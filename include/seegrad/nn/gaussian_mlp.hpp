// The start that theories of wide networks speak of: weights N(0, sigma_w^2/fan_in), and biases that are random too.
#pragma once
#include "seegrad/math/random.hpp"
#include "seegrad/nn/mlp.hpp"

namespace seegrad::nn {

/// mlp(options, random) with weights N(0, sigma_w^2/fan_in) and biases N(0, sigma_b^2) in its linear layers; `options.init` is not asked.
/// All weights are drawn first, those of a larger sigma_w^2 being the same ones scaled; then the biases, layer by layer. What the
/// activation learns and normalisations begin as in mlp(). Throws as mlp() does, and Error for a variance that is negative or not finite.
/// Sources: Poole et al. 2016, arXiv:1606.05340, section 2 (sigma_w, sigma_b); Nielsen, "Neural Networks and Deep Learning", chapter 3 (1,
/// 1).
Sequential gaussian_mlp(MlpOptions options, double sigma_w2, double sigma_b2, Random& random);

}  // namespace seegrad::nn
