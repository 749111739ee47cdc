// What the activations of a network learn about their own shape: prelu its slope, swish its beta, acon the two lines that it lies between.
//
//   for (const nn::LearnedNumber& number : nn::learned_numbers(network))
//     ... number.name, number.layer, number.mean()          // "slope", 1, 0.25 before training
//
// The tensors are handles on the parameters themselves: what is read from them during training is how far it has come.
// Sources: He et al. 2015, arXiv:1502.01852, section 2.1 (prelu); Ramachandran et al. 2017, arXiv:1710.05941 (swish); Ma et al. 2021,
// arXiv:2009.04759 (acon).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "seegrad/nn/sequential.hpp"

namespace seegrad::nn {

/// One parameter of the formula in one activation layer.
struct LearnedNumber {
  std::string name;        ///< the formula's own: "slope"
  std::int64_t layer = 1;  ///< which activation layer, counted from 1
  Tensor tensor;           ///< one value, or one for each unit

  /// The mean over the units.
  double mean() const;
};

/// What the activation layers learn (also a gated layer's gate), by name, and for each name from the first layer to the last. Empty when
/// they learn nothing. Networks inside the network are searched too.
std::vector<LearnedNumber> learned_numbers(const Sequential& network);

}  // namespace seegrad::nn
