// New numbers for a network that exists already: those of another one, or fresh ones for some of its units.
//
// A ReLU unit that is zero on all samples hears no gradient, and no learning rate wakes it. What may: another activation around the same
// weights (copy_parameters into a network that has it), or new weights for the dead units alone (reinitialise_units), which is how
// Sokar, Agarwal, Castro and Evci 2023, "The Dormant Neuron Phenomenon in Deep Reinforcement Learning", arXiv:2302.12902, algorithm 1,
// recycles them; there the outgoing weights become 0 as well, here they stay.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "seegrad/math/random.hpp"
#include "seegrad/nn/init.hpp"
#include "seegrad/nn/module.hpp"

namespace seegrad::nn {

/// Overwrites the parameters and buffers of `to` with those of `from` that have the same name and shape: weights, biases, what
/// activations learned, running statistics. Others stay as they are. Returns how many tensors were copied.
std::int64_t copy_parameters(const Module& from, const Module& to);

/// Draws the incoming weights and the bias of the chosen units of one linear layer anew, by the rule that drew all of them at the start
/// (lsuv: without its scaling). `layer` is the layer's place in the network ("2.1"), as parameters and layer statistics name it;
/// `chosen` has an entry for each of its outputs. Numbers for all units are drawn, so that a unit's do not depend on who else is chosen.
/// Throws Error when there is no such layer, or when the entries are not as many as outputs.
void reinitialise_units(const Module& network, std::string_view layer, const std::vector<bool>& chosen, const Initializer& init,
                        const Nonlinearity& following, Random& random);

}  // namespace seegrad::nn
