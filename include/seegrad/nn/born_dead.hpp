// Networks that are dead as they are drawn: the same output for every input, so that nothing can be learned.
//
// With zero biases a layer of relu is silent for an input when all its units are negative there, and then so is everything behind it. A
// narrow layer is silent often, and a deep network needs only one: with width 1 a layer behind the first is silent with probability 1/2, so
// a network of L layers of relu lives with probability 2^-(L - 1).
// Source: Lu, Shin, Su and Karniadakis 2019, "Dying ReLU and Initialization: Theory and Numerical Examples", arXiv:1903.06733, section 3.
#pragma once
#include <cstdint>
#include <vector>

#include "seegrad/activation/activation.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/nn/init.hpp"

namespace seegrad::nn {

/// Draws networks of one input and zero biases with hidden layers of `width` units, and returns for each of the layers 1 ... depth the
/// share of networks in which none of its units tells the inputs -2, -1, -1/2, 1/2, 1 and 2 apart. (Relu without biases is linear on each
/// side of 0, so one input on each side would do.) The shares never fall with depth. Throws Error unless all numbers are positive.
std::vector<double> born_dead(const Activation& f, const Initializer& init, std::int64_t width, std::int64_t depth, std::int64_t networks,
                              Random& random);

}  // namespace seegrad::nn
