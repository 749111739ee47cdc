// What an activation looks like: f, f' and f'' over the standard Gaussian that it usually sees.
#pragma once
#include "seegrad/activation/activation.hpp"
#include "seegrad/record/picture.hpp"

namespace seegrad::records {

/// Name and mathematics; the three curves, broken where they jump, with a disc at the value and rings at the limits; below them mean,
/// second moment and gain under N(0, 1) and where f, f' or f'' jump. The range of x is [-6, 6], wider when f'' still lives further
/// out, narrower when f oscillates; a derivative that dwarfs f, or vanishes beside it, is drawn
/// divided or multiplied by a power of ten, as the legend says.
Canvas activation_picture(const Activation& activation);

}  // namespace seegrad::records
