// When is an activation saturated? When its slope is next to nothing beside the largest slope it has.
#pragma once
#include "seegrad/activation/activation.hpp"

namespace seegrad::observe {

/// A pre-activation is saturated where |f'(z)| is below this share of sup|f'|.
inline constexpr double saturated_slope = 0.01;

/// sup|f'(x)|, found by a search and kept: a fine grid over |x| <= 30, then every high point of it followed to its top. A slope
/// that grows without end is measured on that range, where pre-activations live. Parameters have the activation's own values.
double largest_slope(const Activation& f);

/// |f'(z)| below this counts as saturated. 0, so that nothing does, when f' is zero everywhere.
inline double saturation_threshold(const Activation& f) { return saturated_slope * largest_slope(f); }

}  // namespace seegrad::observe
